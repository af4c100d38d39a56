"""What is computed from the figures: trends, projections, targets, verdicts, standings.

It may import dataset and what stands below it. A new question to the figures goes here; a published
method goes into methods.
"""

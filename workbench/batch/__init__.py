"""Many notebooks for many municipalities: what is due, who executes it, what was made from what.

It may import export and what stands below it. A new way of running goes here.
"""

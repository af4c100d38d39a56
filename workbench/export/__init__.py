"""The figures and verdicts of a municipality as files for others: CSV, workbook, Data Package.

It may import briefs and what stands below them. A new file beside the briefs goes here.
"""

"""Published cases that the methods are checked with, and methods that no brief uses.

It may import what the line from figures to pages has, and nothing imports it.
"""

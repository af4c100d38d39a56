"""HTML and SVG: pieces of accessible pages, and what is left of foreign markup when it is clean.

It may import errors alone. A new kind of table or figure goes here.
"""

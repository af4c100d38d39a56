"""Plain files: what is kept between runs, files that appear whole, CSV rows in place.

It may import `workbench.errors` alone. A new way of storing goes here.
"""

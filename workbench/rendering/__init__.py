"""Pages: what becomes of each output of an executed notebook, and the page around it.

It may import charts and what stands below them. A new kind of page has its template here.
"""

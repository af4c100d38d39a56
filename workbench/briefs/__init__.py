"""What each brief says and shows: one module or package a notebook, one function a piece of it.

It may import rendering and what stands below it. A new notebook's sentences, tables and charts are
put together here, and its ``READS`` says which figures it reads; `view` says for whom, `pieces` has
what several briefs write.
"""

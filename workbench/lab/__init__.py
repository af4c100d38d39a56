"""The analyst's bench: pick, bend and see at once, in JupyterLab.

``scene.py`` and ``whatif.py`` reckon, ``page.py`` and ``model_page.py`` write, ``keeping.py``
saves, ``staging.py`` and ``making.py`` make briefs; none of them knows of widgets.
``explore.py``, ``doing.py``, ``builder.py``, ``controls.py`` and ``pick.py`` are the widgets.
``reprs.py`` shows what a cell returns, ``completing.py`` offers names on the Tab key,
``copies.py`` and ``cleaning.py`` are for notebooks of one's own. No brief depends on any of it.
"""

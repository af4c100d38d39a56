"""The analyst's bench: pick, bend and see at once, in JupyterLab.

``scene.py`` and ``whatif.py`` reckon, ``page.py`` and ``model_page.py`` write, ``keeping.py`` saves
and ``staging.py`` makes briefs; none of them knows of widgets. ``explore.py``, ``builder.py``,
``controls.py`` and ``pick.py`` are the widgets. The same functions make the briefs.
"""

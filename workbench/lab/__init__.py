"""The analyst's workbench in JupyterLab: pick, change and see at once.

It may import everything below, and nothing imports it. A new widget or display goes here; what it
shows is computed below.

``scenario`` computes, ``page`` writes and saves, ``run_brief`` makes briefs; ``explorer``,
``actions``, ``model_builder``, ``selectors`` and ``strip`` are widgets. ``display`` and
``completion`` are what IPython shows and offers; ``notebooks`` copies and cleans notebooks.
"""

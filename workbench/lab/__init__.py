"""The analyst's bench in JupyterLab: pick, change and see at once.

It may import everything below, and nothing imports it. A new widget or display goes here; what it
shows is computed below.

``scenario`` and ``whatif`` compute, ``page`` and ``model_page`` write, ``save`` keeps files,
``scenario_data`` and ``run_brief`` make briefs; none of them knows of widgets. ``explorer``,
``actions``, ``model_builder``, ``controls`` and ``selectors`` are the widgets, ``strip`` stands
above a brief. ``shell`` tells IPython of tables (``display``) and names (``completion``);
``notebooks`` and ``cleaning`` are for notebooks of one's own.
"""

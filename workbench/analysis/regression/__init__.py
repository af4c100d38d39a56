"""Regression across municipalities: formula in, tables, diagnostics and a reading out."""

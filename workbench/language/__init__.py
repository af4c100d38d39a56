"""Sentences and numbers in the reader's language, from the texts in ``workbench/text``.

It may import storage and errors. A new language is a folder of texts, not code.
"""

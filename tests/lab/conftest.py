"""What tests of new figures have too: a folder of figures, and a server that has the same ones."""

from ingest.conftest import bank, folder, root, whole

__all__ = ["bank", "folder", "root", "whole"]

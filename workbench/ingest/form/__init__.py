"""The U4SSC form: a workbook that a municipality fills in, and what it reports in it.

`write` makes the workbook (``python -m workbench form``), `bring_in` reads it back
(``python -m workbench import``), and takes several, and tables that municipalities hand to each
other (`table`, ``python -m workbench export reported``). What the form asks and what an answer can
be stands in ``data/form.csv``; what was reported goes to ``data/reported.csv``.
"""

from workbench.ingest.form.import_ import Imported, bring_in
from workbench.ingest.form.layout import EARLIEST, FormError, FormFault
from workbench.ingest.form.reading import Form, read
from workbench.ingest.form.writing import write

__all__ = ["EARLIEST", "Form", "FormError", "FormFault", "Imported", "bring_in", "read", "write"]

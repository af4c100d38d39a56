"""How papermill runs a brief: in a fork of this process where it can, else in a kernel as always.

Either way a notebook that prints without end is stopped, and nbclient's own code makes outputs of
what the cells say.
"""

from __future__ import annotations

import logging
import os
from functools import cache
from types import SimpleNamespace
from typing import Any

from ipykernel.ipkernel import IPythonKernel
from jupyter_client.session import Session
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat.v4 import new_output
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from traitlets import Int
from traitlets.config import Config

from workbench.batch.kernels import NAME, bare
from workbench.batch.kernels.bare import Bare
from workbench.errors import WorkbenchError

#: For the kernel only: a notebook that has a brief made goes on being looked at.
_NOBODY_LOOKS = {"WORKBENCH_PLAIN": "1"}

#: What an error of a cell that may raise is hidden in until papermill has looked: for any it would
#: fail the notebook.
_HIDDEN = "application/vnd.workbench.error+json"


class Client(PapermillNotebookClient):
    """papermill's client, which counts what is printed."""

    print_limit = Int(0, help="Characters that a notebook may print; 0 is no limit.")
    _printed = 0

    def process_message(self, msg: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Take in a message of the kernel.

        Raises
        ------
        WorkbenchError
            If all that was printed is longer than `print_limit`.
        """
        if msg["msg_type"] == "stream" and self.print_limit:
            self._printed += len(msg["content"]["text"])
            if self._printed > self.print_limit:
                raise WorkbenchError(
                    f"The notebook printed more than {self.print_limit // 1_000_000} million "
                    "characters. A brief shows what its cells return; take out what they print."
                )
        return super().process_message(msg, *args, **kwargs)


class BareClient(Client):
    """A client of a kernel without sockets, which is a fork of this process."""

    def execute(self, **_: Any) -> Any:
        """Execute the cells; the outputs are in ``nb_man.nb`` afterwards."""
        self.reset_execution_trackers()
        cells = [(cell.source, _may_raise(cell)) for cell in self.nb.cells if self._runs(cell)]
        # Widgets that take up what is printed tell their kernel of it, which need not know.
        deaf = SimpleNamespace(send=lambda _: None)
        self.kc = SimpleNamespace(session=Session(), shell_channel=deaf)
        with Bare(cells, _NOBODY_LOOKS) as self._bare:
            self.papermill_execute_cells()
        self.nb.metadata["language_info"] = dict(IPythonKernel.language_info)
        self.set_widgets_metadata()
        return self.nb

    def execute_cell(self, cell: Any, cell_index: int, *_: Any, **__: Any) -> Any:
        """Take in what a cell gives.

        Raises
        ------
        CellExecutionError, CellTimeoutError, DeadKernelError
            As nbclient has it.
        """
        if not self._runs(cell):
            return cell
        seconds = self._get_timeout(cell)
        cell.outputs, self.clear_before_next_output = [], False
        try:
            for message in self._bare.answers(seconds):
                if message["msg_type"] != "execute_reply":
                    self.process_message(message, cell, cell_index)
        except TimeoutError:
            raise CellTimeoutError.error_from_timeout_and_cell(
                "Cell execution timed out", seconds, cell
            ) from None
        except EOFError:
            raise DeadKernelError("Kernel died") from None
        reply = message["content"]
        cell.execution_count = reply["execution_count"]
        if reply["status"] == "error" and not _may_raise(cell):
            raise CellExecutionError.from_cell_and_msg(cell, reply)
        return cell

    def _runs(self, cell: Any) -> bool:
        skipped = self.skip_cells_with_tag in cell.metadata.get("tags", [])
        return cell.cell_type == "code" and bool(cell.source.strip()) and not skipped


class Engine(NBClientEngine):
    """papermill's engine with a `Client` that forks where it can, and else has a quick start."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, start_timeout: int = 60, **options: Any
    ) -> Any:
        """Execute the cells; the outputs are in ``nb_man.nb`` afterwards."""
        for unused in ("input_path", "log_output", "stdout_file", "stderr_file"):
            options.pop(unused, None)
        if kernel_name == NAME and bare.possible():
            BareClient(nb_man, **options).execute()
        else:
            options |= {"kernel_name": kernel_name, "startup_timeout": start_timeout}
            config = Config()
            config.KernelManager.client_factory = "workbench.batch.kernels.client.QuickClient"
            client = Client(nb_man, config=config, **options)
            client.execute(env=os.environ | _NOBODY_LOOKS)
        for cell in filter(_may_raise, nb_man.nb.cells):
            cell.outputs = [_hidden(output) for output in cell.outputs]


def restore_errors(node: Any) -> None:
    """Give a notebook the errors again that its cells may raise."""
    for cell in filter(_may_raise, node.cells):
        hidden = ((output, output.get("data", {}).get(_HIDDEN)) for output in cell.outputs)
        cell.outputs = [output if error is None else error for output, error in hidden]


def _hidden(output: Any) -> Any:
    return (
        new_output("display_data", {_HIDDEN: output}) if output.output_type == "error" else output
    )


def _may_raise(cell: Any) -> bool:
    tagged = "raises-exception" in cell.metadata.get("tags", [])
    return tagged and cell.cell_type == "code"


@cache
def register() -> None:
    """Let papermill know the engine, by the name 'workbench'."""
    # It warns of parameters that it cannot read itself, which `notebooks.check` has seen to.
    logging.getLogger("papermill").setLevel(logging.ERROR)
    papermill_engines.register("workbench", Engine)

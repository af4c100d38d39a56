"""How papermill runs a brief: as always, but it stops a notebook that prints without end."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from traitlets import Int
from traitlets.config import Config

from workbench import interactive
from workbench.errors import WorkbenchError


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


class Engine(NBClientEngine):
    """papermill's engine with this `Client`, and a quick start of each kernel."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, start_timeout: int = 60, **options: Any
    ) -> Any:
        """Execute the cells; the outputs are in ``nb_man.nb`` afterwards."""
        for unused in ("input_path", "log_output", "stdout_file", "stderr_file"):
            options.pop(unused, None)
        config = Config()
        config.KernelManager.client_factory = "workbench.kernels.client.QuickClient"
        client = Client(
            nb_man, kernel_name=kernel_name, startup_timeout=start_timeout, config=config, **options
        )
        # Of this kernel only: a notebook that has a brief made goes on being looked at.
        return client.execute(env=os.environ | {interactive.SWITCH: "1"})


@cache
def register() -> None:
    """Let papermill know the engine, by the name 'workbench'."""
    papermill_engines.register("workbench", Engine)

"""A client that asks a new kernel once, and does not wait for silence."""

from __future__ import annotations

import time
from queue import Empty

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.utils import ensure_async


class QuickClient(AsyncKernelClient):
    """An `AsyncKernelClient` without its fixed 0.2 s of listening at the start of each notebook.

    That is spent to let go of messages sent before the first question. papermill looks at which
    question a message answers, and passes over all others by itself.
    """

    async def _async_wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel answers and its outputs arrive.

        Raises
        ------
        RuntimeError
            If it dies before, or does not answer within `timeout` seconds.
        """
        deadline = time.monotonic() + (float("inf") if timeout is None else timeout)
        while True:
            self.kernel_info()
            if await self._answers():
                return
            if not await self._async_is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
            if time.monotonic() > deadline:
                raise RuntimeError(f"Kernel didn't respond in {timeout:.0f} seconds")

    async def _answers(self) -> bool:
        try:
            reply = await ensure_async(self.shell_channel.get_msg(timeout=1))
            if reply["msg_type"] != "kernel_info_reply":
                return False
            # Its state on the other channel: without it, outputs could be lost.
            await ensure_async(self.iopub_channel.get_msg(timeout=0.2))
        except Empty:
            return False
        self._handle_kernel_info_reply(reply)
        return True

    wait_for_ready = _async_wait_for_ready

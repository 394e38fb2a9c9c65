"""Several worker processes on one listening socket, each started again when it ends by itself."""

from __future__ import annotations

import os
import signal
import socket
import tempfile
import time
from pathlib import Path

from .log import log
from .serve import remove_folder

#: A worker that ends this often within the span is not started again: the replica ends with the worker's exit code.
MAX_RESTARTS = 5
RESTART_SPAN_SECONDS = 60

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Workers:
    """Keeps a number of workers running and passes SIGTERM on. How one is started, subclasses say."""

    def __init__(self, count: int):
        self._count = count
        #: By process id: the worker's number, and our end of its channel, which it finds closed when this process is gone.
        self._running: dict[int, tuple[int, socket.socket]] = {}
        self._stopping = False
        for sig in SIGNALS:
            signal.signal(sig, self._stop)

    def run(self) -> int:
        """Returns 0 after SIGTERM, else the exit code of the worker that could not be kept running."""
        self._metrics_folder = Path(tempfile.mkdtemp(prefix="slipway-metrics-"))
        self._begin()
        exit_code = 0
        ends: list[float] = []
        while self._running:
            try:
                pid, status = os.wait()
            except ChildProcessError:
                break
            index, channel = self._running.pop(pid, (None, None))
            if index is None or channel is None:
                continue
            channel.close()
            code = os.waitstatus_to_exitcode(status)
            if self._stopping:
                continue
            log("error", "worker-ended", worker=index, code=code)
            now = time.monotonic()
            ends = [end for end in ends if now - end < RESTART_SPAN_SECONDS] + [now]
            if code > 0 or len(ends) > MAX_RESTARTS:
                exit_code = code if code > 0 else 1
                self._stop(signal.SIGTERM, None)
                continue
            self._start(index)
        remove_folder(self._metrics_folder)
        return exit_code

    def _begin(self) -> None:
        """Start the first workers."""
        raise NotImplementedError

    def _start(self, index: int) -> None:
        """Start a worker and note it in `_running`."""
        raise NotImplementedError

    def _stop(self, sig: int, _frame: object) -> None:
        self._stopping = True
        for pid in list(self._running):
            try:
                os.kill(pid, signal.SIGTERM)
            except ProcessLookupError:
                continue


def end_with_parent(channel: socket.socket) -> None:
    """Wait until the other end of a worker's channel is gone, and end this process as SIGTERM does."""
    while channel.recv(1):
        continue
    os.kill(os.getpid(), signal.SIGTERM)

"""Workers that are forks of one process which has loaded and warmed the model, and never serves.

What the model and its libraries take is there once, whatever the number of workers, and a worker that dies is replaced within
milliseconds.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path

from .flavors.flavor import Model
from .log import log
from .memory import share_limit
from .release import Release
from .serve import Worker
from .workers import SIGNALS, Workers, end_with_parent

_THREADS = Path("/proc/self/task")
#: jemalloc, which pyarrow brings and pandas imports, stops its thread around a fork (src/background_thread.c, `background_thread_postfork_child`).
_OUTLIVE_FORKS = frozenset({"jemalloc_bg_thd"})


def forks() -> bool:
    """Whether workers are forked on this system. On macOS frameworks that libraries use, such as Accelerate, do not outlive a fork."""
    return sys.platform == "linux"


class Loading(Worker):
    """Answers probes, and requests with 503, while the model is loaded; ends as soon as it is, or on SIGTERM."""

    model: Model | None = None

    def run(self, sock: socket.socket) -> int:
        # The sockets that uvicorn serves are closed when it ends; this one is for the workers.
        return super().run(sock.dup())

    def _ready(self, model: Model, _loop: asyncio.AbstractEventLoop) -> None:
        self.model = model
        self.stop()

    def _take_signals(self) -> None:
        """Left to the workers' own: uvicorn raises a signal that ended it for them again."""

    def _stopped(self, loop: asyncio.AbstractEventLoop) -> None:
        if self.model is not None:
            self.join_loader()
            loop.close()


class ForkedWorkers(Workers):
    def __init__(self, release: Release, count: int, sock: socket.socket, key: bytes | None):
        super().__init__(count)
        self._release = release
        self._socket = sock
        self._key = key
        self._model: Model | None = None

    def load(self) -> int | None:
        """Load the model. Returns the exit code where that failed or SIGTERM came, else None."""
        loading = Loading(self._release, self._key)
        code = loading.run(self._socket)
        self._model = loading.model
        return code if self._model is None or self._stopping else None

    def threads_beside(self) -> list[str]:
        """Names of the threads of this process beside its main one. A fork has none of them, and would wait forever for what they hold."""
        names = [(thread / "comm").read_text("utf-8", "replace").strip() for thread in _THREADS.iterdir() if thread.name != str(os.getpid())]
        return [name for name in names if name not in _OUTLIVE_FORKS]

    def forget_model(self) -> None:
        """Let go of the model, where others are to load it."""
        self._model = None
        gc.collect()

    def _begin(self) -> None:
        # Collections of garbage in the workers would write into every object, and so copy all of their memory.
        gc.collect()
        gc.freeze()
        for index in range(self._count):
            self._start(index)

    def _start(self, index: int) -> None:
        ours, theirs = socket.socketpair()
        # A signal waits until the worker is known here, and has handlers of its own there.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        pid = os.fork()
        if pid == 0:
            ours.close()
            _become(lambda: self._serve(theirs))
        theirs.close()
        self._running[pid] = (index, ours)
        if self._stopping:
            os.kill(pid, signal.SIGTERM)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)

    def _serve(self, channel: socket.socket) -> int:
        for _, other in self._running.values():
            other.close()
        share_limit(self._count, forked=True)
        _seed()
        worker = Worker(self._release, self._key, self._metrics_folder, on_ready=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS))
        worker.preload(self._model)
        threading.Thread(target=end_with_parent, args=(channel,), name="parent", daemon=True).start()
        return worker.run(self._socket)


def _become(serve: Callable[[], int]) -> None:
    """Run a function as the whole rest of this process."""
    code = 1
    try:
        code = serve()
    except BaseException:
        log("error", "worker-failed", trace=traceback.format_exc())
    finally:
        sys.stderr.flush()
        os._exit(code)


def _seed() -> None:
    """Random numbers of its own for a worker. Python's module `random` does this by itself."""
    if (numpy_random := sys.modules.get("numpy.random")) is not None:
        numpy_random.seed()
    if (torch := sys.modules.get("torch")) is not None:
        torch.seed()

"""A server process that is a fork of one which has imported the libraries of models: to import them anew costs two seconds of processor time a start."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from multiprocessing.connection import Connection
from typing import IO

LIBRARIES = ["mlflow.pyfunc", "pandas", "sklearn.compose", "sklearn.ensemble", "sklearn.linear_model", "sklearn.pipeline", "sklearn.preprocessing", "uvicorn", "yaml"]


def _serve(package_folder: str, arguments: list[str], environment: dict[str, str], errors: Connection) -> None:
    os.dup2(errors.fileno(), 2)
    os.environ.clear()
    os.environ.update(environment)
    # What an interpreter does when it starts.
    sys.path[1:1] = [folder for folder in environment.get("PYTHONPATH", "").split(os.pathsep) if folder not in ("", package_folder)]
    sys.path.insert(0, package_folder)
    from slipway_server.__main__ import main

    code = main(arguments)
    sys.stderr.flush()
    os._exit(code)


class ForkedServer:
    """As much of `subprocess.Popen` as the tests use, for `python -m slipway_server` with these arguments."""

    def __init__(self, package_folder: str, arguments: list[str], environment: dict[str, str]):
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(LIBRARIES)
        reader, writer = context.Pipe(duplex=False)
        self._process = context.Process(target=_serve, args=(package_folder, arguments, environment, writer))
        self._process.start()
        writer.close()
        self.stderr: IO[str] = os.fdopen(os.dup(reader.fileno()), encoding="utf-8", errors="replace")
        reader.close()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(str(self._process), timeout or 0)
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()

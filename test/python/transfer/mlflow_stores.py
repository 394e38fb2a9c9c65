"""Stores that MLflow itself makes, fills and serves."""

from __future__ import annotations

import multiprocessing
import os
import socket
import subprocess
import sys
import time
import urllib.request
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BIN = Path(sys.executable).parent
SERVER_SECONDS = 120


def quiet_environment() -> dict[str, str]:
    return {**os.environ, "MLFLOW_ALLOW_FILE_STORE": "true", "MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}


def fill(uri: str, folder: Path, *numbers: int) -> None:
    """Fills a store (fill.py) in a folder: in a process of its own, a fork of one that has imported MLflow."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["fill", "mlflow.sklearn", "mlflow.store.tracking.file_store", "mlflow.store.tracking.sqlalchemy_store"])
    process = context.Process(target=_fill, args=(uri, str(folder), numbers))
    process.start()
    process.join()
    assert process.exitcode == 0, f"{uri} could not be filled; why is in the output"


def _fill(uri: str, folder: str, numbers: tuple[int, ...]) -> None:
    os.chdir(folder)
    os.environ.update(quiet_environment())
    warnings.simplefilter("ignore")
    from fill import fill

    fill(uri, *numbers)


@contextmanager
def serving(folder: Path, *store: str) -> Iterator[str]:
    """A running `mlflow server` that was started in a folder; its URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder.mkdir()
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1", *store]
    environment = {**quiet_environment(), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + SERVER_SECONDS
        while True:
            try:
                with urllib.request.urlopen(f"{url}/health", timeout=2):
                    break
            except OSError:
                assert process.poll() is None, "mlflow server ended"
                assert time.monotonic() < deadline, "mlflow server does not answer"
                time.sleep(0.2)
        yield url
    finally:
        os.killpg(process.pid, 15)
        process.wait(20)

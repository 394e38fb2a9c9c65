"""Real stores of MLflow, filled by MLflow itself, to import from and export to."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import mlflow
import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
BIN = Path(sys.executable).parent
SERVER_SECONDS = 120

Slipway = Callable[..., dict]


def quiet_environment() -> dict[str, str]:
    return {**os.environ, "MLFLOW_ALLOW_FILE_STORE": "true", "MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}


def fill(uri: str, folder: Path, *numbers: int) -> None:
    command = [sys.executable, "-W", "ignore", str(HERE / "fill.py"), uri, *map(str, numbers)]
    subprocess.run(command, cwd=folder, env=quiet_environment(), check=True, capture_output=True)


@pytest.fixture(autouse=True)
def _own_uris(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    before = mlflow.get_tracking_uri()
    yield
    mlflow.set_registry_uri(None)
    mlflow.set_tracking_uri(before)


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An `mlflow.db` with its artifacts in the folder beside it."""
    folder = tmp_path_factory.mktemp("database")
    fill(f"sqlite:///{folder}/mlflow.db", folder, 4, 1900)
    return folder / "mlflow.db"


@pytest.fixture(scope="session")
def mlruns(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MLflow's file store."""
    folder = tmp_path_factory.mktemp("files")
    fill((folder / "mlruns").as_uri(), folder)
    return folder / "mlruns"


@pytest.fixture
def mlflow_server(tmp_path: Path) -> Iterator[str]:
    """A running `mlflow server` with an empty database, which takes artifacts itself; its URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path / "server"
    folder.mkdir()
    store = ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", str(folder / "artifacts")]
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


@pytest.fixture
def slipway(own_companion) -> Slipway:
    """Runs a `slipway` command for the companion, or one of another data home, and gives its JSON; `code` is the exit code that it must end with."""

    def run(*words: str, code: int = 0, home: Path | None = None) -> dict:
        environment = {**os.environ, "SLIPWAY_HOME": str(home or own_companion.home), "SLIPWAY_PORT": "0"}
        command = [own_companion.process.args[0], str(ROOT / "server" / "cli.ts"), "--json", *words]
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
        assert ended.returncode == code, ended.stdout + ended.stderr
        return json.loads(ended.stdout)

    return run

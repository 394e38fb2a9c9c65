"""Real stores of MLflow, filled by MLflow itself, to import from and export to."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from newest_mlflow import use_newest_mlflow

use_newest_mlflow()

import mlflow
import pytest
from mlflow_stores import fill, serving

ROOT = Path(__file__).parents[3]

Slipway = Callable[..., dict]


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
    folder = tmp_path / "server"
    with serving(folder, "--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", str(folder / "artifacts")) as url:
        yield url


@pytest.fixture
def slipway(own_companion) -> Slipway:
    """Runs a `slipway` command for the companion, or one of another data home, and gives its JSON; `code` is the exit code that it must end with."""

    def run(*words: str, code: int = 0, home: Path | None = None) -> dict:
        environment = {**os.environ, "SLIPWAY_HOME": str(home or own_companion.home), "SLIPWAY_PORT": "0"}
        command = [own_companion.process.args[0], str(ROOT / "dist" / "slipway.mjs"), "--json", *words]
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
        assert ended.returncode == code, ended.stdout + ended.stderr
        return json.loads(ended.stdout)

    return run

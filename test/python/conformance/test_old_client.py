"""The first client of MLflow 2 still works against the companion."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
import venv
from pathlib import Path

import pytest
from kept_packages import install

OLDEST = "2.0.1"
# It asks for pkg_resources, which later ones lack.
PACKAGES = [f"mlflow-skinny=={OLDEST}", "setuptools<70"]


@pytest.fixture(scope="module")
def old_python() -> Path:
    """An interpreter with the old client, made once and kept."""
    folder = Path(__file__).parents[3] / ".cache" / f"python-mlflow-{OLDEST}-py{sys.version_info.major}.{sys.version_info.minor}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    complete = folder / ".complete"
    if not complete.exists():
        venv.create(folder, clear=True, with_pip="SLIPWAY_TEST_UV" not in os.environ)
        install(PACKAGES, python)
        complete.touch()
    return python


def test_the_first_client_of_mlflow_2_tracks_and_registers(companion, old_python: Path, tmp_path: Path):
    environment = {**os.environ, "MLFLOW_TRACKING_URI": companion.tracking_uri}
    program = Path(__file__).parent / "old_client.py"
    done = subprocess.run([old_python, program, f"old-{uuid.uuid4().hex}", tmp_path], env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "client": OLDEST,
        "status": "FINISHED",
        "params": {"depth": "3"},
        "metrics": {"loss": 1 / 3, "auc": 0.75, "f1": 0.5},
        "team": "red",
        "history": [[0, 1.0], [1, 0.5], [2, 1 / 3]],
        "found": ["old"],
        "files": ["notes/note.txt"],
        "content": "from 2.0",
        "production": ["1"],
        "versions": [{"checked": "yes"}],
        "missing": "RESOURCE_DOES_NOT_EXIST",
    }

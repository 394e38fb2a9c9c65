"""`slipway.log` against a real companion, from this process and from a kernel."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import nbformat
import numpy
import pytest
from nbformat.v4 import new_code_cell, new_notebook

PACKAGE_FOLDER = Path(__file__).parents[3] / "server" / "python"
sys.path.append(str(PACKAGE_FOLDER))

import slipway  # noqa: E402


def call(companion, method: str, path: str, body: dict | None = None) -> dict:
    request = urllib.request.Request(
        f"{companion.url}/api/slipway/v1{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {companion.token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read())


def metrics(companion, run_id: str) -> dict:
    return call(companion, "GET", f"/runs/{run_id}")["metrics"]


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    path = tmp_path / "train.ipynb"
    nbformat.write(new_notebook(), path)
    return path


@pytest.fixture
def captured(companion, notebook: Path, monkeypatch: pytest.MonkeyPatch):
    """A captured run whose kernel this process is, by its login."""
    run_id = call(companion, "POST", "/captures", {"notebook": str(notebook)})["runId"]
    monkeypatch.setenv("MLFLOW_TRACKING_URI", companion.url)
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", f"nb-{run_id}")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", companion.token)
    yield run_id
    call(companion, "POST", f"/captures/{run_id}/end", {})


def test_metrics_reach_the_captured_run_of_the_kernel(companion, captured: str) -> None:
    assert slipway.log(accuracy=0.9, n=numpy.int64(3), scaled=numpy.float32(0.5)) is None
    slipway.log({"f1/macro": 0.7, "test": {"auc": 1}}, step=2)
    assert metrics(companion, captured) == {"accuracy": 0.9, "n": 3, "scaled": 0.5, "f1/macro": 0.7, "test/auc": 1}


def test_the_latest_step_is_the_value_of_the_run(companion, captured: str) -> None:
    for step in range(3):
        slipway.log(loss=1 / (step + 1), step=step)
    assert metrics(companion, captured)["loss"] == pytest.approx(1 / 3)


def test_nan_arrives_and_infinities_as_mlflow_keeps_them(companion, captured: str) -> None:
    slipway.log(a=math.nan, b=math.inf, c=-math.inf)
    assert metrics(companion, captured) == {"a": "NaN", "b": sys.float_info.max, "c": -sys.float_info.max}


def test_what_is_no_number_is_refused_by_name(captured: str) -> None:
    for value in ("high", None, [1, 2], object()):
        with pytest.raises(TypeError, match="^accuracy: "):
            slipway.log(accuracy=value)
    with pytest.raises(TypeError, match="step"):
        slipway.log(a=1, step=0.5)


def test_a_name_that_the_companion_refuses_is_a_value_error(captured: str) -> None:
    with pytest.raises(ValueError, match="bad#name"):
        slipway.log({"bad#name": 1})


def test_without_a_login_of_its_own_the_notebook_decides(companion, captured: str, notebook: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "slipway")
    with pytest.raises(slipway.NotConnectedError, match="recorded"):
        slipway.log(accuracy=0.1)
    monkeypatch.setattr(sys.modules["__main__"], "__vsc_ipynb_file__", str(notebook), raising=False)
    slipway.log(accuracy=0.2)
    monkeypatch.delattr(sys.modules["__main__"], "__vsc_ipynb_file__")
    call(companion, "POST", f"/captures/{captured}/cells/begin", {"cellId": "a", "cellIndex": 0, "startedAt": 1})
    slipway.log(auc=0.3)
    assert metrics(companion, captured) == {"accuracy": 0.2, "auc": 0.3}


def test_a_kernel_that_is_not_connected_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///x.db")
    monkeypatch.delitem(sys.modules, "mlflow", raising=False)
    with pytest.raises(slipway.NotConnectedError, match="Connect Notebook"):
        slipway.log(accuracy=0.1)


def test_a_companion_that_is_gone_costs_a_warning_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "nb-" + "0" * 32)
    monkeypatch.setattr("slipway_notebook.values.RETRY_SECONDS", ())
    with pytest.warns(RuntimeWarning, match="accuracy not logged"):
        slipway.log(accuracy=0.1)


def test_a_kernel_that_slipway_runs_can_import_it(companion, tmp_path: Path) -> None:
    path = tmp_path / "run.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("import slipway\nslipway.log(accuracy=0.5)")]), path)
    run_id = call(companion, "POST", "/captures", {"notebook": str(path)})["runId"]
    environment = {
        **os.environ,
        "PYTHONPATH": str(PACKAGE_FOLDER),
        "MLFLOW_TRACKING_URI": companion.url,
        "MLFLOW_TRACKING_USERNAME": f"nb-{run_id}",
        "MLFLOW_TRACKING_PASSWORD": companion.token,
    }
    done = subprocess.run([sys.executable, "-m", "slipway_notebook.execute", str(path)], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert metrics(companion, run_id) == {"accuracy": 0.5}


def test_the_cell_that_connects_a_notebook_makes_it_importable(companion, notebook: Path) -> None:
    run_id = call(companion, "POST", "/captures", {"notebook": str(notebook)})["runId"]
    call(companion, "POST", f"/captures/{run_id}/cells/begin", {"cellId": "a", "cellIndex": 0, "startedAt": 1})
    cell = call(companion, "GET", "/notebook-connection")["cell"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH" and not name.startswith("MLFLOW_")}
    source = f"{cell}\nimport slipway\nslipway.log(accuracy=0.25)"
    done = subprocess.run([sys.executable, "-c", source], env=environment, cwd=notebook.parent, capture_output=True, text=True, timeout=120)
    call(companion, "POST", f"/captures/{run_id}/end", {})
    assert done.returncode == 0, done.stderr
    assert metrics(companion, run_id) == {"accuracy": 0.25}


def test_the_env_file_that_connects_a_notebook_makes_it_importable(companion, notebook: Path) -> None:
    run_id = call(companion, "POST", "/captures", {"notebook": str(notebook)})["runId"]
    call(companion, "POST", f"/captures/{run_id}/cells/begin", {"cellId": "a", "cellIndex": 0, "startedAt": 1})
    connection = call(companion, "GET", "/notebook-connection")
    assert Path(connection["pythonPath"]).is_relative_to(companion.home), "an update of the extension must not move it"
    usual = {name: value for name, value in os.environ.items() if name != "PYTHONPATH" and not name.startswith("MLFLOW_")}
    environment = {**usual, **connection["environment"], "PYTHONPATH": connection["pythonPath"]}
    source = "import slipway\nslipway.log(accuracy=0.75)"
    done = subprocess.run([sys.executable, "-c", source], env=environment, cwd=notebook.parent, capture_output=True, text=True, timeout=120)
    call(companion, "POST", f"/captures/{run_id}/end", {})
    assert done.returncode == 0, done.stderr
    assert metrics(companion, run_id) == {"accuracy": 0.75}

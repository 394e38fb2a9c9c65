"""`slipway.register` against a real companion: what it logs, registers and records, and what it says when it cannot."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import mlflow
import numpy
import pandas
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

sys.path.append(str(Path(__file__).parents[3] / "server" / "python"))

import slipway  # noqa: E402
from slipway_notebook.values import companion_of_kernel, send  # noqa: E402

# What MLflow would find out in a process of its own.
NEEDED = {"pip_requirements": ["scikit-learn", "pandas"], "check": False}
ROWS = pandas.DataFrame({"age": [20.0, 30.0, 40.0, 50.0, 60.0, 70.0], "income": [1, 2, 3, 4, 5, 6]})
CHURNED = pandas.Series(["no", "no", "no", "yes", "yes", "yes"], name="churned")


class Threshold(LogisticRegression):
    """A class of a notebook that inherits from a library's."""


class Doubled(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input * 2


@pytest.fixture
def connected(companion, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", companion.url)
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "slipway")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", companion.token)
    mlflow.set_tracking_uri(companion.url)
    yield companion
    mlflow.set_tracking_uri("")


def recorded(name: str, version: int) -> dict:
    folder = mlflow.artifacts.download_artifacts(f"models:/{name}/{version}")
    return json.loads(Path(folder, "serving_output_example.json").read_text())


def taken_baselines() -> list[dict]:
    entries = send(companion_of_kernel(), "/api/slipway/v1/audit?limit=500")["entries"]
    return [{**entry["detail"], "name": entry["subject"]} for entry in entries if entry["action"] == "baseline.taken"]


def test_a_model_becomes_a_version_with_its_answer_and_its_baseline(connected) -> None:
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(ROWS, CHURNED)
    first = slipway.register(model, "register-churn", data=(ROWS, CHURNED), **NEEDED)
    assert (first.name, first.version) == ("register-churn", 1)
    assert recorded("register-churn", 1) == {"predictions": ["no", "no", "no", "yes", "yes"], "dtype": "object"}
    version = send(companion_of_kernel(), "/api/slipway/v1/models/register-churn/versions/1")
    assert [column["name"] for column in version["signature"]["inputs"]] == ["age", "income"]
    assert version["lineage"]["runId"] == first.run_id
    assert mlflow.get_run(first.run_id).info.run_name == "register-churn"
    assert {"name": "register-churn", "version": 1, "rows": 6, "columns": 2} in taken_baselines()
    # The run that is active takes the next one, and goes on.
    with mlflow.start_run() as run:
        second = slipway.register(model, "register-churn", example=ROWS, **NEEDED)
        assert mlflow.active_run() is not None
    assert (second.version, second.run_id) == (2, run.info.run_id)
    assert not any(taken["version"] == 2 for taken in taken_baselines() if taken["name"] == "register-churn")


def test_the_label_and_what_is_no_input_stay_out_of_the_example(connected) -> None:
    frame = ROWS.assign(churned=CHURNED == "yes", customer=range(6))
    model = Threshold().fit(frame[["age", "income"]], frame["churned"])
    with pytest.MonkeyPatch.context() as patch:
        # As a class of a notebook's own cells.
        patch.setattr(Threshold, "__module__", "__main__")
        patch.setattr(sys.modules["__main__"], "Threshold", Threshold, raising=False)
        registered = slipway.register(model, "register-label", data=frame, label="churned", serialization_format="cloudpickle", **NEEDED)
    assert recorded("register-label", registered.version) == {"predictions": [False, False, False, True, True], "dtype": "bool"}
    assert {"name": "register-label", "version": 1, "rows": 6, "columns": 2} in taken_baselines()


def test_arrays_have_their_positions(connected) -> None:
    rows = numpy.linspace(0, 1, 80, dtype=numpy.float32).reshape(40, 2)
    model = LinearRegression().fit(rows, rows.sum(axis=1))
    registered = slipway.register(model, "register-array", data=(rows, rows.sum(axis=1)), **NEEDED)
    answer = recorded("register-array", registered.version)
    assert answer["dtype"] == "float32"
    assert answer["predictions"] == pytest.approx(rows[:5].sum(axis=1).tolist(), abs=1e-5)
    assert {"name": "register-array", "version": 1, "rows": 40, "columns": 2} in taken_baselines()


def test_a_python_model_is_asked_through_what_was_logged(connected) -> None:
    registered = slipway.register(Doubled(), "register-python", example=ROWS[["age"]], code=[__file__], requirements=["sympy"], check=False)
    assert recorded("register-python", registered.version) == {"predictions": [{"age": 40.0}, {"age": 60.0}, {"age": 80.0}, {"age": 100.0}, {"age": 120.0}], "dtype": {"age": "float64"}}
    folder = Path(mlflow.artifacts.download_artifacts(f"models:/register-python/{registered.version}"))
    assert (folder / "code" / Path(__file__).name).exists()
    assert any(line.startswith("sympy") for line in (folder / "requirements.txt").read_text().splitlines())
    # Whether it loads elsewhere is looked at unless told otherwise; without mlflow it cannot, so that nothing is installed for it.
    other = slipway.register(Doubled(), "register-python", example=ROWS[["age"]], pip_requirements=["pandas"])
    checks = send(companion_of_kernel(), "/api/slipway/v1/models/register-python/load-checks")["checks"]
    assert [check["version"] for check in checks] == [other.version]


def test_what_cannot_be_taken_is_a_warning_with_the_reason(connected) -> None:
    model = LogisticRegression().fit(ROWS, CHURNED)
    with pytest.warns(RuntimeWarning, match=r"version 1 of register-lacking is registered without a baseline\. .*The rows have no column income of the model\."):
        slipway.register(model, "register-lacking", example=ROWS, data=ROWS[["age"]], **NEEDED)
    with pytest.warns(RuntimeWarning, match=r"without a baseline\. data: it has no column churned"):
        slipway.register(model, "register-lacking", example=ROWS, data=ROWS, label="churned", **NEEDED)
    with pytest.warns(RuntimeWarning, match="does not predict its own example"):
        slipway.register(LogisticRegression(), "register-lacking", example=ROWS, **NEEDED)


def test_a_model_without_a_flavor_is_refused(connected) -> None:
    with pytest.raises(TypeError, match=r"MLflow has no flavor for builtins\.dict.*PythonModel"):
        slipway.register({}, "register-nothing")
    with pytest.raises(ValueError, match="cannot be empty or contain '/' or ':'"):
        slipway.register(LogisticRegression(), "register/nothing")

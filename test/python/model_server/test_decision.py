"""What a release answers and how it decides, compared with numpy on the probabilities that the library gives."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import mlflow
import numpy as np
import pandas as pd
import pytest
import trained
from mlflow.models import infer_signature
from replica import Replica, make_release
from sklearn.linear_model import LogisticRegression
from slipway_server.decision import decider
from slipway_server.errors import DecisionRefused
from slipway_server.release import Serving

Decided = Callable[..., httpx.Client]
ROWS = 200


@pytest.fixture
def decided(tmp_path: Path, model_folder: Callable[[str], Path]) -> Iterator[Decided]:
    """A client of a ready server of a model with a serving config."""
    replicas: list[Replica] = []

    def serve(name: str, **serving: object) -> httpx.Client:
        replicas.append(Replica(make_release(tmp_path / str(len(replicas)), model_folder(name), serving, name=name)))
        return replicas[-1].until_ready()

    yield serve
    for replica in replicas:
        replica.__exit__()


@pytest.fixture(scope="module")
def churn() -> tuple[dict, np.ndarray]:
    """Rows that the model was not fitted on, as a request, and their probabilities of `no` and `yes`."""
    data = trained.churn_data(300)
    rows = trained.churn_data(300 + ROWS).tail(ROWS)
    return {"dataframe_split": json.loads(rows.to_json(orient="split", index=False))}, trained.churn_pipeline(data).predict_proba(rows)


def answers(client: httpx.Client, request: dict) -> tuple[list, list[float]]:
    response = client.post("/invocations", json=request)
    assert response.status_code == 200, response.text
    return response.json()["predictions"], [float(score) for score in response.headers.get("x-slipway-scores", "").split(",") if score]


def test_a_threshold_decides_as_numpy_does_with_the_probability_beside_the_label(decided: Decided, churn: tuple[dict, np.ndarray]) -> None:
    request, probabilities = churn
    expected = np.where(probabilities[:, 1] >= 0.37, "yes", "no")
    assert (expected != np.where(probabilities[:, 1] >= 0.5, "yes", "no")).sum() > 3
    client = decided("churn", method="both", threshold=0.37)
    predictions, scores = answers(client, request)
    assert [row["label"] for row in predictions] == expected.tolist()
    assert list(predictions[0]["probability"]) == ["no", "yes"]
    assert np.array([list(row["probability"].values()) for row in predictions]) == pytest.approx(probabilities, abs=1e-12)
    assert scores == pytest.approx(probabilities[:, 1], rel=1e-5)

    assert [output["name"] for output in client.get("/v2/models/churn").json()["outputs"]] == ["label", "probability"]
    types = {"age": "INT64", "monthly": "FP64", "contract": "BYTES", "senior": "BOOL"}
    columns = dict(zip(types, zip(*request["dataframe_split"]["data"])))
    tensors = [{"name": name, "shape": [ROWS], "datatype": datatype, "data": list(columns[name])} for name, datatype in types.items()]
    response = client.post("/v2/models/churn/infer", json={"inputs": tensors})
    label, probability = response.json()["outputs"]
    assert (label["shape"], label["datatype"], label["data"]) == ([ROWS], "BYTES", expected.tolist())
    assert (probability["shape"], probability["datatype"]) == ([ROWS, 2], "FP64")
    assert np.array(probability["data"]).reshape(ROWS, 2) == pytest.approx(probabilities, abs=1e-12)


def test_costs_decide_as_numpy_does_and_labels_alone_are_answered(decided: Decided, churn: tuple[dict, np.ndarray]) -> None:
    request, probabilities = churn
    costs = [[0, 1], [5, 0]]
    predictions, scores = answers(decided("churn", costs=costs), request)
    assert predictions == np.array(["no", "yes"])[np.argmin(probabilities @ np.array(costs), axis=1)].tolist()
    # Saying no to a yes costs five times as much, so that yes is said from a sixth on.
    assert predictions == np.where(probabilities[:, 1] >= 1 / 6, "yes", "no").tolist()
    assert scores == pytest.approx(probabilities[:, 1], rel=1e-5)


def test_thresholds_of_several_classes_and_probabilities_alone(decided: Decided) -> None:
    features, labels = trained.iris_frame()
    rows = pd.concat([features, features.head(ROWS - len(features)) + 0.05])
    probabilities = LogisticRegression(max_iter=500).fit(features, labels).predict_proba(rows)
    request = {"inputs": rows.to_dict(orient="list")}
    thresholds = {"0": 0.2, "1": 0.9, "2": 0.1}
    predictions, scores = answers(decided("iris", threshold=thresholds), request)
    positions = np.argmax(probabilities / np.array([0.2, 0.9, 0.1]), axis=1)
    assert predictions == positions.tolist() != np.argmax(probabilities, axis=1).tolist()
    assert scores == pytest.approx(probabilities[np.arange(ROWS), positions], rel=1e-5)
    predictions, scores = answers(decided("iris", method="predict_proba"), request)
    assert np.array(predictions) == pytest.approx(probabilities, abs=1e-12)
    assert scores == pytest.approx(probabilities.max(axis=1), rel=1e-5)


def test_a_method_takes_the_place_of_the_one_that_the_model_was_logged_with(decided: Decided, churn: tuple[dict, np.ndarray]) -> None:
    request, probabilities = churn
    predictions, scores = answers(decided("churn-proba", method="predict"), request)
    assert predictions == np.where(probabilities[:, 1] > 0.5, "yes", "no").tolist()
    assert scores == []


@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
def test_a_threshold_decides_for_the_classifiers_of_boosters(tmp_path: Path, library: str) -> None:
    module = importlib.import_module(library)
    rows, labels = trained.iris_frame()
    classifier = getattr(module, {"xgboost": "XGBClassifier", "lightgbm": "LGBMClassifier"}[library])(n_estimators=5, n_jobs=1).fit(rows, labels == 2)
    save = getattr(mlflow, library).save_model
    save(classifier, tmp_path / "model", signature=infer_signature(rows, classifier.predict(rows)), pip_requirements=[library])
    expected = classifier.classes_[(classifier.predict_proba(rows)[:, 1] >= 0.2).astype(int)]
    with Replica(make_release(tmp_path / "release", tmp_path / "model", {"threshold": 0.2})) as replica, replica.until_ready() as client:
        predictions, scores = answers(client, {"inputs": rows.to_dict(orient="list")})
    assert predictions == expected.tolist()
    assert scores == pytest.approx(classifier.predict_proba(rows)[:, 1], rel=1e-5)


@pytest.mark.parametrize(
    ("model", "serving", "message"),
    [
        ("churn", {"threshold": {"maybe": 0.5}}, "no class maybe, .* its classes are no, yes.*--threshold"),
        ("iris", {"costs": [[0, 1], [1, 0]]}, "2 rows and columns, the model has 3 classes; its classes are 0, 1, 2.*--costs"),
        ("matrix", {"threshold": 0.5}, "no probabilities of classes .predict_proba., which --threshold needs"),
    ],
)
def test_a_release_that_its_model_cannot_decide_says_so_and_ends(tmp_path: Path, model_folder: Callable[[str], Path], model: str, serving: dict, message: str) -> None:
    with Replica(make_release(tmp_path / "release", model_folder(model), serving)) as replica:
        assert replica.exit_code() == DecisionRefused.exit_code
        assert any(" decision-refused " in line and re.search(message, line) for line in replica.lines), replica.lines


def serving(**values: object) -> Serving:
    return Serving(workers=1, request_timeout_seconds=1, max_request_bytes=1, environment={}, **values)


@pytest.mark.parametrize(("threshold", "names", "message"), [(0.5, ("a", "b", "c"), "between two classes"), ({"a": 0.5}, ("a", "b", "c"), "no threshold for the class b")])
def test_a_threshold_for_too_few_classes_is_refused(threshold: object, names: tuple[str, ...], message: str) -> None:
    with pytest.raises(DecisionRefused, match=message):
        decider(serving(threshold=threshold), names)


def test_the_threshold_of_one_of_two_classes_is_reached_by_its_probability() -> None:
    decide = decider(serving(threshold={"no": 0.8}), ("no", "yes"))
    assert decide(np.array([[0.8, 0.2], [0.79, 0.21]])).tolist() == [0, 1]

"""The Open Inference Protocol v2 on tabular models."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

Served = Callable[[str], httpx.Client]


def columns(count: int = 2, **changed: dict) -> list[dict]:
    tensors = {
        "age": {"datatype": "INT64", "shape": [count], "data": [70, 25][:count]},
        "monthly": {"datatype": "FP64", "shape": [count, 1], "data": [[48.29], [99.5]][:count]},
        "contract": {"datatype": "BYTES", "shape": [count], "data": ["month", "year"][:count]},
        "senior": {"datatype": "BOOL", "shape": [count], "data": [False, True][:count]},
    }
    return [{"name": name, **tensor, **changed.get(name, {})} for name, tensor in tensors.items()]


def test_server_health_and_metadata(served: Served) -> None:
    client = served("churn")
    assert client.get("/v2").json()["name"] == "slipway"
    assert client.get("/v2/health/live").status_code == client.get("/v2/health/ready").status_code == 200
    assert client.get("/v2/models/churn/ready").json() == {"name": "churn", "ready": True}
    assert client.get("/v2/models/churn/versions/3/ready").status_code == 200
    body = client.get("/v2/models/churn").json()
    assert body["platform"] == "sklearn_pickle"
    assert body["versions"] == ["3"]
    assert body["inputs"][:2] == [
        {"name": "age", "datatype": "INT64", "shape": [-1]},
        {"name": "monthly", "datatype": "FP64", "shape": [-1]},
    ]
    assert body["outputs"] == [{"name": "predictions", "datatype": "BYTES", "shape": [-1]}]


def test_one_tensor_per_column_is_predicted_like_invocations(served: Served) -> None:
    client = served("churn")
    answer = client.post("/v2/models/churn/infer", json={"id": "q1", "inputs": columns()}).json()
    rows = {"columns": ["age", "monthly", "contract", "senior"], "data": [[70, 48.29, "month", False], [25, 99.5, "year", True]]}
    expected = client.post("/invocations", json={"dataframe_split": rows}).json()["predictions"]
    assert answer == {
        "model_name": "churn",
        "model_version": "3",
        "id": "q1",
        "outputs": [{"name": "predictions", "shape": [2], "datatype": "BYTES", "data": expected}],
    }


def test_one_matrix_is_predicted_for_columns_and_for_a_tensor_model(served: Served) -> None:
    iris = {"name": "x", "shape": [2, 4], "datatype": "FP32", "data": [5.1, 3.5, 1.4, 0.2, 6.0, 3.0, 4.8, 1.8]}
    output = served("iris").post("/v2/models/iris/versions/3/infer", json={"inputs": [iris]}).json()["outputs"][0]
    assert (output["datatype"], output["shape"], output["data"][0]) == ("INT64", [2], 0)
    matrix = {"name": "x", "shape": [1, 3], "datatype": "FP64", "data": [[1.0, 2.0, 3.0]]}
    output = served("matrix").post("/v2/models/matrix/infer", json={"inputs": [matrix]}).json()["outputs"][0]
    assert (output["datatype"], output["shape"]) == ("FP64", [1])
    assert output["data"] == pytest.approx([-1.5])


def test_probabilities_are_a_matrix_tensor(served: Served) -> None:
    output = served("churn-proba").post("/v2/models/churn-proba/infer", json={"inputs": columns()}).json()["outputs"][0]
    assert (output["datatype"], output["shape"], len(output["data"])) == ("FP64", [2, 2], 4)
    assert output["data"][0] + output["data"][1] == pytest.approx(1)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"inputs": []}, "inputs must be a list"),
        ({"inputs": columns()[:3]}, "Model is missing inputs ['senior']"),
        ({"inputs": columns(age={"shape": [3]})}, "tensor age: shape [3] has 3 values, data has 2"),
        ({"inputs": columns(age={"shape": [1], "data": [1]})}, "tensor monthly has 2 rows"),
        ({"inputs": columns(age={"datatype": "INT65"})}, "tensor age: datatype INT65 is unknown"),
        ({"inputs": columns(age={"data": ["a", "b"]})}, "tensor age: str is not a INT64"),
        ({"inputs": columns(contract={"data": [1, 2]})}, "tensor contract: int is not a BYTES"),
        ({"inputs": columns(age={"data": [[1], 2]})}, "tensor age"),
        ({"inputs": columns(), "outputs": [{"name": "score"}]}, "the model has no output score"),
    ],
)
def test_a_bad_request_names_the_tensor(served: Served, change: dict, expected: str) -> None:
    answer = served("churn").post("/v2/models/churn/infer", json=change)
    assert answer.status_code == 400
    assert set(answer.json()) == {"error"}
    assert expected in answer.json()["error"]


@pytest.mark.parametrize("path", ["/v2/models/other/infer", "/v2/models/churn/versions/9/infer"])
def test_another_model_or_version_is_not_found(served: Served, path: str) -> None:
    answer = served("churn").post(path, json={"inputs": columns()})
    assert answer.status_code == 404
    assert "churn" in answer.json()["error"]

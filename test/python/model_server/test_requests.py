"""What a client sees of a ready server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from replica import DIGEST, Replica, make_release

Served = Callable[[str], httpx.Client]
ROW = {"age": 70, "monthly": 48.29, "contract": "month", "senior": False}


def records(*rows: dict) -> dict:
    return {"dataframe_records": list(rows)}


@pytest.mark.parametrize(
    ("name", "value"),
    [("age", "old"), ("age", None), ("age", 2.0**70), ("monthly", "much"), ("monthly", [1]), ("senior", "false")],
)
@pytest.mark.parametrize("form", ["dataframe_records", "instances", "inputs"])
def test_an_error_names_the_column_the_row_and_the_value(served: Served, form: str, name: str, value: object) -> None:
    answer = served("churn").post("/invocations", json={form: [ROW, {**ROW, name: value}]})
    assert answer.status_code == 400
    assert answer.json()["error_code"] == "BAD_REQUEST"
    message = answer.json()["message"]
    assert f"Failed to convert column {name} " in message
    assert "row 1" in message
    assert repr(value) in message


def test_a_missing_column_is_named_and_extra_ones_are_mentioned(served: Served) -> None:
    answer = served("churn").post("/invocations", json=records({"age": 1, "monthly": 2.0, "senior": True, "contrcat": "month"}))
    assert answer.status_code == 400
    assert answer.json()["error_code"] == "INVALID_PARAMETER_VALUE"
    assert "Model is missing inputs ['contract']" in answer.json()["message"]
    assert "extra inputs: ['contrcat']" in answer.json()["message"]


def test_csv_with_a_bad_value_names_the_column(served: Served) -> None:
    answer = served("churn").post(
        "/invocations", content="age,monthly,contract,senior\n1,much,month,True\n", headers={"content-type": "text/csv"}
    )
    assert answer.status_code == 400
    assert "Failed to convert column monthly" in answer.json()["message"]


def test_csv_is_read_for_a_model_fitted_on_a_matrix(served: Served) -> None:
    answer = served("matrix").post("/invocations", content="a,b,c\n1,2,3\n4,5,6\n", headers={"content-type": "text/csv"})
    assert answer.status_code == 200
    assert answer.json()["predictions"] == pytest.approx([-1.5, -3.0])


def test_a_model_that_raises_is_a_bad_request_without_the_reason(served: Served) -> None:
    answer = served("gated").post("/invocations", json={"inputs": {"x": [-1.0]}})
    assert (answer.status_code, answer.headers["x-slipway-outcome"]) == (400, "model-error")
    assert answer.headers["x-slipway-rows"] == "1"
    assert answer.json() == {
        "error_code": "BAD_REQUEST",
        "message": "Encountered an unexpected error while evaluating the model. Verify that the serialized input Dataframe is "
        "compatible with the model for inference.",
    }


def test_an_answer_says_how_many_rows_were_predicted(served: Served) -> None:
    answer = served("churn").post("/invocations", json=records(ROW, ROW, ROW))
    assert answer.headers["x-slipway-rows"] == "3"
    assert "x-slipway-outcome" not in answer.headers


def test_input_that_does_not_fit_is_no_error_of_the_model(served: Served) -> None:
    answer = served("gated").post("/invocations", json={"inputs": {"x": ["much"]}})
    assert answer.status_code == 400
    assert "x-slipway-outcome" not in answer.headers and "x-slipway-rows" not in answer.headers


def test_a_model_that_raises_is_an_error_of_the_server_in_the_open_inference_protocol(served: Served) -> None:
    tensor = {"name": "x", "shape": [1], "datatype": "FP64", "data": [-1.0]}
    answer = served("gated").post("/v2/models/gated/infer", json={"inputs": [tensor]})
    assert (answer.status_code, answer.headers["x-slipway-outcome"]) == (500, "model-error")
    assert answer.json()["error"].startswith("Encountered an unexpected error")


@pytest.mark.parametrize("name", ["churn", "churn-cloudpickle", "churn-skops"])
def test_each_serialization_predicts_the_same(served: Served, name: str) -> None:
    other = {**ROW, "monthly": 99.0, "contract": "year"}
    assert served(name).post("/invocations", json=records(ROW, other)).json() == {"predictions": ["no", "yes"]}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/livez", 200),
        ("GET", "/nowhere", 404),
        ("PUT", "/invocations", 405),
        ("POST", "/invocations", 415),
        ("GET", "/v2/models/other", 404),
    ],
)
def test_every_answer_says_its_release_its_length_and_the_request_id(served: Served, method: str, path: str, status: int) -> None:
    answer = served("churn").request(method, path, headers={"x-request-id": "abc-1"})
    assert answer.status_code == status
    assert answer.headers["x-slipway-release"] == DIGEST
    assert answer.headers["x-request-id"] == "abc-1"
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_a_request_id_is_not_invented_or_passed_on_when_it_is_too_long(served: Served) -> None:
    client = served("churn")
    assert "x-request-id" not in client.get("/livez").headers
    assert "x-request-id" not in client.get("/livez", headers={"x-request-id": "a" * 201}).headers


def test_documentation_describes_the_columns_and_loads_nothing_from_elsewhere(served: Served) -> None:
    client = served("churn")
    document = client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    by_format = {next(iter(item["required"])): item for item in document["components"]["schemas"]["Request"]["oneOf"]}
    row = by_format["dataframe_records"]["properties"]["dataframe_records"]["items"]
    assert row["required"] == ["age", "monthly", "contract", "senior"]
    assert row["properties"]["age"] == {"type": "integer", "format": "int64"}
    example = document["paths"]["/invocations"]["post"]["requestBody"]["content"]["application/json"]["example"]
    assert client.post("/invocations", json=example).status_code == 200
    page = client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "contract" in page.text
    assert "http://" not in page.text and "https://" not in page.text and "<script" not in page.text
    root = client.get("/")
    assert root.text == page.text
    assert client.post("/", json=example).json() == client.post("/invocations", json=example).json()


def metric(client: httpx.Client, name: str) -> float:
    line = next(line for line in client.get("/metrics").text.splitlines() if line.startswith(name + " "))
    return float(line.rsplit(" ", 1)[1])


def test_metrics_count_requests_by_path_and_status_and_rows(served: Served) -> None:
    client = served("iris")
    good = {"dataframe_split": {"columns": ["sepal length", "sepal width", "petal length", "petal width"], "data": [[5, 3, 1, 0]] * 3}}
    client.post("/invocations", json=good)
    client.post("/invocations", json={"nothing": 1})
    ok, bad = 'slipway_requests_total{path="/invocations",status="200"}', 'slipway_requests_total{path="/invocations",status="400"}'
    before = [metric(client, name) for name in (ok, bad, "slipway_batch_rows_sum")]
    client.post("/invocations", json=good)
    client.post("/invocations", json={"nothing": 1})
    assert [metric(client, name) for name in (ok, bad, "slipway_batch_rows_sum")] == [before[0] + 1, before[1] + 1, before[2] + 3]
    text = client.get("/metrics").text
    assert f'slipway_model_info{{release="{DIGEST}",model="iris",version="3",flavor="sklearn"}} 1' in text
    buckets = [
        float(line.rsplit(" ", 1)[1])
        for line in text.splitlines()
        if line.startswith('slipway_request_duration_seconds_bucket{path="/invocations"')
    ]
    assert buckets == sorted(buckets)
    assert buckets[-1] == metric(client, 'slipway_request_duration_seconds_count{path="/invocations"}')


def test_unknown_paths_share_one_metric_label(served: Served) -> None:
    client = served("iris")
    for path in ("/a", "/b", "/c"):
        client.get(path)
    text = client.get("/metrics").text
    assert 'path="other",status="404"' in text
    assert 'path="/a"' not in text


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, model_folder: Callable[[str], Path]) -> Iterator[httpx.Client]:
    folder = make_release(tmp_path_factory.mktemp("small"), model_folder("churn"), {"maxRequestBytes": 1000})
    with Replica(folder) as replica, replica.until_ready() as client:
        yield client


def test_a_body_over_the_limit_is_refused_with_413(small: httpx.Client) -> None:
    body = json.dumps(records(*[ROW] * 30))
    answer = small.post("/invocations", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 413
    assert "1000 bytes" in answer.json()["message"]


def test_a_chunked_body_over_the_limit_is_refused_with_413(small: httpx.Client) -> None:
    chunks = iter([b" " * 400] * 6)
    answer = small.post("/invocations", content=chunks, headers={"content-type": "application/json"})
    assert answer.status_code == 413


def test_a_body_within_the_limit_is_answered_after_one_was_refused(small: httpx.Client) -> None:
    small.post("/invocations", content=b" " * 5000, headers={"content-type": "application/json"})
    assert small.post("/invocations", json=records(ROW)).status_code == 200


def test_a_large_batch_of_rows_is_answered_in_order(served: Served) -> None:
    rows = [{**ROW, "monthly": 99.0 if index % 3 else 10.0} for index in range(12_000)]
    predictions = served("churn").post("/invocations", json=records(*rows)).json()["predictions"]
    assert predictions == ["yes" if index % 3 else "no" for index in range(12_000)]

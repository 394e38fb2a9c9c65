"""The contracts of the serving platforms of clouds, after their public documentation: SageMaker, Vertex AI, Azure Machine Learning; and CSV answers.

- https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
- https://cloud.google.com/vertex-ai/docs/predictions/custom-container-requirements
- https://learn.microsoft.com/azure/machine-learning/how-to-deploy-custom-container and .../how-to-deploy-mlflow-models-online-endpoints
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from replica import Replica, make_release
from slipway_server.batching import Prediction
from slipway_server.csv_answer import as_csv, wants_csv
from test_refusals import end_of

Served = Callable[[str], httpx.Client]
COLUMNS = ["age", "monthly", "contract", "senior"]
ROWS = [[70, 48.29, "month", False], [25, 90.5, "year", True]]
RECORDS = [dict(zip(COLUMNS, row)) for row in ROWS]
CSV_BODY = "age,monthly,contract,senior\n70,48.29,month,False\n25,90.5,year,True\n"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def expected(served: Served) -> list:
    return served("churn").post("/invocations", json={"dataframe_records": RECORDS}).json()["predictions"]


def test_sagemaker_starts_it_with_serve_and_asks_ping_and_invocations_in_csv(tmp_path: Path, served: Served, model_folder: Callable[[str], Path]) -> None:
    """`docker run IMAGE serve`; `GET /ping` is 200 with an empty body when it can serve; `Accept` chooses the form of the answer."""
    port = free_port()
    release = make_release(tmp_path / "release", model_folder("churn"))
    with Replica(release, environment={"SAGEMAKER_BIND_TO_PORT": str(port)}, arguments=["serve"]) as replica, replica.until_ready() as client:
        assert client.base_url.port == port
        assert (client.get("/ping").status_code, client.get("/ping").text.strip()) == (200, "")
        answer = client.post("/invocations", content=CSV_BODY, headers={"content-type": "text/csv", "accept": "text/csv"})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
        assert answer.text == "".join(f"{item}\n" for item in ["predictions", *expected(served)])


def test_vertex_chooses_port_and_routes_and_sends_instances(tmp_path: Path, served: Served, model_folder: Callable[[str], Path]) -> None:
    """A health check is 200 when ready; a request has `instances` and may have `parameters`; the answer has `predictions`, one an instance."""
    port = free_port()
    variables = {"AIP_HTTP_PORT": str(port), "AIP_HEALTH_ROUTE": "/v1/endpoints/1/deployedModels/2", "AIP_PREDICT_ROUTE": "/v1/endpoints/1/deployedModels/2:predict"}
    with Replica(make_release(tmp_path / "release", model_folder("churn")), environment=variables) as replica, replica.until_ready() as client:
        assert client.base_url.port == port
        assert client.get(variables["AIP_HEALTH_ROUTE"]).status_code == 200
        for instances in (RECORDS, ROWS):
            answer = client.post(variables["AIP_PREDICT_ROUTE"], json={"instances": instances, "parameters": {}})
            assert (answer.status_code, answer.headers["content-type"], answer.json()) == (200, "application/json", {"predictions": expected(served)})
        for body in ({}, {"instances": {}}, {"instances": RECORDS, "inputs": RECORDS}):
            refused = client.post(variables["AIP_PREDICT_ROUTE"], json=body)
            assert refused.status_code == 400 and '"instances"' in refused.json()["message"]


def test_a_port_that_is_none_is_named(tmp_path: Path, model_folder: Callable[[str], Path]) -> None:
    code, line = end_of(make_release(tmp_path / "release", model_folder("churn")), {"AIP_HTTP_PORT": "http"})
    assert (code, " invalid-port " in line, "AIP_HTTP_PORT" in line) == (19, True, True)


def test_azure_scores_input_data_and_answers_bare_predictions(served: Served) -> None:
    """`inference_config` may name any routes: these are there for liveness, readiness and scoring."""
    client = served("churn")
    assert [client.get(path).status_code for path in ("/livez", "/readyz")] == [200, 200]
    answer = client.post("/score", json={"input_data": {"columns": COLUMNS, "index": [0, 1], "data": ROWS}})
    assert (answer.status_code, answer.json()) == (200, expected(served))
    assert client.post("/score", json={"input_data": RECORDS}).json() == expected(served)
    assert client.post("/score", json={"dataframe_records": RECORDS}).json() == {"predictions": expected(served)}
    assert client.post("/score", content=CSV_BODY, headers={"content-type": "text/csv"}).json() == {"predictions": expected(served)}
    refused = client.post("/score", json={"input_data": {"columns": COLUMNS[:2], "data": [row[:2] for row in ROWS]}})
    assert refused.status_code == 400 and "contract" in refused.json()["message"]


@pytest.mark.parametrize(
    ("accept", "csv", "names"),
    [
        (None, False, True),
        ("*/*", False, True),
        ("application/json", False, True),
        ("text/csv", True, True),
        ("text/csv, */*;q=0.1", True, True),
        ("TEXT/CSV; header=absent", True, False),
        ("text/csv;q=0.5, application/json", False, True),
        ("text/csv, application/json;q=0.5", True, True),
        ("text/csv;q=0", False, True),
        ("text/csv;q=much", False, True),
    ],
)
def test_csv_is_answered_where_it_is_named_before_json(served: Served, accept: str | None, csv: bool, names: bool) -> None:
    assert wants_csv(accept) == (csv, names)
    answer = served("churn").post("/invocations", json={"dataframe_records": RECORDS}, headers={"accept": accept or ""})
    assert answer.headers["content-type"].startswith("text/csv") == csv
    assert answer.text.startswith("predictions\n") == (csv and names)


def test_csv_has_a_column_of_each_value() -> None:
    def text(values: object, header: bool = True) -> str:
        return as_csv(Prediction(values, None, True), header).decode()

    assert text([0.5, None, float("nan"), 'a "b", c']) == 'predictions\n0.5\n""\n""\n"a ""b"", c"\n'
    assert text([[0.25, 0.75], [1.0]]) == "predictions_0,predictions_1\n0.25,0.75\n1.0,\n"
    assert text([{"label": "a", "p": [0.5, 0.5]}, {"label": "b", "q": 1}]) == 'label,p,q\na,"[0.5,0.5]",\nb,,1\n'
    assert text({"label": ["a", "b"], "p": [1, 2]}, header=False) == "a,1\nb,2\n"
    assert text(3) == "predictions\n3\n"

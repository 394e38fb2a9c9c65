"""The protocol itself: tokens, refusals and what survives the end of the server."""

from __future__ import annotations

import threading

import mlflow
import pytest
import requests
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from newest_mlflow import NEWEST


def post(companion, path: str, body: object, **arguments) -> requests.Response:
    return requests.post(f"{companion.url}/api/2.0/mlflow/{path}", json=body, headers=companion.headers, timeout=10, **arguments)


def test_a_wrong_token_is_refused_in_every_form(companion, monkeypatch: pytest.MonkeyPatch):
    for variable in ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN"):
        monkeypatch.delenv(variable, raising=False)
    host = companion.url.removeprefix("http://")
    for uri in (companion.url, f"http://slipway:wrong@{host}"):
        with pytest.raises(MlflowException, match="401|token"):
            MlflowClient(tracking_uri=uri).search_experiments()
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "wrong")
    with pytest.raises(MlflowException, match="401|token"):
        MlflowClient(tracking_uri=companion.url).search_experiments()
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", companion.token)
    assert MlflowClient(tracking_uri=companion.url).search_experiments()
    monkeypatch.delenv("MLFLOW_TRACKING_TOKEN")
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "anyone")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", companion.token)
    assert MlflowClient(tracking_uri=companion.url).search_experiments()


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("runs/log-metric", {}, "Missing value for required parameter 'run_id'"),
        ("runs/log-metric", {"run_id": "x", "key": "a", "value": 1}, "Missing value for required parameter 'timestamp'"),
        ("runs/log-metric", {"run_id": "x", "key": "a", "value": "b", "timestamp": 1}, "Invalid value \"b\" for parameter 'value' supplied"),
        ("runs/log-metric", {"run_id": 31, "key": "a", "value": 1, "timestamp": 1}, "Invalid value 31 for parameter 'run_id' supplied"),
        ("runs/log-batch", {"run_id": "x", "metrics": [{"value": 1, "timestamp": 1}]}, "Missing value for required parameter 'metrics[0].key'"),
        ("runs/log-batch", {"run_id": "x", "metrics": {"key": "a"}}, "Invalid value {\"key\":\"a\"} for parameter 'metrics' supplied"),
        ("runs/set-tag", {"run_id": "x", "key": "../x", "value": "y"}, "must not resolve to other names"),
        ("runs/search", {"experiment_ids": ["0"], "max_results": 50001}, "Invalid value 50001 for parameter 'max_results' supplied"),
        ("runs/search", {"experiment_ids": ["0"], "page_token": "???"}, "Invalid page token, could not base64-decode"),
        ("experiments/create", {"name": 7}, "Invalid value 7 for parameter 'name' supplied"),
        ("experiments/search", {}, "max_results"),
    ],
)
def test_a_wrong_request_is_refused_with_the_name_of_the_parameter(companion, path: str, body: dict, message: str):
    answer = post(companion, path, body)
    assert answer.status_code == 400
    assert answer.json()["error_code"] == "INVALID_PARAMETER_VALUE"
    assert message in answer.json()["message"]


def test_bodies_that_are_no_json_objects_are_refused(companion):
    url = f"{companion.url}/api/2.0/mlflow/runs/create"
    json = {"Content-Type": "application/json"}
    for body, headers, code in [
        (b"{", json, "BAD_REQUEST"),
        (b"[]", json, "BAD_REQUEST"),
        (b"{}", {}, "INVALID_PARAMETER_VALUE"),
        (b"{}", {"Content-Type": "text/plain"}, "INVALID_PARAMETER_VALUE"),
    ]:
        answer = requests.post(url, data=body, headers={**companion.headers, **headers}, timeout=10)
        assert (answer.status_code, answer.json()["error_code"]) == (400, code), body


def test_errors_quote_numbers_as_they_were_written(companion):
    for body, quoted in [('{"name": "a", "artifact_location": 9.0}', "9.0"), ('{"name": "a", "artifact_location": 1e3}', "1e3"), ('{"name": 5}', "5")]:
        headers = {**companion.headers, "Content-Type": "application/json"}
        answer = requests.post(f"{companion.url}/api/2.0/mlflow/experiments/create", data=body, headers=headers, timeout=10)
        assert f"Invalid value {quoted} for parameter" in answer.json()["message"]
    run_id = post(companion, "runs/create", {"experiment_id": "0"}).json()["run"]["info"]["run_id"]
    wrong = post(companion, "runs/log-metric", {"run_id": run_id, "key": 7, "value": 1.0, "timestamp": 2.0})
    assert "Invalid value 7 for parameter 'key'" in wrong.json()["message"]


MILLISECONDS = "It must be a whole number of milliseconds since 1970"


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("runs/log-metric", {"key": "a", "value": 1, "timestamp": 1.5}, f"Invalid value 1.5 for parameter 'timestamp' supplied: {MILLISECONDS}"),
        ("runs/log-metric", {"key": "a", "value": 1, "timestamp": 1, "step": 2.5}, "Invalid value 2.5 for parameter 'step' supplied: It must be a whole number."),
        (
            "runs/log-batch",
            {"metrics": [{"key": "a", "value": 1, "timestamp": 1}, {"key": "b", "value": 1, "timestamp": 1700000000.123}], "params": [{"key": "p", "value": "1"}]},
            f"Invalid value 1700000000.123 for parameter 'metrics[1].timestamp' supplied: {MILLISECONDS}",
        ),
        ("runs/log-batch", {"metrics": [{"key": "a", "value": 1, "timestamp": 1, "step": 0.1}]}, "Invalid value 0.1 for parameter 'metrics[0].step' supplied: It must be a whole number."),
        ("runs/update", {"end_time": 2.5}, f"Invalid value 2.5 for parameter 'end_time' supplied: {MILLISECONDS}"),
        ("runs/create", {"start_time": 2.5}, f"Invalid value 2.5 for parameter 'start_time' supplied: {MILLISECONDS}"),
    ],
)
def test_a_fraction_of_a_whole_number_is_refused_and_nothing_is_stored(companion, path: str, body: dict, message: str):
    run_id = post(companion, "runs/create", {"experiment_id": "0", "start_time": 5.0}).json()["run"]["info"]["run_id"]
    answer = post(companion, path, {"run_id": run_id, **body})
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert answer.json()["message"].startswith(message)
    run = requests.get(f"{companion.url}/api/2.0/mlflow/runs/get", params={"run_id": run_id}, headers=companion.headers, timeout=10).json()["run"]
    assert run["info"]["start_time"] == 5
    assert "end_time" not in run["info"]
    assert "metrics" not in run["data"] and "params" not in run["data"]


def test_slashes_too_many_and_a_get_with_a_body_are_taken(companion):
    get = lambda path, **arguments: requests.get(f"{companion.url}{path}", headers=companion.headers, timeout=10, **arguments)
    assert get("//api/2.0/mlflow/experiments/get", params={"experiment_id": "0"}).json()["experiment"]["name"] == "Default"
    assert get("/api/2.0/mlflow/experiments/get", json={"experiment_id": "0"}).json()["experiment"]["name"] == "Default"


def test_numbers_may_come_as_text_and_old_clients_name_the_run_otherwise(companion):
    run_id = post(companion, "runs/create", {"experiment_id": "0", "start_time": "1700000000000"}).json()["run"]["info"]["run_id"]
    assert post(companion, "runs/log-metric", {"run_uuid": run_id, "key": "a", "value": "0.5", "timestamp": "1700000000000", "step": "3"}).json() == {}
    assert post(companion, "runs/log-metric", '{"run_id": "%s", "key": "b", "value": 1, "timestamp": 1}' % run_id).json() == {}
    run = requests.get(f"{companion.url}/ajax-api/2.0/mlflow/runs/get", params={"run_id": run_id}, headers=companion.headers, timeout=10).json()["run"]
    assert run["info"]["start_time"] == 1700000000000
    assert run["info"]["run_uuid"] == run_id
    assert "end_time" not in run["info"]
    assert run["data"]["metrics"] == [
        {"key": "a", "value": 0.5, "timestamp": 1700000000000, "step": 3},
        {"key": "b", "value": 1, "timestamp": 1, "step": 0},
    ]


def test_what_is_not_served_says_so_without_a_status_that_clients_retry(companion):
    get = lambda path: requests.get(f"{companion.url}{path}", headers=companion.headers, timeout=10)
    for path in ("/ajax-api/2.0/mlflow/get-trace-artifact?request_id=tr-1", "/get-trace-artifact", "/api/3.0/mlflow/traces/x", "/api/2.0/mlflow/traces", "/api/3.0/mlflow/scorers/list"):
        assert (get(path).status_code, get(path).json()["error_code"]) == (501, "NOT_IMPLEMENTED"), path
    assert get("/api/2.0/mlflow/nothing").json()["error_code"] == "ENDPOINT_NOT_FOUND"
    assert get("/api/2.0/mlflow/runs/create").status_code == 405
    assert get("/api/3.0/mlflow/server-info").json()["store_type"] == "SqlStore"
    # The release that these tests are run with, which is the newest.
    assert get("/version").text == mlflow.__version__ == NEWEST


def test_pages_find_the_protocol_below_their_own_prefix(companion):
    def ask(prefix: str, method: str, path: str, **arguments) -> tuple[int, bytes]:
        answer = requests.request(method, f"{companion.url}{prefix}{path}", headers=companion.headers, timeout=10, **arguments)
        return answer.status_code, answer.content

    run_id = post(companion, "runs/create", {"experiment_id": "0", "start_time": 1}).json()["run"]["info"]["run_id"]
    artifact = f"/2.0/mlflow-artifacts/artifacts/0/{run_id}/artifacts/note.txt"
    assert ask("/ajax-api", "PUT", artifact, data=b"kept")[0] == 200
    assert ask("/api", "GET", artifact) == (200, b"kept")
    for method, path, arguments in [
        ("GET", "/2.0/mlflow/experiments/get", {"params": {"experiment_id": "0"}}),
        ("GET", "/2.0/mlflow/runs/get", {"params": {"run_id": run_id}}),
        ("GET", "/2.0/mlflow/artifacts/list", {"params": {"run_id": run_id}}),
        ("GET", "/2.0/mlflow/metrics/get-history", {"params": {"run_id": run_id, "metric_key": "a"}}),
        ("POST", "/2.0/mlflow/runs/search", {"json": {"experiment_ids": ["0"], "filter": f"attributes.run_id = '{run_id}'"}}),
        ("POST", "/2.0/mlflow/logged-models/search", {"json": {"experiment_ids": ["0"]}}),
        ("GET", "/2.0/mlflow/registered-models/search", {}),
        ("GET", "/2.0/mlflow/model-versions/search", {}),
        ("GET", artifact, {}),
        ("GET", "/3.0/mlflow/server-info", {}),
    ]:
        assert ask("/ajax-api", method, path, **arguments) == ask("/api", method, path, **arguments), path


def test_the_health_is_told_without_a_token(companion):
    answer = requests.get(f"{companion.url}/health", timeout=10)
    assert (answer.status_code, answer.text) == (200, "OK")


def test_every_acknowledged_metric_is_there_after_the_server_was_killed(own_companion):
    run_id = post(own_companion, "runs/create", {"experiment_id": "0", "start_time": 1}).json()["run"]["info"]["run_id"]
    acknowledged: list[int] = []
    enough = threading.Event()

    def log() -> None:
        with requests.Session() as session:
            for step in range(1_000_000):
                try:
                    answer = session.post(
                        f"{own_companion.url}/api/2.0/mlflow/runs/log-metric",
                        json={"run_id": run_id, "key": "loss", "value": step * 0.5, "timestamp": step, "step": step},
                        headers=own_companion.headers,
                        timeout=10,
                    )
                except requests.RequestException:
                    return
                if answer.status_code == 200:
                    acknowledged.append(step)
                if step == 200:
                    enough.set()

    logger = threading.Thread(target=log)
    logger.start()
    assert enough.wait(60)
    own_companion.kill()
    logger.join()
    own_companion.start()
    history = requests.get(
        f"{own_companion.url}/api/2.0/mlflow/metrics/get-history",
        params={"run_id": run_id, "metric_key": "loss"},
        headers=own_companion.headers,
        timeout=30,
    ).json()["metrics"]
    stored = {point["step"]: point["value"] for point in history}
    assert len(acknowledged) > 200
    assert all(stored.get(step) == step * 0.5 for step in acknowledged)


def test_an_artifact_that_was_cut_off_leaves_nothing(own_companion):
    import socket

    head = (
        f"PUT /api/2.0/mlflow-artifacts/artifacts/0/cut/file.bin HTTP/1.1\r\nHost: 127.0.0.1:{own_companion.lock['port']}\r\n"
        f"Authorization: Bearer {own_companion.token}\r\nContent-Length: 1000000\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", own_companion.lock["port"])) as connection:
        connection.sendall(head.encode() + b"x" * 1000)
    own_companion.kill()
    own_companion.start()
    answer = requests.get(f"{own_companion.url}/api/2.0/mlflow-artifacts/artifacts/0/cut/file.bin", headers=own_companion.headers, timeout=10)
    assert answer.status_code == 404
    assert [path for path in (own_companion.home / "blobs").rglob("*") if path.is_file()] == []


def test_a_user_name_of_a_connected_kernel_is_accepted(companion):
    uri = companion.tracking_uri.replace("slipway:", "nb-0123456789abcdef0123456789abcdef:")
    client = MlflowClient(tracking_uri=uri)
    run = client.create_run("0")
    assert client.get_run(run.info.run_id).info.status == "RUNNING"
    mlflow.end_run()

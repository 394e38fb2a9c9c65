"""Artifacts through the MLflow client and, for what it would never send, over plain HTTP."""

from __future__ import annotations

import hashlib
import http.client
import os
from pathlib import Path

import mlflow
import pytest
import requests
from mlflow import MlflowClient


def test_files_and_folders_come_back_as_they_were(tracked, client: MlflowClient, tmp_path: Path):
    source = tmp_path / "source"
    (source / "deep" / "er").mkdir(parents=True)
    (source / "a.bin").write_bytes(os.urandom(100_000))
    (source / "deep" / "er" / "ünïcode name.txt").write_text("hello", encoding="utf-8")
    (source / "empty").write_bytes(b"")
    with mlflow.start_run() as run:
        mlflow.log_artifacts(str(source), "folder")
        mlflow.log_text("first", "note.txt")
        mlflow.log_text("second", "note.txt")
        mlflow.log_dict({"a": 1}, "settings.json")
    run_id = run.info.run_id
    assert [(file.path, file.is_dir) for file in client.list_artifacts(run_id)] == [("folder", True), ("note.txt", False), ("settings.json", False)]
    assert {file.path: file.file_size for file in client.list_artifacts(run_id, "folder")} == {"folder/a.bin": 100_000, "folder/deep": None, "folder/empty": 0}
    assert client.list_artifacts(run_id, "note.txt") == []
    fetched = Path(client.download_artifacts(run_id, "folder", str(tmp_path)))
    files = {path.relative_to(source): path.read_bytes() for path in source.rglob("*") if path.is_file()}
    assert {path.relative_to(fetched): path.read_bytes() for path in fetched.rglob("*") if path.is_file()} == files
    assert mlflow.artifacts.load_text(f"runs:/{run_id}/note.txt") == "second"


def test_a_download_may_ask_for_a_part(companion):
    url = f"{companion.url}/api/2.0/mlflow-artifacts/artifacts/0/ranges/data.bin"
    content = os.urandom(50_000)
    assert requests.put(url, data=content, headers=companion.headers, timeout=10).status_code == 200
    whole = requests.get(url, headers=companion.headers, timeout=10)
    assert whole.content == content
    assert whole.headers["Content-Length"] == "50000"
    assert whole.headers["ETag"] == f'"{hashlib.sha256(content).hexdigest()}"'
    for header, expected in [("bytes=0-9", content[:10]), ("bytes=49990-", content[-10:]), ("bytes=-5", content[-5:]), ("bytes=100-90000", content[100:])]:
        part = requests.get(url, headers={**companion.headers, "Range": header}, timeout=10)
        assert (part.status_code, part.content) == (206, expected), header
    beyond = requests.get(url, headers={**companion.headers, "Range": "bytes=50000-"}, timeout=10)
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, "bytes */50000")
    assert requests.delete(url, headers=companion.headers, timeout=10).status_code == 200
    assert requests.get(url, headers=companion.headers, timeout=10).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "../secret",
        "0/../../secret",
        "0/..%2f..%2fsecret",
        "0/%252e%252e/secret",
        "%2fetc/passwd",
        "0/a%5c..%5cb",
        "C:/windows/x",
        "0/a%23b",
        "0/a%00b",
    ],
)
@pytest.mark.parametrize("method", ["PUT", "GET", "DELETE"])
def test_a_path_that_leaves_its_place_is_refused(companion, method: str, path: str):
    connection = http.client.HTTPConnection("127.0.0.1", companion.lock["port"], timeout=10)
    connection.request(method, f"/api/2.0/mlflow-artifacts/artifacts/{path}", body=b"x" if method == "PUT" else None, headers=companion.headers)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    assert answer.status == 400, body
    assert "Invalid path" in body


def test_a_listing_of_a_path_that_leaves_its_place_is_refused(tracked, client: MlflowClient, companion):
    for path in ("../..", "/etc", "a/../../b"):
        answer = requests.get(f"{companion.url}/api/2.0/mlflow-artifacts/artifacts", params={"path": path}, headers=companion.headers, timeout=10)
        assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE"), path
    with mlflow.start_run() as run:
        pass
    url = f"{companion.url}/api/2.0/mlflow/artifacts/list"
    answer = requests.get(url, params={"run_id": run.info.run_id, "path": "../../x"}, headers=companion.headers, timeout=10)
    assert answer.status_code == 400


def test_a_version_may_not_take_its_files_from_elsewhere(tracked, client: MlflowClient, model_name: str):
    client.create_registered_model(model_name)
    with mlflow.start_run() as run:
        mlflow.log_text("x", "model/MLmodel")
    with mlflow.start_run() as other:
        pass
    inside = f"{run.info.artifact_uri}/model"
    assert client.create_model_version(model_name, inside, run.info.run_id).version == "1"
    for source, run_id in [
        ("/etc", run.info.run_id),
        ("file:///etc", run.info.run_id),
        (f"{run.info.artifact_uri}/../../x", run.info.run_id),
        (f"{run.info.artifact_uri}/%2e%2e/x", run.info.run_id),
        (inside, other.info.run_id),
        (inside, None),
    ]:
        with pytest.raises(mlflow.MlflowException, match="Invalid model version source") as refused:
            client.create_model_version(model_name, source, run_id)
        assert refused.value.error_code == "INVALID_PARAMETER_VALUE"


def test_a_name_is_a_file_or_a_folder(companion):
    url = f"{companion.url}/api/2.0/mlflow-artifacts/artifacts/names"
    put = lambda path: requests.put(f"{url}/{path}", data=b"x", headers=companion.headers, timeout=10)
    get = lambda path: requests.get(f"{url}/{path}", headers=companion.headers, timeout=10)
    assert put("folder/below/file").ok and put("folder/below/file").ok
    for path, message in {
        "folder/below/file/more": "The artifact 'names/folder/below/file' is a file",
        "folder": "The artifact path 'names/folder' is a folder",
        "folder/": "Artifact path must include a filename",
    }.items():
        answer = put(path)
        assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE"), path
        assert message in answer.json()["message"]
    assert (get("folder").status_code, get("fold").status_code) == (400, 404)
    assert "refers to a directory" in get("folder/below").json()["message"]


def test_multipart_uploads_are_declined_so_that_the_client_sends_the_file_whole(companion):
    answer = requests.post(
        f"{companion.url}/api/2.0/mlflow-artifacts/mpu/create/0/x",
        json={"path": "x", "num_parts": 2},
        headers=companion.headers,
        timeout=10,
    )
    assert answer.status_code == 501
    assert answer.json()["message"].startswith("Multipart upload is not supported for the current artifact repository")

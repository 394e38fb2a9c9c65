"""Experiments whose artifacts lie in a folder of the user's: the client writes there itself, the companion lists and serves."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

import mlflow
import pytest
import requests
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException


@pytest.fixture(params=["path", "uri"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    folder = tmp_path / "artifacts"
    return folder.as_uri() if request.param == "uri" else str(folder)


@pytest.fixture
def experiment(client: MlflowClient, location: str) -> str:
    return client.create_experiment(f"local-{uuid.uuid4().hex}", artifact_location=location)


def get(companion, route: str, **params: object) -> requests.Response:
    return requests.get(f"{companion.url}{route}", params=params, headers=companion.headers, timeout=10)


def test_files_are_written_by_the_client_and_served_by_the_companion(client: MlflowClient, companion, experiment: str, location: str, tmp_path: Path):
    info = client.create_run(experiment).info
    assert info.artifact_uri == f"{location}/{info.run_id}/artifacts"
    client.log_text(info.run_id, "hello", "folder/note.txt")
    client.log_text(info.run_id, "", "empty.txt")
    folder = tmp_path / "artifacts" / info.run_id / "artifacts"
    assert (folder / "folder" / "note.txt").read_text() == "hello"
    listed = get(companion, "/api/2.0/mlflow/artifacts/list", run_id=info.run_id).json()
    assert listed["root_uri"] == info.artifact_uri
    assert listed["files"] == [{"path": "empty.txt", "is_dir": False, "file_size": 0}, {"path": "folder", "is_dir": True}]
    assert get(companion, "/api/2.0/mlflow/artifacts/list", run_id=info.run_id, path="folder").json()["files"] == [
        {"path": "folder/note.txt", "is_dir": False, "file_size": 5}
    ]
    assert "files" not in get(companion, "/api/2.0/mlflow/artifacts/list", run_id=info.run_id, path="none").json()
    served = get(companion, "/get-artifact", run_id=info.run_id, path="folder/note.txt")
    assert (served.text, served.headers["Content-Disposition"]) == ("hello", "attachment; filename=note.txt")
    assert get(companion, "/get-artifact", run_id=info.run_id, path="folder").status_code == 404
    downloaded = Path(mlflow.artifacts.download_artifacts(run_id=info.run_id, artifact_path="."))
    assert (downloaded / "folder" / "note.txt").read_text() == "hello"


def test_nothing_outside_of_the_folder_is_listed_or_served(client: MlflowClient, companion, experiment: str, tmp_path: Path):
    info = client.create_run(experiment).info
    client.log_text(info.run_id, "a", "a.txt")
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    folder = tmp_path / "artifacts" / info.run_id / "artifacts"
    (folder / "link.txt").symlink_to(secret)
    (folder / "outside").symlink_to(tmp_path)
    for path in ("link.txt", "outside/secret.txt", "../secret.txt", str(secret), "%2e%2e/secret.txt"):
        answer = get(companion, "/get-artifact", run_id=info.run_id, path=path)
        assert (answer.status_code, answer.json()["message"]) == (400, "Invalid path"), path
    for path in ("outside", "..", os.sep):
        assert get(companion, "/api/2.0/mlflow/artifacts/list", run_id=info.run_id, path=path).status_code == 400, path


def test_models_are_logged_registered_and_loaded(client: MlflowClient, companion, experiment: str, iris, classifier, model_name: str):
    mlflow.set_experiment(experiment_id=experiment)
    with mlflow.start_run():
        logged = mlflow.sklearn.log_model(classifier, name="model", registered_model_name=model_name, pip_requirements=["scikit-learn"])
    for uri in (logged.model_uri, f"models:/{model_name}/1"):
        assert list(mlflow.pyfunc.load_model(uri).predict(iris[0])) == list(classifier.predict(iris[0]))
    folder = get(companion, f"/api/2.0/mlflow/logged-models/{logged.model_id}/artifacts/directories").json()
    assert "MLmodel" in [file["path"] for file in folder["files"]]
    file = get(companion, f"/ajax-api/2.0/mlflow/logged-models/{logged.model_id}/artifacts/files", artifact_file_path="MLmodel")
    assert logged.model_id in file.text
    assert logged.model_id in get(companion, "/model-versions/get-artifact", name=model_name, version="1", path="MLmodel").text


def test_a_version_comes_from_the_folder_of_its_run_and_from_no_other(client: MlflowClient, companion, experiment: str, model_name: str, tmp_path: Path):
    info = client.create_run(experiment).info
    client.create_registered_model(model_name)

    def create(**fields: str) -> requests.Response:
        url = f"{companion.url}/api/2.0/mlflow/model-versions/create"
        return requests.post(url, json={"name": model_name, **fields}, headers=companion.headers, timeout=10)

    plain = str(tmp_path / "artifacts" / info.run_id / "artifacts")
    for source in (info.artifact_uri, f"{info.artifact_uri}/model", f"{info.artifact_uri}/model/..", plain):
        assert create(source=source, run_id=info.run_id).status_code == 200, source
    (tmp_path / "artifacts" / info.run_id).mkdir(parents=True)
    Path(plain).mkdir()
    (Path(plain) / "out").symlink_to(tmp_path)
    for fields in (
        {"source": info.artifact_uri},
        {"source": str(tmp_path), "run_id": info.run_id},
        {"source": f"{plain}/../../..", "run_id": info.run_id},
        {"source": f"{plain}/out/x", "run_id": info.run_id},
        {"source": "file:///etc", "run_id": info.run_id},
        {"source": "relative/path", "run_id": info.run_id},
    ):
        answer = create(**fields)
        assert answer.status_code == 400, fields
        assert "To use a local path as a model version source" in answer.json()["message"]


def test_a_relative_location_is_made_absolute_by_the_companion(client: MlflowClient):
    for given, stored in [("some/folder", str(Path.cwd() / "some" / "folder")), ("file:some/folder", f"file://{Path.cwd()}/some/folder")]:
        experiment = client.get_experiment(client.create_experiment(f"relative-{uuid.uuid4().hex}", artifact_location=given))
        assert experiment.artifact_location == stored


def test_locations_that_name_a_host_are_refused(client: MlflowClient):
    for location in ("https://example.org/x", "mlflow-artifacts://example.org/x", "ftp://example.org/x", "file://example.org/x"):
        with pytest.raises(MlflowException, match="artifact_location|not a valid remote uri") as refusal:
            client.create_experiment(f"elsewhere-{uuid.uuid4().hex}", artifact_location=location)
        assert refusal.value.error_code == "INVALID_PARAMETER_VALUE"
    assert client.get_experiment(client.create_experiment(f"bucket-{uuid.uuid4().hex}", artifact_location="s3://bucket/x?a=b")).artifact_location == "s3://bucket/x?a=b"


def test_a_page_uploads_into_the_folder(client: MlflowClient, companion, experiment: str, tmp_path: Path):
    info = client.create_run(experiment).info

    def upload(path: str, content: bytes) -> requests.Response:
        route = f"{companion.url}/ajax-api/2.0/mlflow/upload-artifact"
        return requests.post(route, params={"run_uuid": info.run_id, "path": path}, data=content, headers=companion.headers, timeout=10)

    folder = tmp_path / "artifacts" / info.run_id / "artifacts"
    assert upload("a/note.txt", b"first").ok
    assert upload("a/note.txt", b"hello").ok
    assert (folder / "a" / "note.txt").read_bytes() == b"hello"
    assert get(companion, "/get-artifact", run_uuid=info.run_id, path="a/note.txt").content == b"hello"
    (folder / "outside").symlink_to(tmp_path)
    for path in ("outside/b.txt", "../b.txt", "a", "a/note.txt/b"):
        assert upload(path, b"x").status_code == 400, path
    assert upload("large", b"x" * (10 * 1024 * 1024 + 1)).status_code == 400
    assert sorted(file.name for file in tmp_path.rglob("*") if file.is_file() and "outside" not in file.parts) == ["note.txt"]

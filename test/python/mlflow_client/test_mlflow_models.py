"""Models: autologging, logging, registering, aliases and loading through the MLflow client."""

from __future__ import annotations

import json

import mlflow
import pytest
import requests
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from sklearn.linear_model import LogisticRegression

# Where it is not the point that mlflow infers them, which loads the model in a process of its own.
REQUIREMENTS = ["scikit-learn"]


def test_autologging_records_params_metrics_the_dataset_and_the_model(tracked, client: MlflowClient, iris):
    mlflow.sklearn.autolog(log_input_examples=True)
    with mlflow.start_run() as run:
        LogisticRegression(max_iter=150).fit(*iris)
    mlflow.sklearn.autolog(disable=True)
    stored = client.get_run(run.info.run_id)
    assert stored.data.params["max_iter"] == "150"
    assert stored.data.tags["estimator_name"] == "LogisticRegression"
    assert 0.9 < stored.data.metrics["training_accuracy_score"] <= 1
    assert len(stored.inputs.dataset_inputs) == 1
    [output] = stored.outputs.model_outputs
    model = client.get_logged_model(output.model_id)
    assert str(model.status) == "READY"
    assert model.params["max_iter"] == "150"
    assert {metric.key for metric in model.metrics} >= {"training_accuracy_score", "training_log_loss"}
    names = {file.path for file in client.list_artifacts(run.info.run_id)}
    assert "estimator.html" in names


def test_a_model_is_logged_registered_and_loaded_by_every_uri(tracked, client: MlflowClient, classifier, iris, model_name: str):
    features = iris[0]
    with mlflow.start_run() as run:
        info = mlflow.sklearn.log_model(classifier, name="model", input_example=features.head(2), registered_model_name=model_name, pip_requirements=REQUIREMENTS)
    second = mlflow.register_model(f"runs:/{run.info.run_id}/model", model_name)
    third = mlflow.register_model(info.model_uri, model_name)
    assert [second.version, third.version] == ["2", "3"]
    client.set_registered_model_alias(model_name, "champion", "2")
    expected = list(classifier.predict(features.head(5)))
    for uri in [info.model_uri, f"runs:/{run.info.run_id}/model", f"models:/{model_name}/1", f"models:/{model_name}@champion", f"models:/{model_name}/latest"]:
        assert list(mlflow.pyfunc.load_model(uri).predict(features.head(5))) == expected, uri
    version = client.get_model_version_by_alias(model_name, "champion")
    assert (version.version, version.run_id, version.status) == ("2", run.info.run_id, "READY")
    logged = client.get_logged_model(info.model_id)
    assert json.loads(logged.tags["mlflow.modelVersions"]) == [{"name": model_name, "version": number} for number in (1, 2, 3)]


def test_the_companion_describes_what_the_client_registered(tracked, client: MlflowClient, classifier, iris, companion, model_name: str):
    with mlflow.start_run() as run:
        mlflow.log_param("depth", 3)
        mlflow.log_metric("score", 0.75)
        info = mlflow.sklearn.log_model(classifier, name="model", input_example=iris[0].head(2), registered_model_name=model_name, pip_requirements=REQUIREMENTS)
    client.set_registered_model_alias(model_name, "champion", "1")
    answer = requests.get(f"{companion.url}/api/slipway/v1/models/{model_name}/versions/1", headers=companion.headers, timeout=10)
    version = answer.json()
    assert answer.status_code == 200
    assert version["aliases"] == ["champion"]
    assert version["modelId"] == info.model_id
    assert version["flavors"] == ["python_function", "sklearn"]
    assert [(column["name"], column["type"]) for column in version["signature"]["inputs"]] == [(name, "double") for name in iris[0].columns]
    assert version["params"]["depth"] == "3"
    assert version["metrics"]["score"] == 0.75
    assert version["lineage"]["runId"] == run.info.run_id
    assert version["lineage"]["environment"]["packages"] > 1
    assert version["lineage"]["environment"]["python"].startswith("3.")
    assert version["bytes"] > 1000
    assert len(version["digest"]) == 64
    # The same files have the same digest.
    mlflow.register_model(info.model_uri, model_name)
    again = requests.get(f"{companion.url}/api/slipway/v1/models/{model_name}/versions/2", headers=companion.headers, timeout=10).json()
    assert again["digest"] == version["digest"]
    audit = requests.get(f"{companion.url}/api/slipway/v1/audit", params={"subject": model_name}, headers=companion.headers, timeout=10).json()
    assert [entry["action"] for entry in audit["entries"]] == ["version.registered", "alias.set", "version.registered", "model.created"]


def test_a_missing_model_or_artifact_fails_without_retries(tracked, client: MlflowClient, companion):
    with mlflow.start_run() as run:
        mlflow.log_text("x", "a.txt")
    with pytest.raises(MlflowException):
        mlflow.pyfunc.load_model(f"runs:/{run.info.run_id}/model")
    with pytest.raises(MlflowException):
        mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="missing.txt")
    root = run.info.artifact_uri.removeprefix("mlflow-artifacts:/")
    answer = requests.get(f"{companion.url}/api/2.0/mlflow-artifacts/artifacts/{root}/missing.txt", headers=companion.headers, timeout=10)
    assert answer.status_code == 404
    assert answer.json()["error_code"] == "RESOURCE_DOES_NOT_EXIST"


def test_aliases_move_and_vanish_with_their_version(tracked, client: MlflowClient, classifier, model_name: str):
    with mlflow.start_run():
        info = mlflow.sklearn.log_model(classifier, name="model", registered_model_name=model_name, pip_requirements=REQUIREMENTS)
    mlflow.register_model(info.model_uri, model_name)
    client.set_registered_model_alias(model_name, "champion", "1")
    client.set_registered_model_alias(model_name, "champion", "2")
    assert client.get_registered_model(model_name).aliases == {"champion": "2"}
    for reserved in ("latest", "v3", "with space"):
        with pytest.raises(MlflowException) as refused:
            client.set_registered_model_alias(model_name, reserved, "1")
        assert refused.value.error_code == "INVALID_PARAMETER_VALUE"
    client.delete_model_version(model_name, "2")
    with pytest.raises(MlflowException, match="alias champion not found"):
        client.get_model_version_by_alias(model_name, "champion")
    with pytest.raises(MlflowException, match="not found"):
        client.get_model_version(model_name, "2")
    # Numbers are not given twice.
    assert mlflow.register_model(info.model_uri, model_name).version == "3"
    client.delete_registered_model_alias(model_name, "never-set")


def test_registered_models_and_versions_are_described_tagged_searched_and_renamed(tracked, client: MlflowClient, classifier, model_name: str):
    with mlflow.start_run() as run:
        mlflow.sklearn.log_model(classifier, name="model", registered_model_name=model_name, pip_requirements=REQUIREMENTS)
    with pytest.raises(MlflowException) as existing:
        client.create_registered_model(model_name)
    assert existing.value.error_code == "RESOURCE_ALREADY_EXISTS"
    client.update_registered_model(model_name, description="of irises")
    client.set_registered_model_tag(model_name, "team", "north")
    client.update_model_version(model_name, "1", description="first")
    client.set_model_version_tag(model_name, "1", "checked", "yes")
    [found] = client.search_registered_models(filter_string=f"name = '{model_name}' AND tags.team = 'north'")
    assert found.description == "of irises"
    [version] = client.search_model_versions(f"run_id = '{run.info.run_id}' AND tags.checked = 'yes'")
    assert (version.name, version.version, version.description) == (model_name, "1", "first")
    renamed = f"{model_name}-renamed"
    client.rename_registered_model(model_name, renamed)
    assert client.get_model_version(renamed, "1").tags == {"checked": "yes"}
    client.delete_registered_model_tag(renamed, "team")
    client.delete_registered_model(renamed)
    with pytest.raises(MlflowException, match="not found"):
        client.get_registered_model(renamed)


def test_deprecated_stages_still_work(tracked, client: MlflowClient, classifier, model_name: str):
    with mlflow.start_run():
        info = mlflow.sklearn.log_model(classifier, name="model", registered_model_name=model_name, pip_requirements=REQUIREMENTS)
    mlflow.register_model(info.model_uri, model_name)
    client.transition_model_version_stage(model_name, "1", "Production")
    client.transition_model_version_stage(model_name, "2", "production", archive_existing_versions=True)
    stages = {version.version: version.current_stage for version in client.search_model_versions(f"name = '{model_name}'")}
    assert stages == {"1": "Archived", "2": "Production"}
    [latest] = client.get_latest_versions(model_name, ["Production"])
    assert latest.version == "2"


def test_a_version_is_copied_to_another_model(tracked, client: MlflowClient, classifier, iris, model_name: str):
    with mlflow.start_run():
        mlflow.sklearn.log_model(classifier, name="model", registered_model_name=model_name, pip_requirements=REQUIREMENTS)
    copied = client.copy_model_version(f"models:/{model_name}/1", f"{model_name}-copy")
    assert copied.version == "1"
    assert len(mlflow.pyfunc.load_model(f"models:/{model_name}-copy/1").predict(iris[0].head(4))) == 4


def test_logged_models_are_searched(tracked, client: MlflowClient, classifier):
    with mlflow.start_run():
        info = mlflow.sklearn.log_model(classifier, name="shallow", params={"depth": 3}, pip_requirements=REQUIREMENTS)
        mlflow.log_metric("accuracy", 0.5, model_id=info.model_id)
        deep = mlflow.sklearn.log_model(classifier, name="deep", params={"depth": 9}, pip_requirements=REQUIREMENTS)
        mlflow.log_metric("accuracy", 0.8, model_id=deep.model_id)
    search = lambda **arguments: [model.name for model in mlflow.search_logged_models(output_format="list", **arguments)]
    assert search(order_by=[{"field_name": "metrics.accuracy", "ascending": False}]) == ["deep", "shallow"]
    assert search(filter_string="params.depth = '3'") == ["shallow"]
    assert search(filter_string="metrics.accuracy > 0.6") == ["deep"]
    mlflow.set_logged_model_tags(info.model_id, {"kept": "yes"})
    assert search(filter_string="tags.kept = 'yes'") == ["shallow"]
    client.delete_logged_model(deep.model_id)
    assert search() == ["shallow"]


def test_prompts_live_in_the_registry_and_apart_from_models(tracked, client: MlflowClient, model_name: str):
    client.create_registered_model(f"{model_name}-model")
    prompt = mlflow.genai.register_prompt(name=f"{model_name}-prompt", template="Say {{word}}.")
    assert prompt.version == 1
    assert mlflow.genai.load_prompt(f"prompts:/{model_name}-prompt/1").template == "Say {{word}}."
    names = [model.name for model in client.search_registered_models(filter_string=f"name LIKE '{model_name}%'")]
    assert names == [f"{model_name}-model"]

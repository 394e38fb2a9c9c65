"""What MLflow's own client answers about a store."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

import mlflow
import pandas as pd
from mlflow import MlflowClient
from mlflow.entities import ViewType

EVERYTHING = ["experiments", "runs", "params", "tags", "metrics", "datasets", "models", "registeredModels", "versions", "aliases", "artifacts", "bytes"]


def client_of(uri: str) -> MlflowClient:
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    return MlflowClient(uri, uri)


def all_runs(uri: str) -> pd.DataFrame:
    """Deleted ones too, also those of deleted experiments."""
    experiments = [experiment.experiment_id for experiment in client_of(uri).search_experiments(ViewType.ALL)]
    return mlflow.search_runs(experiments, run_view_type=ViewType.ALL, max_results=1000)


def frame(uri: str, key: str = "run_id") -> pd.DataFrame:
    """Every run, deleted ones too, without what names the place and without what names another store's run."""
    runs = all_runs(uri)
    parent = "tags.mlflow.parentRunId"
    runs[parent] = runs[parent].map(dict(zip(runs["run_id"], runs[key], strict=True)))
    runs = runs.drop(columns=["artifact_uri", "experiment_id"])
    runs = runs.drop(columns=[name for name in ("tags.slipway.exported.from",) if name in runs and name != key])
    return runs.sort_values(key).set_index(key).sort_index(axis=1)


def contents(artifact_uri: str, uri: str) -> dict[str, str]:
    """The sha256 of each file, as a client downloads it. MLflow itself adds a file that says of which version they are."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(mlflow.artifacts.download_artifacts(artifact_uri, dst_path=folder, tracking_uri=uri))
        files = {str(file.relative_to(root)): hashlib.sha256(file.read_bytes()).hexdigest() for file in root.rglob("*") if file.is_file()}
    return {name: digest for name, digest in files.items() if name != "registered_model_meta"}


def everything(uri: str, runs: dict[str, str]) -> dict:
    """What a client can see of runs, by the run's id in the source."""
    client = client_of(uri)
    seen = {}
    for name, run_id in runs.items():
        run = client.get_run(run_id)
        names = {experiment.experiment_id: experiment.name for experiment in client.search_experiments(ViewType.ALL)}
        seen[name] = {
            "experiment": names[run.info.experiment_id],
            "histories": {
                key: sorted((point.step, point.timestamp, repr(point.value)) for point in client.get_metric_history(run_id, key)) for key in run.data.metrics
            },
            "datasets": sorted((str(given.dataset.to_dictionary()), sorted((tag.key, tag.value) for tag in given.tags)) for given in run.inputs.dataset_inputs),
            "models": [len(run.inputs.model_inputs), [made.step for made in (run.outputs.model_outputs if run.outputs else [])]],
        }
        if run.info.lifecycle_stage == "active" and client.list_artifacts(run_id):
            seen[name]["files"] = contents(f"runs:/{run_id}/", uri)
    return seen


def registry(uri: str) -> dict:
    client = client_of(uri)
    tags = lambda entity: {key: value for key, value in entity.tags.items() if not key.startswith("slipway.")}  # noqa: E731
    return {
        "models": {model.name: (model.description or "", tags(model), {k: str(v) for k, v in model.aliases.items()}) for model in client.search_registered_models()},
        "versions": {
            str(version.version): (version.current_stage, version.description or "", tags(version))
            for version in client.search_model_versions("name = 'churn'")
        },
        "files": contents("models:/churn@champion", uri),
    }


def ids(uri: str, key: str = "run_id") -> dict[str, str]:
    runs = all_runs(uri)
    return dict(zip(runs[key], runs["run_id"], strict=True))


def assert_whole(transfer: dict) -> None:
    assert transfer["state"] == "succeeded", transfer
    report = transfer["report"]
    assert report["conflicts"] == [] and report["differences"] == []
    assert {kind: report["source"][kind] for kind in EVERYTHING} == {kind: report["target"][kind] for kind in EVERYTHING}

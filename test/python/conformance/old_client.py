"""What a client of MLflow 2.0 does, as a program: `python old_client.py NAME FOLDER`, with MLFLOW_TRACKING_URI. Prints JSON.

It runs in an environment of its own and imports nothing of the tests.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.entities import Metric, Param, RunTag, ViewType


def main(name: str, folder: Path) -> dict:
    uri = os.environ["MLFLOW_TRACKING_URI"]
    mlflow.set_tracking_uri(uri)
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    experiment = mlflow.set_experiment(name).experiment_id
    file = folder / "note.txt"
    file.write_text("from 2.0")
    with mlflow.start_run(run_name="old") as run:
        mlflow.log_param("depth", 3)
        for step in range(3):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.log_metrics({"auc": 0.75, "f1": 0.5})
        mlflow.set_tag("team", "red")
        mlflow.log_artifact(str(file), "notes")
        mlflow.log_dict({"a": 1}, "model/MLmodel")
    run_id = run.info.run_id
    client.log_batch(client.create_run(experiment, tags={"mlflow.runName": "second"}).info.run_id, [Metric("loss", 5, 1, 0)], [Param("depth", "4")], [RunTag("team", "blue")])
    stored = client.get_run(run_id)
    found = client.search_runs([experiment], "metrics.loss < 1 AND params.depth = '3'", ViewType.ACTIVE_ONLY, order_by=["metrics.auc DESC"])

    client.create_registered_model(name)
    version = client.create_model_version(name, f"{stored.info.artifact_uri}/model", run_id)
    client.transition_model_version_stage(name, version.version, "Production")
    client.set_model_version_tag(name, version.version, "checked", "yes")
    try:
        client.get_run("0" * 32)
        missing = None
    except MlflowException as error:
        missing = error.error_code
    return {
        "client": mlflow.__version__,
        "status": stored.info.status,
        "params": stored.data.params,
        "metrics": stored.data.metrics,
        "team": stored.data.tags["team"],
        "history": [(point.step, point.value) for point in client.get_metric_history(run_id, "loss")],
        "found": [one.info.run_name for one in found],
        "files": sorted(one.path for one in client.list_artifacts(run_id, "notes")),
        "content": Path(client.download_artifacts(run_id, "notes/note.txt", str(folder))).read_text(),
        "production": [one.version for one in client.get_latest_versions(name, ["Production"])],
        "versions": [one.tags for one in client.search_model_versions(f"name = '{name}'")],
        "missing": missing,
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], Path(sys.argv[2]))))

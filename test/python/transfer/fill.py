"""Fills an MLflow tracking store with one of everything that a transfer has to carry."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

import mlflow
import pandas as pd
from mlflow import MlflowClient
from mlflow.data.pandas_dataset import from_pandas
from mlflow.entities import LoggedModelInput, LoggedModelOutput, Metric, Param, RunTag


def write_model(folder: Path, text: str) -> None:
    """A model folder that MLflow lists and downloads; nothing loads it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "MLmodel").write_text(f"flavors: {{}}\nnote: {text}\n")
    (folder / "data" / "deep").mkdir(parents=True)
    (folder / "data" / "deep" / "weights.bin").write_bytes(text.encode() * 5000)


def fill(uri: str, runs: int = 3, points: int = 50) -> None:
    """Two experiments in use and a deleted one; runs, one of them deleted; models; a registry with a gap in its versions."""
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    client = MlflowClient(uri, uri)
    first = client.create_experiment("alpha ünïcode", tags={"team": "red", "slash/key": "v"})
    second = client.create_experiment("beta")
    gone = client.create_experiment("gone")
    made = []
    for index in range(runs):
        experiment = first if index % 2 == 0 else second
        run = client.create_run(experiment, start_time=1_700_000_000_000 + index, run_name=f"run {index}", tags={"own": f"line\nbreak {index}"})
        run_id = run.info.run_id
        made.append(run_id)
        params = [Param("lr", str(0.1 * index)), Param("nested/name", "x" * 400), Param("text", "ünï 'quoted'\nlines")]
        if index == 0:
            params.append(Param("empty", ""))
        client.log_batch(run_id, params=params, tags=[RunTag("mlflow.note.content", "# A note")])
        for start in range(0, points, 900):
            batch = [Metric("loss", 1.0 / (step + 1), 1_700_000_000_000 + step, step) for step in range(start, min(points, start + 900))]
            client.log_batch(run_id, metrics=batch)
        odd = [math.nan, math.inf, -math.inf, -0.5, 1e-300]
        client.log_batch(run_id, metrics=[Metric("odd values/x", value, 1_700_000_000_000, step) for step, value in enumerate(odd)])
        client.log_metric(run_id, "at one step", 2.0, timestamp=5, step=-3)
        client.log_metric(run_id, "at one step", 1.0, timestamp=5, step=-3)
        client.log_metric(run_id, "is nan at last", math.nan, timestamp=6, step=1)
        frame = pd.DataFrame({"a": [1, 2, index], "b": [0.5, 1.5, 2.5]})
        with mlflow.start_run(run_id):
            mlflow.log_input(from_pandas(frame, name=f"table {index}"), context="train", tags={"more": "yes"})
            mlflow.log_text("hello " + run_id, "notes/été.txt")
            mlflow.log_dict({"index": index}, "conf.json")
            mlflow.log_text("", "empty.txt")
        client.set_terminated(run_id, "FAILED" if index == 1 else "FINISHED", end_time=1_700_000_100_000)
    model = client.create_logged_model(first, name="clf", source_run_id=made[0], tags={"kind": "tree"}, params={"depth": "3"}, model_type="sklearn")
    with tempfile.TemporaryDirectory() as folder:
        write_model(Path(folder) / "model", model.model_id)
        client.log_model_artifacts(model.model_id, str(Path(folder) / "model"))
        client.log_artifacts(made[0], str(Path(folder) / "model"), "old_model")
    client.finalize_logged_model(model.model_id, "READY")
    client.log_metric(made[0], "not a number", math.nan, timestamp=9, step=7, model_id=model.model_id)
    wide = client.create_logged_model(second, name="wide", source_run_id=made[1], params={f"p{index}": str(index) for index in range(120)})
    client.finalize_logged_model(wide.model_id, "FAILED")
    client.delete_logged_model(client.create_logged_model(first, name="deleted").model_id)
    client.set_tag(made[1], "mlflow.parentRunId", made[0])
    client.log_outputs(made[0], [LoggedModelOutput(model.model_id, step=7)])
    client.log_inputs(made[1], models=[LoggedModelInput(model.model_id)])
    client.log_metric(made[0], "accuracy", 0.75, timestamp=9, step=7, model_id=model.model_id, dataset_name="table_0", dataset_digest="abc")
    client.create_registered_model("churn", tags={"owner": "me"}, description="Who leaves")
    versions = [
        client.create_model_version("churn", f"models:/{model.model_id}", run_id=made[0], model_id=model.model_id, description="one", tags={"n": "1"}),
        client.create_model_version("churn", f"runs:/{made[0]}/old_model", run_id=made[0]),
        client.create_model_version("churn", f"runs:/{made[0]}/old_model", run_id=made[0], tags={"n": "3"}),
    ]
    client.set_registered_model_alias("churn", "champion", versions[0].version)
    client.set_registered_model_alias("churn", "next", versions[2].version)
    client.delete_model_version("churn", versions[1].version)
    client.transition_model_version_stage("churn", versions[2].version, "Staging")
    client.create_registered_model("without versions")
    quoted = "it's \"quoted\""
    client.create_registered_model(quoted)
    for _ in range(2):
        client.create_model_version(quoted, f"runs:/{made[0]}/old_model", run_id=made[0])
    client.delete_model_version(quoted, "2")
    client.copy_model_version("models:/churn/3", "a copy")
    client.register_prompt("greeting", "Hello {{name}}")
    lost = client.create_run(gone, start_time=1_600_000_000_000, run_name="in a deleted experiment")
    client.log_param(lost.info.run_id, "p", "1")
    client.set_terminated(lost.info.run_id, end_time=1_600_000_000_500)
    client.delete_experiment(gone)
    if runs > 2:
        client.delete_run(made[2])

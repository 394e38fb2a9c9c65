"""What MLflow's own client answers about a store must be what it answers about the copy."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import sys
import tempfile
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.entities import Metric, ViewType
from mlflow.utils.workspace_context import WorkspaceContext
from mlflow_stores import fill, serving

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


@pytest.mark.parametrize("kind", ["database", "mlruns"])
def test_an_imported_store_answers_as_before(kind: str, request: pytest.FixtureRequest, slipway, own_companion) -> None:
    source: Path = request.getfixturevalue(kind)
    uri = f"sqlite:///{source}" if kind == "database" else source.as_uri()
    transfer = slipway("import", str(source))
    assert_whole(transfer)
    assert transfer["report"]["added"]["runs"] == len(ids(uri))
    copy = own_companion.tracking_uri
    pd.testing.assert_frame_equal(frame(copy), frame(uri), check_like=True)
    before, after = everything(uri, ids(uri)), everything(copy, ids(copy))
    if kind == "mlruns":
        # MLflow writes the step of a metric with a dataset into its file, and reads a 0 from it.
        [logged] = [run for run in before if "accuracy" in before[run]["histories"]]
        assert before[logged]["histories"].pop("accuracy") == [(0, 9, "0.75")]
        assert after[logged]["histories"].pop("accuracy") == [(7, 9, "0.75")]
    assert after == before
    if kind == "database":
        assert registry(copy) == registry(uri)
    again = slipway("import", str(source))
    assert_whole(again)
    assert set(again["report"]["added"].values()) == {0}


def test_each_workspace_of_a_database_is_imported_under_names_of_its_own(slipway, own_companion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_ENABLE_WORKSPACES", "true")
    monkeypatch.chdir(tmp_path)
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    source = client_of(uri)
    mlflow.create_workspace("team-a")
    made = {}
    for workspace in ["default", "team-a"]:
        with WorkspaceContext(workspace):
            run = source.create_run(source.create_experiment("churn", tags={"of": workspace}))
            made[workspace] = run.info.run_id
            source.log_param(made[workspace], "of", workspace)
            source.log_text(made[workspace], workspace, "model/MLmodel")
            source.create_registered_model("churn", description=workspace)
            source.create_model_version("churn", f"runs:/{made[workspace]}/model", made[workspace], tags={"of": workspace})
            source.set_registered_model_alias("churn", "champion", "1")
    monkeypatch.delenv("MLFLOW_ENABLE_WORKSPACES")
    transfer = slipway("import", str(tmp_path / "mlflow.db"))
    assert_whole(transfer)
    assert [transfer["report"]["source"][kind] for kind in ["runs", "registeredModels", "versions", "aliases", "artifacts"]] == [2, 2, 2, 2, 2]
    assert transfer["report"]["notes"][0].startswith("Names of the workspace team-a begin with")
    copy = client_of(own_companion.tracking_uri)
    for workspace, experiment, model in [("default", "churn", "churn"), ("team-a", "team-a/churn", "team-a.churn")]:
        found = copy.get_experiment_by_name(experiment)
        assert found.tags == {"of": workspace}
        assert [run.info.run_id for run in copy.search_runs([found.experiment_id])] == [made[workspace]]
        assert copy.get_run(made[workspace]).data.params == {"of": workspace}
        version = copy.get_model_version_by_alias(model, "champion")
        assert (version.run_id, version.tags) == (made[workspace], {"of": workspace})
        assert copy.get_registered_model(model).description == workspace
    # An export goes to the default workspace, and takes nothing of another one for its own.
    copy.create_experiment("only here")
    assert_whole(slipway("export", "--to", str(tmp_path / "mlflow.db")))
    assert {experiment.name for experiment in client_of(uri).search_experiments()} >= {"churn", "team-a/churn", "only here"}
    with sqlite3.connect(tmp_path / "mlflow.db") as connection:
        assert connection.execute("SELECT name FROM experiments WHERE workspace = 'team-a'").fetchall() == [("churn",)]
        assert connection.execute("SELECT name, description FROM registered_models WHERE workspace = 'team-a'").fetchall() == [("churn", "team-a")]


def test_importing_again_brings_what_is_new_and_reports_another_content_of_an_id(database: Path, tmp_path: Path, slipway, own_companion) -> None:
    store = tmp_path / "moved"
    shutil.copytree(database.parent, store)
    source = client_of(f"sqlite:///{store}/mlflow.db")
    assert_whole(slipway("import", str(store)))
    run_ids = list(ids(f"sqlite:///{store}/mlflow.db"))
    active = [run_id for run_id in run_ids if source.get_run(run_id).info.lifecycle_stage == "active"]
    source.log_batch(active[0], metrics=[Metric("loss", 0.001, 1_800_000_000_000, 5000)])
    source.log_param(active[0], "added later", "yes")
    source.log_param(active[1], "both", "theirs")
    copy = client_of(own_companion.tracking_uri)
    copy.log_param(active[1], "both", "ours")
    again = slipway("import", str(store), code=1)
    assert again["state"] == "incomplete"
    assert [(finding["kind"], finding["id"]) for finding in again["report"]["conflicts"]] == [("run", active[1])]
    assert again["report"]["added"]["metrics"] == 1
    assert copy.get_run(active[1]).data.params["both"] == "ours"
    assert copy.get_run(active[0]).data.params["added later"] == "yes"
    assert copy.get_run(active[0]).data.metrics["loss"] == 0.001


def test_an_export_to_a_server_and_an_import_from_it_lose_nothing(database: Path, slipway, own_companion, mlflow_server: str, tmp_path: Path) -> None:
    assert_whole(slipway("import", str(database)))
    exported = slipway("export", "--to", mlflow_server)
    assert_whole(exported)
    here, there = own_companion.tracking_uri, mlflow_server
    origin = "tags.slipway.exported.from"
    away = frame(there, origin)
    away.index.name = "run_id"
    pd.testing.assert_frame_equal(away.drop(columns="run_id"), frame(here), check_like=True)
    assert everything(there, ids(there, origin)) == everything(here, ids(here))
    assert registry(there) == registry(here)
    again = slipway("export", "--to", there)
    assert_whole(again)
    assert set(again["report"]["added"].values()) == {0}
    elsewhere = tmp_path / "elsewhere"
    try:
        back = slipway("import", there, home=elsewhere)
        assert_whole(back)
        carried = ["runs", "params", "metrics", "datasets", "registeredModels", "versions", "aliases", "artifacts", "bytes"]
        assert [back["report"]["source"][kind] for kind in carried] == [exported["report"]["source"][kind] for kind in carried]
        # A server tells nothing of deleted models.
        assert back["report"]["source"]["models"] == exported["report"]["source"]["models"] - 1
    finally:
        slipway("stop", home=elsewhere)


def test_mlflow_reads_an_exported_folder(database: Path, slipway, own_companion, tmp_path: Path) -> None:
    assert_whole(slipway("import", str(database)))
    copy = client_of(own_companion.tracking_uri)
    run = copy.create_run(copy.create_experiment("in a folder of its own", artifact_location=(tmp_path / "own folder").as_uri()))
    copy.log_text(run.info.run_id, "own", "below/own.txt")
    folder = tmp_path / "mlruns"
    assert_whole(slipway("export", "--to", str(folder)))
    assert (folder / run.info.experiment_id / run.info.run_id / "artifacts" / "below" / "own.txt").read_text() == "own"
    here, there = own_companion.tracking_uri, folder.as_uri()
    pd.testing.assert_frame_equal(frame(there), frame(here), check_like=True)
    assert everything(there, ids(there)) == everything(here, ids(here))
    assert registry(there) == registry(here)
    again = slipway("export", "--to", str(folder))
    assert set(again["report"]["added"].values()) == {0}


def test_mlflow_serves_an_exported_database_from_any_folder(database: Path, slipway, own_companion, tmp_path: Path) -> None:
    assert_whole(slipway("import", str(database)))
    file = tmp_path / "new folder" / "mlflow.db"
    assert_whole(slipway("export", "--to", f"sqlite:///{file}", "--python", sys.executable))
    here = own_companion.tracking_uri
    with serving(tmp_path / "elsewhere", "--backend-store-uri", f"sqlite:///{file}") as there:
        pd.testing.assert_frame_equal(frame(there), frame(here), check_like=True)
        assert everything(there, ids(there)) == everything(here, ids(here))
        assert registry(there) == registry(here)
        ordered = mlflow.search_runs(search_all_experiments=True, order_by=["metrics.loss DESC"], filter_string="metrics.loss < 2")
        assert len(ordered) == 3
        # It is a store like any other: MLflow goes on with it, also while Slipway writes to it.
        client = client_of(there)
        [run_id] = [run_id for run_id in ordered["run_id"] if client.get_run(run_id).info.run_name == "run 0"]
        client.log_metric(run_id, "later", 1.0)
        client.log_text(run_id, "more", "more.txt")
        assert client.create_model_version("churn", f"runs:/{run_id}/old_model", run_id).version == "4"
        with mlflow.start_run(experiment_id=client.create_experiment("new there")):
            mlflow.log_text("text", "file.txt")
        client_of(here).log_metric(ids(here)[run_id], "from here", 2.0)
        again = slipway("export", "--to", str(file))
        assert_whole(again)
        assert {kind: count for kind, count in again["report"]["added"].items() if count} == {"metrics": 1}
        assert client_of(there).get_run(run_id).data.metrics["from here"] == 2.0
    uri = f"sqlite:///{file}"
    assert mlflow.artifacts.load_text(f"{client_of(uri).get_run(run_id).info.artifact_uri}/more.txt") == "more"


def test_an_export_is_put_beside_what_a_database_holds(database: Path, slipway, own_companion, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    fill(f"sqlite:///{folder}/mlflow.db", folder, 2)
    uri = f"sqlite:///{folder}/mlflow.db"
    before = everything(uri, ids(uri))
    models = {version.version: version.run_id for version in client_of(uri).search_model_versions("name = 'churn'")}
    assert_whole(slipway("import", str(database)))
    exported = slipway("export", "--to", str(folder), code=1)
    assert exported["state"] == "incomplete"
    assert {(finding["kind"], finding["id"]) for finding in exported["report"]["conflicts"]} == {
        ("registered model", name) for name in ["churn", "a copy", 'it\'s "quoted"', "greeting"]
    }
    assert exported["report"]["differences"] == []
    assert everything(uri, {run: run for run in before}) == before
    assert {version.version: version.run_id for version in client_of(uri).search_model_versions("name = 'churn'")} == models
    here = own_companion.tracking_uri
    assert everything(uri, ids(here)) == everything(here, ids(here))


def test_an_export_says_which_database_it_cannot_make_or_write(slipway, tmp_path: Path) -> None:
    bare = tmp_path / "bare python"
    bare.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')
    bare.chmod(0o755)
    no_mlflow = slipway("export", "--to", str(tmp_path / "new.db"), "--python", str(bare), code=1)
    assert no_mlflow["state"] == "failed"
    assert no_mlflow["message"].startswith("A new database is made by MLflow 3, and no Python was found that has it: ") and "bare python" in no_mlflow["message"]
    assert "slipway.python" in no_mlflow["message"]
    assert not (tmp_path / "new.db").exists()
    old = tmp_path / "old.db"
    with sqlite3.connect(old) as connection:
        connection.execute("CREATE TABLE runs (run_uuid TEXT)")
    assert "is not a database of MLflow 3" in slipway("export", "--to", str(old), code=1)["message"]
    newer = tmp_path / "newer.db"
    mlflow.set_tracking_uri(f"sqlite:///{newer}")
    mlflow.search_experiments()
    with sqlite3.connect(newer) as connection:
        connection.execute("ALTER TABLE params RENAME TO old_params")
        connection.execute("CREATE TABLE params (key TEXT NOT NULL, value TEXT NOT NULL, run_uuid TEXT NOT NULL, colour TEXT NOT NULL)")
    assert "is of a newer MLflow than Slipway writes: its table params wants a column colour" in slipway("export", "--to", str(newer), code=1)["message"]

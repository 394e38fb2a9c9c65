"""What MLflow's own client answers about a store must be what it answers about the copy that was imported."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from mlflow.entities import Metric
from mlflow.utils.workspace_context import WorkspaceContext
from stored import assert_whole, client_of, everything, frame, ids, registry


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

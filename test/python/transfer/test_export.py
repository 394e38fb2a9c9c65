"""What MLflow's own client answers about an export must be what it answers about the original."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import mlflow
import pandas as pd
from mlflow_stores import fill, serving
from newest_mlflow import newest_python
from stored import assert_whole, client_of, everything, frame, ids, registry


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
    assert_whole(slipway("export", "--to", f"sqlite:///{file}", "--python", str(newest_python(tmp_path))))
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

"""Runs, metrics, params, tags, search and datasets through the MLflow client."""

from __future__ import annotations

import hashlib
import json
import math
import sys
import time

import mlflow
import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException
from mlflow.utils.name_utils import _GENERATOR_NOUNS, _GENERATOR_PREDICATES


def test_a_run_keeps_what_was_logged_and_says_how_it_ended(tracked, client: MlflowClient):
    with mlflow.start_run(run_name="first", tags={"team": "north"}) as run:
        mlflow.log_param("depth", 3)
        mlflow.log_params({"rate": 0.1, "empty": ""})
        mlflow.log_metric("loss", 0.5, step=1)
        mlflow.log_metrics({"loss": 0.25, "accuracy": 0.9}, step=2)
        mlflow.set_tag("note", "good")
    stored = client.get_run(run.info.run_id)
    assert stored.info.run_name == "first"
    assert stored.info.status == "FINISHED"
    assert stored.info.end_time >= stored.info.start_time
    assert stored.data.params == {"depth": "3", "rate": "0.1", "empty": ""}
    assert stored.data.metrics == {"loss": 0.25, "accuracy": 0.9}
    assert stored.data.tags["team"] == "north"
    assert stored.data.tags["note"] == "good"
    assert stored.data.tags["mlflow.runName"] == "first"


def test_a_run_without_a_name_gets_one_of_mlflows_words(tracked, client: MlflowClient):
    experiment = client.get_experiment_by_name(tracked).experiment_id
    for _ in range(20):
        name = client.create_run(experiment).info.run_name
        adjective, noun, number = name.split("-")
        assert adjective in _GENERATOR_PREDICATES
        assert noun in _GENERATOR_NOUNS
        assert number.isdigit() and len(name) <= 20


def test_the_latest_value_is_that_of_the_greatest_step(tracked, client: MlflowClient):
    with mlflow.start_run() as run:
        mlflow.log_metric("loss", 0.1, step=10)
        mlflow.log_metric("loss", 0.9, step=5)
    assert client.get_run(run.info.run_id).data.metrics["loss"] == 0.1


def test_a_history_comes_back_whole_over_pages(tracked, client: MlflowClient):
    with mlflow.start_run() as run:
        points = [Metric("loss", float(step), 1_700_000_000_000 + step, step) for step in range(2500)]
        for start in range(0, len(points), 1000):
            client.log_batch(run.info.run_id, metrics=points[start : start + 1000])
        client.log_batch(run.info.run_id, metrics=points[:10])
    history = client.get_metric_history(run.info.run_id, "loss")
    assert [(point.step, point.value) for point in history] == [(step, float(step)) for step in range(2500)]
    page = client._tracking_client.store.get_metric_history(run.info.run_id, "loss", max_results=1000)
    assert len(page) == 1000 and page.token


def test_nan_comes_back_and_an_infinity_as_the_greatest_double(tracked, client: MlflowClient):
    greatest = sys.float_info.max
    model = client.create_logged_model(client.get_experiment_by_name(tracked).experiment_id, name="model")
    with mlflow.start_run() as run:
        mlflow.log_metric("nan", math.nan)
        mlflow.log_metric("one", math.inf)
        mlflow.log_metrics({"up": math.inf, "down": -math.inf})
        mlflow.log_metric("of model", -math.inf, model_id=model.model_id)
    metrics = client.get_run(run.info.run_id).data.metrics
    assert math.isnan(metrics["nan"])
    assert (metrics["one"], metrics["up"], metrics["down"], metrics["of model"]) == (greatest, greatest, -greatest, -greatest)
    assert client.get_metric_history(run.info.run_id, "up")[0].value == greatest
    assert [metric.value for metric in client.get_logged_model(model.model_id).metrics] == [-greatest]
    found = lambda filter_string: [run.info.run_id for run in client.search_runs([run.info.experiment_id], filter_string)]
    for filter_string in ("metrics.up = 1.7976931348623157e308", "metrics.up > 1e300 AND metrics.down = -1.7976931348623157e308", "metrics.one >= 1.7976931348623157e+308"):
        assert found(filter_string) == [run.info.run_id], filter_string
    assert found("metrics.up < 1e308") == []


def test_a_param_is_not_changed(tracked, client: MlflowClient):
    with mlflow.start_run() as run:
        mlflow.log_param("depth", 3)
        mlflow.log_param("depth", 3)
        with pytest.raises(MlflowException, match="Changing param values is not allowed"):
            client.log_param(run.info.run_id, "depth", 4)
        with pytest.raises(MlflowException, match="Changing param values is not allowed"):
            client.log_batch(run.info.run_id, params=[Param("depth", "4")])
    assert client.get_run(run.info.run_id).data.params == {"depth": "3"}


def test_tags_are_replaced_and_deleted(tracked, client: MlflowClient):
    with mlflow.start_run() as run:
        mlflow.set_tag("stage", "a")
        mlflow.set_tag("stage", "b")
        client.log_batch(run.info.run_id, tags=[RunTag("other", "x")])
        client.delete_tag(run.info.run_id, "other")
        with pytest.raises(MlflowException, match="No tag with name: other"):
            client.delete_tag(run.info.run_id, "other")
    tags = client.get_run(run.info.run_id).data.tags
    assert tags["stage"] == "b"
    assert "other" not in tags


def test_a_deleted_run_refuses_writes_until_it_is_restored(tracked, client: MlflowClient):
    with mlflow.start_run() as run:
        pass
    run_id = run.info.run_id
    client.delete_run(run_id)
    assert client.get_run(run_id).info.lifecycle_stage == "deleted"
    with pytest.raises(MlflowException, match="must be in the 'active' state"):
        client.log_metric(run_id, "loss", 1.0)
    client.restore_run(run_id)
    client.log_metric(run_id, "loss", 1.0)
    assert client.get_run(run_id).data.metrics == {"loss": 1.0}


def test_experiments_are_created_renamed_tagged_deleted_and_restored(tracked, client: MlflowClient):
    experiment_id = client.create_experiment(f"{tracked}-b", tags={"owner": "me"})
    with pytest.raises(MlflowException, match="already exists"):
        client.create_experiment(f"{tracked}-b")
    client.rename_experiment(experiment_id, f"{tracked}-c")
    client.set_experiment_tag(experiment_id, "kind", "test")
    run = client.create_run(experiment_id)
    client.delete_experiment(experiment_id)
    assert client.get_experiment(experiment_id).lifecycle_stage == "deleted"
    assert client.get_run(run.info.run_id).info.lifecycle_stage == "deleted"
    client.restore_experiment(experiment_id)
    stored = client.get_experiment_by_name(f"{tracked}-c")
    assert stored.experiment_id == experiment_id
    assert stored.tags == {"owner": "me", "kind": "test"}
    assert client.get_run(run.info.run_id).info.lifecycle_stage == "active"
    assert client.get_experiment_by_name("no such experiment") is None
    assert client.get_experiment("0").name == "Default"
    found = client.search_experiments(filter_string=f"name LIKE '{tracked}%' AND tags.kind = 'test'")
    assert [experiment.experiment_id for experiment in found] == [experiment_id]


@pytest.fixture
def three_runs(tracked) -> dict[str, str]:
    """Runs a, b and c by name: the id of each."""
    ids = {}
    for name, accuracy, depth in [("a", 0.7, 3), ("b", 0.9, 5), ("c", math.nan, 5)]:
        with mlflow.start_run(run_name=name) as run:
            mlflow.log_metric("accuracy", accuracy)
            mlflow.log_param("depth", depth)
            if name != "c":
                mlflow.set_tag("dotted.key", f"Value {name}")
        ids[name] = run.info.run_id
        time.sleep(0.002)
    return ids


@pytest.mark.parametrize(
    ("filter_string", "names"),
    [
        ("", "abc"),
        ("metrics.accuracy > 0.8", "b"),
        ("metric.accuracy <= 0.9 and params.depth = '3'", "a"),
        ('params."depth" != "3"', "bc"),
        ("tags.dotted.key = 'Value a'", "a"),
        ("tags.`dotted.key` LIKE 'Value %'", "ab"),
        ("tags.dotted.key LIKE 'value %'", ""),
        ("tags.dotted.key ILIKE 'VALUE _'", "ab"),
        ("tags.dotted.key IS NULL", "c"),
        ("attributes.run_name IN ('a', 'c')", "ac"),
        ("run_name = 'b'", "b"),
        ("status = 'FINISHED' AND attributes.start_time > 0", "abc"),
        ("(params.depth = '3' OR run_name = 'c') AND status != 'FAILED'", "ac"),
        ("metrics.missing > 0", ""),
    ],
)
def test_runs_are_found_by_a_filter(three_runs, filter_string: str, names: str):
    frame = mlflow.search_runs(filter_string=filter_string)
    found = sorted(frame["tags.mlflow.runName"]) if len(frame) else []
    assert found == list(names)


@pytest.mark.parametrize(
    ("order_by", "names"),
    [
        (["metrics.accuracy DESC"], "bac"),
        (["metrics.accuracy ASC"], "abc"),
        (["params.depth DESC", "start_time ASC"], "bca"),
        (["attributes.run_name"], "abc"),
        ([], "cba"),
    ],
)
def test_runs_come_in_the_order_asked_for(three_runs, order_by: list[str], names: str):
    assert list(mlflow.search_runs(order_by=order_by)["tags.mlflow.runName"]) == list(names)


@pytest.mark.parametrize(
    ("filter_string", "message"),
    [
        ("metrics.accuracy > 'high'", "Expected numeric value"),
        ("params.depth = 3", "Expected a quoted string value"),
        ("models.x = 'y'", "Invalid entity type"),
        ("attributes.colour = 'red'", "Invalid attribute key"),
        ("metrics.accuracy LIKE 'x'", "Invalid comparator"),
        ("metrics.accuracy >", "Invalid"),
        ("params.depth = '3' params.depth = '5'", "Invalid clause"),
    ],
)
def test_a_filter_that_cannot_be_read_is_refused_at_once(tracked, client: MlflowClient, filter_string: str, message: str):
    experiment = client.get_experiment_by_name(tracked)
    with pytest.raises(MlflowException, match=message) as refused:
        client.search_runs([experiment.experiment_id], filter_string)
    assert refused.value.error_code == "INVALID_PARAMETER_VALUE"


def test_pages_of_runs_join_to_the_whole(tracked, client: MlflowClient):
    experiment = client.get_experiment_by_name(tracked)
    ids = [client.create_run(experiment.experiment_id, start_time=number).info.run_id for number in range(1, 8)]
    seen: list[str] = []
    token = None
    while True:
        page = client.search_runs([experiment.experiment_id], max_results=3, page_token=token)
        seen.extend(run.info.run_id for run in page)
        token = page.token
        if not token:
            break
    assert seen == ids[::-1]
    client.delete_run(ids[0])
    deleted = client.search_runs([experiment.experiment_id], run_view_type=ViewType.DELETED_ONLY)
    assert [run.info.run_id for run in deleted] == ids[:1]
    assert len(client.search_runs([experiment.experiment_id], run_view_type=ViewType.ALL)) == 7


def test_the_file_of_a_training_dataset_is_kept_with_its_digest(tracked, client: MlflowClient, tmp_path):
    rows = pd.DataFrame({"x": [1, 2], "y": [0, 1]})
    trained, evaluated, folder = tmp_path / "rows.csv", tmp_path / "held-out.csv", tmp_path / "folder.csv"
    rows.to_csv(trained, index=False)
    rows.to_csv(evaluated, index=False)
    folder.mkdir()
    with mlflow.start_run() as run:
        for source, context in [(trained, "train"), (trained, "training"), (evaluated, "eval"), (folder, "train"), (tmp_path / "gone.csv", "train"), ("relative.csv", "train")]:
            mlflow.log_input(mlflow.data.from_pandas(rows, source=str(source), name=f"{context} {source}"[:500]), context=context)
    [file] = json.loads(client.get_run(run.info.run_id).data.tags["slipway.data"])
    assert file["path"] == str(trained.resolve())
    assert file["sha256"] == hashlib.sha256(trained.read_bytes()).hexdigest()
    assert file["bytes"] == trained.stat().st_size


def test_a_dataset_belongs_to_its_run(tracked, client: MlflowClient):
    data = mlflow.data.from_pandas(pd.DataFrame({"x": [1, 2], "y": [0, 1]}), source="data.csv", name="churn", targets="y")
    with mlflow.start_run() as run:
        mlflow.log_input(data, context="train")
        mlflow.log_input(data, context="train")
    [logged] = client.get_run(run.info.run_id).inputs.dataset_inputs
    assert logged.dataset.name == "churn"
    assert logged.dataset.digest == data.digest
    assert {tag.key: tag.value for tag in logged.tags} == {"mlflow.data.context": "train"}
    found = mlflow.search_runs(filter_string="dataset.name = 'churn' AND dataset.context = 'train'")
    assert list(found["run_id"]) == [run.info.run_id]

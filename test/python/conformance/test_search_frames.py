"""`mlflow.search_runs` gives the frame that MLflow's own server gives for the same runs."""

from __future__ import annotations

import math
import sys
import uuid
from dataclasses import dataclass

import mlflow
import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException

ENTITIES = 12
FIRST = 1_700_000_000_000
# What each server makes up for itself.
OWN = ["run_id", "experiment_id", "artifact_uri"]


@dataclass(frozen=True)
class Side:
    uri: str
    experiment: str


@pytest.fixture(scope="module")
def sides(companion, mlflow_server: str) -> tuple[Side, Side]:
    """The companion and MLflow's server with the same runs in an experiment each."""
    name = f"frames-{uuid.uuid4().hex}"
    for uri in (companion.tracking_uri, mlflow_server):
        _fill(MlflowClient(tracking_uri=uri, registry_uri=uri), name)
    return Side(companion.tracking_uri, name), Side(mlflow_server, name)


def _fill(client: MlflowClient, name: str) -> None:
    experiment = client.create_experiment(name)
    for index in range(ENTITIES):
        at = FIRST + index * 1000
        run = client.create_run(experiment, start_time=at, run_name=f"run {index % 5}" if index % 3 else f"Run-{index}").info.run_id
        metrics = [Metric("loss", 1 / (index + 1) + step, at + step, step) for step in (2, 0, 1)]
        if index % 4 != 3:
            metrics.append(Metric("accuracy", math.nan if index == 4 else round(0.5 + (index * 7 % 5) / 10, 3), at, 0))
        if index == 5:
            metrics += [Metric("bound", math.inf, at, 0), Metric("bound", -math.inf, at, -1)]
        params = [Param("depth", str(index % 4)), Param("a name/with.dots", f"v{index}")]
        if index % 2:
            params.append(Param("empty", ""))
        tags = [RunTag("team", "Red" if index % 2 else "blue"), RunTag("dotted.key", f"100%_{index}")]
        if index % 5 == 0:
            tags.append(RunTag("mlflow.note.content", "a 'quoted' \"note\" ü"))
        client.log_batch(run, metrics, params, tags)
        if index in (1, 2):
            source = Dataset(name=f"churn{index}", digest=f"d{index}", source_type="local", source="{}", schema=None, profile=None)
            client.log_inputs(run, [DatasetInput(source, [InputTag("mlflow.data.context", "train" if index == 1 else "eval")])])
        if index != 6:
            client.set_terminated(run, ["FINISHED", "FAILED", "KILLED"][index % 3], end_time=at + 100 * (index % 4))
        if index == 7:
            client.delete_run(run)


def _frame(side: Side, **query) -> pd.DataFrame:
    mlflow.set_tracking_uri(side.uri)
    frame = mlflow.search_runs(experiment_names=[side.experiment], **query)
    # MLflow's database has no infinity; the companion gives back what was logged.
    frame = frame.replace({sys.float_info.max: math.inf, -sys.float_info.max: -math.inf})
    return frame.drop(columns=OWN, errors="ignore").sort_index(axis="columns")


FILTERS = [
    "",
    "metrics.accuracy > 0.5",
    "AND metrics.accuracy > 0.5",
    "metrics.accuracy > 0.5 AND",
    "metrics.'accuracy' > 0.5",
    "metrics.accuracy >= 0.5 AND metrics.loss < 2.2",
    "metrics.accuracy != 0.7",
    "metrics.accuracy = 0.7",
    "metric.loss <= 2.25 and params.depth = '2'",
    "metrics.bound > 1e300",
    "metrics.nothing > 0",
    "params.depth != '1'",
    "params.depth LIKE '_'",
    'parameter.`a name/with.dots` LIKE "v1%"',
    "params.empty = ''",
    "params.empty IS NULL",
    "params.depth IS NOT NULL",
    "tags.team = 'Red'",
    "tags.team ILIKE 'r%'",
    "tags.team LIKE 'r%'",
    "tags.`dotted.key` LIKE '100%'",
    "tags.`dotted.key` ILIKE '100%_1'",
    "tags.\"dotted.key\" = '100%_3'",
    "tags.`mlflow.note.content` IS NOT NULL",
    "tags.`mlflow.note.content` != 'x'",
    "attributes.run_name LIKE 'Run-%'",
    "run_name ILIKE 'run%'",
    "`run name` = 'run 1'",
    "attributes.status = 'FINISHED'",
    "status != 'FAILED' AND status != 'KILLED'",
    f"attributes.start_time > {FIRST + 3000}",
    f"start_time >= {FIRST} AND end_time < {FIRST + 5000}",
    f"Created <= {FIRST + 2000}",
    f"end_time != {FIRST}",
    "user_id = ''",
    "dataset.name = 'churn1'",
    "dataset.name LIKE 'churn%' AND dataset.context = 'eval'",
    "datasets.digest IN ('d1', 'd2')",
    "datasets.context ILIKE 'TRAIN'",
]

ORDERS = [
    [],
    ["metrics.accuracy"],
    ["metrics.accuracy DESC"],
    ["metrics.accuracy ASC", "metrics.loss DESC"],
    ["metrics.bound DESC"],
    ["params.depth DESC", "attributes.start_time ASC"],
    ["params.empty"],
    ["tags.team", "metrics.loss"],
    ["tags.`mlflow.note.content` DESC"],
    ["attributes.run_name"],
    ["run_name DESC", "start_time"],
    ["status", "end_time DESC"],
    ["end_time"],
    ["attribute.Created ASC"],
    ["metrics.nothing", "user_id"],
]


@pytest.mark.parametrize("filter_string", FILTERS)
def test_a_filter_finds_the_same_runs(sides: tuple[Side, Side], filter_string: str):
    ours, mlflows = (_frame(side, filter_string=filter_string) for side in sides)
    pd.testing.assert_frame_equal(ours, mlflows)


@pytest.mark.parametrize("order_by", ORDERS, ids=", ".join)
def test_an_order_puts_runs_the_same_way(sides: tuple[Side, Side], order_by: list[str]):
    ours, mlflows = (_frame(side, order_by=order_by) for side in sides)
    assert len(ours) == ENTITIES - 1
    pd.testing.assert_frame_equal(ours, mlflows)


@pytest.mark.parametrize("view", [ViewType.ACTIVE_ONLY, ViewType.DELETED_ONLY, ViewType.ALL])
def test_a_view_shows_the_same_runs(sides: tuple[Side, Side], view: int):
    ours, mlflows = (_frame(side, run_view_type=view, order_by=["metrics.loss"], filter_string="params.depth != '0'") for side in sides)
    pd.testing.assert_frame_equal(ours, mlflows)


@pytest.mark.parametrize(
    "query",
    [
        {"filter_string": "metrics.accuracy > 'high'"},
        {"filter_string": "metrics.accuracy LIKE 'x'"},
        {"filter_string": "params.depth = 3"},
        {"filter_string": "params.depth > '3'"},
        {"filter_string": "models.x = 'y'"},
        {"filter_string": "attributes.colour = 'red'"},
        {"filter_string": "status IN (1, 2)"},
        {"filter_string": "dataset.size = 'x'"},
        {"filter_string": "metrics.accuracy >"},
        {"order_by": ["metrics.loss UP"]},
        {"order_by": ["models.loss"]},
        {"order_by": ["attributes.colour"]},
    ],
    ids=str,
)
def test_what_cannot_be_read_is_refused_alike(sides: tuple[Side, Side], query: dict, monkeypatch: pytest.MonkeyPatch):
    # Should a server fail instead, the client would ask again for minutes.
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    codes = []
    for side in sides:
        with pytest.raises(MlflowException) as refused:
            _frame(side, **query)
        codes.append((refused.value.error_code, refused.value.get_http_status_code()))
    assert codes[0] == codes[1]


@pytest.mark.parametrize(
    "query",
    [
        {"filter_string": "params.depth = '3' params.depth = '5'"},
        {"order_by": ["metrics.loss", "metrics.loss DESC"]},
    ],
    ids=str,
)
def test_what_mlflow_guesses_at_or_fails_on_is_refused_with_a_reason(sides: tuple[Side, Side], query: dict):
    with pytest.raises(MlflowException) as refused:
        _frame(sides[0], **query)
    assert refused.value.error_code == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize(
    ("filter_string", "plain"),
    [
        ("params.depth = '1' OR params.depth = '2'", ["params.depth = '1'", "params.depth = '2'"]),
        ("(params.depth = '1' OR tags.team = 'blue') AND metrics.loss < 2.5", ["params.depth = '1' AND metrics.loss < 2.5", "tags.team = 'blue' AND metrics.loss < 2.5"]),
        ("params.depth = '1' OR tags.team = 'blue' AND status = 'FAILED'", ["params.depth = '1'", "tags.team = 'blue' AND status = 'FAILED'"]),
        ("run_name IN ('run 1', 'run 2')", ["run_name = 'run 1'", "run_name = 'run 2'"]),
        ("params.depth IN ('0', '3')", ["params.depth = '0'", "params.depth = '3'"]),
        ("metrics.accuracy IN (0.5, 0.7)", ["metrics.accuracy = 0.5", "metrics.accuracy = 0.7"]),
        ("tags.team NOT IN ('Red')", ["tags.team != 'Red'"]),
    ],
)
def test_or_parentheses_and_lists_find_what_several_plain_filters_find(sides: tuple[Side, Side], filter_string: str, plain: list[str]):
    ours, mlflows = sides
    together = pd.concat([_frame(mlflows, filter_string=one) for one in plain])
    expected = together.drop_duplicates("start_time").sort_values("start_time", ascending=False)["start_time"]
    assert len(expected) > 0
    assert list(_frame(ours, filter_string=filter_string)["start_time"]) == list(expected)


def test_pages_of_the_client_join_to_the_same_runs(sides: tuple[Side, Side]):
    names = []
    for side in sides:
        client = MlflowClient(tracking_uri=side.uri)
        experiment = client.get_experiment_by_name(side.experiment).experiment_id
        pages, token = [], None
        while True:
            page = client.search_runs([experiment], order_by=["metrics.accuracy DESC"], max_results=4, page_token=token)
            pages.append([run.data.metrics["loss"] for run in page])
            token = page.token
            if not token:
                break
        names.append(pages)
    assert names[0] == names[1]

"""Refusals and answers over plain HTTP, word for word as MLflow's own server gives them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pytest
import requests

Call = tuple[str, str, object]

# What only one of the two says: the words of MLflow's database, and remedies of the companion.
ADDED = re.compile(r"[. ]*( Error: \(.*| Its versions are .*| There is no such model\.|( in deleted state\.)? You can restore .*)?$", re.DOTALL)
# Ids of runs, models and experiments differ from server to server.
IDS = re.compile(r"\b(m-)?[0-9a-f]{32}\b|(?<=experiment )\d+|(?<=id=)\d+|(?<=with id )\d+|(?<=artifacts:)/?\d+|(?<=artifact: ')\d+")


PROMPT = [{"key": "mlflow.prompt.is_prompt", "value": "true"}]


@dataclass
class Server:
    """One of the two, with a run, a model and a registered model that requests may name as `{run}`, `{model}` and `{name}`."""

    url: str
    headers: dict[str, str]
    names: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, body: object) -> requests.Response:
        url = self.url + (path if path.startswith("/") else f"/api/2.0/mlflow/{path}")
        arguments = {"params": self.fill(body)} if method == "GET" else {"json": self.fill(body)}
        return requests.request(method, url, headers=self.headers, timeout=60, **arguments)

    def prepare(self) -> Server:
        experiment = self.call("POST", "experiments/create", {"name": "answers"}).json()["experiment_id"]
        deleted = self.call("POST", "experiments/create", {"name": "answers that are deleted"}).json()["experiment_id"]
        self.call("POST", "experiments/delete", {"experiment_id": deleted})
        run = self.call("POST", "runs/create", {"experiment_id": experiment, "run_name": "first", "start_time": 1}).json()["run"]["info"]["run_id"]
        gone = self.call("POST", "runs/create", {"experiment_id": experiment}).json()["run"]["info"]["run_id"]
        other = self.call("POST", "runs/create", {"experiment_id": experiment}).json()["run"]["info"]["run_id"]
        self.call("POST", "runs/delete", {"run_id": gone})
        model = self.call("POST", "logged-models", {"experiment_id": experiment, "name": "model"}).json()["model"]["info"]["model_id"]
        self.names = {"experiment": experiment, "deleted": deleted, "run": run, "gone": gone, "other": other, "model": model, "name": "answers"}
        self.call("POST", "registered-models/create", {"name": "answers"})
        source = f"mlflow-artifacts:/{experiment}/{run}/artifacts/model"
        self.call("POST", "model-versions/create", {"name": "answers", "source": source, "run_id": run})
        self.call("POST", "registered-models/create", {"name": "a prompt", "tags": PROMPT})
        self.call("POST", "runs/log-parameter", {"run_id": run, "key": "p", "value": "1"})
        for index in range(7):
            self.call("POST", "runs/log-metric", {"run_id": run, "key": "m", "value": index, "timestamp": 5, "step": index})
        return self

    def fill(self, value: object) -> object:
        if isinstance(value, str):
            for key, name in self.names.items():
                value = value.replace("{" + key + "}", name)
            return value
        if isinstance(value, dict):
            return {key: self.fill(member) for key, member in value.items()}
        return [self.fill(member) for member in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def servers(companion, mlflow_server: str) -> tuple[Server, Server]:
    return Server(mlflow_server, {}).prepare(), Server(companion.url, companion.headers).prepare()


def refusal(server: Server, call: Call) -> tuple[int, str, str]:
    answer = server.call(*call)
    body = answer.json()
    return answer.status_code, body.get("error_code", ""), IDS.sub("ID", ADDED.sub("", body.get("message", "")))


def metric(**changes: object) -> dict[str, object]:
    return {"run_id": "{run}", "key": "m", "value": 1, "timestamp": 1, **changes}


def batch(**lists: object) -> dict[str, object]:
    return {"run_id": "{run}", **lists}


def version(**changes: object) -> dict[str, object]:
    return {"name": "{name}", "source": "mlflow-artifacts:/{experiment}/{run}/artifacts/model", "run_id": "{run}", **changes}


REFUSED: list[Call] = [
    ("POST", "experiments/create", {}),
    ("POST", "experiments/create", {"name": 123}),
    ("POST", "experiments/create", {"name": "  "}),
    ("POST", "experiments/create", {"name": "x" * 501}),
    ("POST", "experiments/create", {"name": "a", "artifact_location": 9.0}),
    ("POST", "experiments/create", {"name": "a", "artifact_location": 9}),
    ("POST", "experiments/create", {"name": "a", "tags": "5"}),
    ("POST", "experiments/create", {"name": "a", "artifact_location": "s3://bucket/a#b"}),
    ("POST", "experiments/create", {"name": "a", "artifact_location": "runs:/a/b"}),
    ("POST", "experiments/create", {"name": "a", "tags": [{"key": "a$", "value": "b"}]}),
    ("POST", "experiments/create", {"name": "a", "tags": [{"key": "a", "value": "b" * 20_001}]}),
    ("POST", "experiments/create", {"name": "answers"}),
    ("POST", "experiments/create", {"name": "answers that are deleted"}),
    ("GET", "experiments/get", {"experiment_id": "987654"}),
    ("GET", "experiments/get", {"experiment_id": "-1"}),
    ("GET", "experiments/get", {"experiment_id": "abc"}),
    ("GET", "experiments/get-by-name", {"experiment_name": "nobody's"}),
    ("POST", "experiments/delete", {"experiment_id": "{deleted}"}),
    ("POST", "experiments/restore", {"experiment_id": "{experiment}"}),
    ("POST", "experiments/set-experiment-tag", {"experiment_id": "{deleted}", "key": "a", "value": "b"}),
    ("POST", "experiments/delete-experiment-tag", {"experiment_id": "{experiment}", "key": "none"}),
    ("POST", "experiments/search", {"max_results": 0}),
    ("POST", "experiments/search", {"max_results": 50_001}),
    ("POST", "experiments/search", {"max_results": 5, "filter": "params.x = 'a'"}),
    ("POST", "experiments/search", {"max_results": 5, "order_by": ["name DOWN"]}),
    *(
        ("POST", "experiments/search", {"max_results": 5, "filter": filtered})
        for filtered in [
            "experiment_id = 'a'",
            "experiment_id IN ('1', 'a')",
            "experiment_id LIKE '1'",
            "experiment_id > '1'",
            "tags.t < 'a'",
            "experiment_id = 1",
            "creation_time > 1.5",
        ]
    ),
    ("POST", "runs/create", {"experiment_id": "{deleted}"}),
    ("POST", "runs/create", {"experiment_id": "{experiment}", "run_name": "a", "tags": [{"key": "mlflow.runName", "value": "b"}]}),
    ("GET", "runs/get", {"run_id": "nope"}),
    ("GET", "runs/get", {}),
    ("POST", "runs/update", {"run_id": "{gone}", "status": "FINISHED"}),
    ("POST", "runs/log-metric", metric(run_id=31)),
    ("POST", "runs/log-metric", metric(key=31)),
    ("POST", "runs/log-metric", metric(step="foo")),
    ("POST", "runs/log-metric", metric(value="x")),
    ("POST", "runs/log-metric", metric(timestamp=None)),
    ("POST", "runs/log-metric", metric(timestamp=-1)),
    ("POST", "runs/log-metric", metric(timestamp="")),
    ("POST", "runs/log-metric", metric(key="a!b")),
    ("POST", "runs/log-metric", metric(key="a/../b")),
    ("POST", "runs/log-metric", metric(key="a/")),
    ("POST", "runs/log-metric", metric(key=".")),
    ("POST", "runs/log-metric", metric(key="k" * 251)),
    ("POST", "runs/log-metric", metric(run_id="{gone}")),
    ("POST", "runs/log-metric", metric(dataset_name="only a name")),
    ("POST", "runs/log-parameter", {"run_id": "{run}", "key": "p", "value": "2"}),
    ("POST", "runs/log-parameter", {"run_id": "{run}", "key": "k" * 251, "value": "2"}),
    ("POST", "runs/set-tag", {"run_id": "{run}", "key": "t", "value": 41}),
    ("POST", "runs/set-tag", {"run_id": "{run}", "key": "k" * 251, "value": ""}),
    ("POST", "runs/delete-tag", {"run_id": "{run}", "key": "none"}),
    ("POST", "runs/log-batch", batch(metrics="foo")),
    ("POST", "runs/log-batch", batch(metrics=[{"key": "a", "value": 1}])),
    ("POST", "runs/log-batch", batch(metrics=[{"key": "a", "value": 1.5, "timestamp": -1}])),
    ("POST", "runs/log-batch", batch(metrics=[{"key": "a$", "value": 1, "timestamp": 1}])),
    ("POST", "runs/log-batch", batch(metrics=[{"key": f"m{index}", "value": 1, "timestamp": 1} for index in range(1001)])),
    ("POST", "runs/log-batch", batch(params=[{"key": f"p{index}", "value": "1"} for index in range(101)])),
    ("POST", "runs/log-batch", batch(tags=[{"key": "k" * 251, "value": "1"}])),
    ("POST", "runs/log-batch", batch(params=[{"key": "q", "value": "1"}, {"key": "q", "value": "2"}])),
    ("POST", "runs/log-batch", batch(params=[{"key": "p", "value": "it's"}])),
    ("POST", "runs/log-batch", batch(metrics=[{"key": "a", "value": 1, "timestamp": 1, "dataset_name": "only a name"}])),
    ("POST", "runs/log-batch", batch(metrics=[{"key": "a", "value": 1, "timestamp": 1, "model_id": "{model}", "dataset_digest": "only a digest"}])),
    ("POST", "runs/search", {"experiment_ids": ["{experiment}"], "max_results": 0}),
    ("POST", "runs/search", {"experiment_ids": ["{experiment}"], "max_results": -1}),
    ("POST", "runs/search", {"experiment_ids": ["{experiment}"], "max_results": 50_001}),
    ("POST", "runs/search", {"experiment_ids": ["{experiment}"], "page_token": "eA=="}),
    ("POST", "runs/search", {"experiment_ids": ["{experiment}"], "page_token": "e30="}),
    ("POST", "runs/search", {"experiment_ids": ["{experiment}"], "filter": "metrics.m > abc"}),
    ("POST", "runs/search", {"experiment_ids": ["{experiment}"], "filter": "bar.m = 'abc'"}),
    ("POST", "runs/search", {"experiment_ids": ["{experiment}"], "page_token": "abc"}),
    *(
        ("POST", "runs/search", {"experiment_ids": ["{experiment}"], "filter": filtered})
        for filtered in [
            "metrics.m > 1; metrics.n < 2",
            "params.p = LR",
            "tags.t = `LR`",
            "params.p = 5",
            "tags.t = 5",
            "attributes.status = 1",
            "attributes.start_time = 'x'",
            "attribute.status = true",
            "dataset.name = 5",
            "metrics.m != metrics.m",
            "metrics.m = '5'",
            "1 = 1",
            "1.0 > metrics.m",
            "run_id IN (1, 2)",
            "run_id IN ()",
        ]
    ),
    ("POST", "runs/search", {"experiment_ids": ["{experiment}"], "order_by": ["`metrics.m"]}),
    ("POST", "runs/search", {"experiment_ids": ["{experiment}"], "order_by": ["attribute.run_id ACS"]}),
    ("GET", "metrics/get-history", {"run_id": "{run}", "metric_key": "m", "max_results": 0}),
    ("GET", "/ajax-api/2.0/mlflow/metrics/get-history-bulk", {"metric_key": "m"}),
    ("GET", "/ajax-api/2.0/mlflow/metrics/get-history-bulk", {"run_id": [f"r{index}" for index in range(101)], "metric_key": "m"}),
    ("GET", "/ajax-api/2.0/mlflow/metrics/get-history-bulk", {"run_id": "{run}"}),
    ("GET", "metrics/get-history-bulk-interval", {"run_ids": ["{run}"], "metric_key": "m", "start_step": 1}),
    ("GET", "metrics/get-history-bulk-interval", {"run_ids": ["{run}"], "metric_key": "m", "start_step": 1, "end_step": 0}),
    ("GET", "metrics/get-history-bulk-interval", {"run_ids": ["{run}"], "metric_key": "m", "max_results": 0}),
    ("GET", "metrics/get-history-bulk-interval", {"run_ids": ["{run}"], "metric_key": "m", "max_results": 2501}),
    ("POST", "runs/log-inputs", {"datasets": []}),
    ("POST", "/ajax-api/2.0/mlflow/experiments/search-datasets", {}),
    ("POST", "/ajax-api/2.0/mlflow/experiments/search-datasets", {"experiment_ids": [str(index) for index in range(21)]}),
    ("POST", "runs/log-model", {"run_id": "{run}", "model_json": "{bad"}),
    ("POST", "runs/log-model", {"run_id": "{run}", "model_json": '{"artifact_path": "a", "flavors": {}, "run_id": "x"}'}),
    ("POST", "logged-models", {"experiment_id": "{experiment}", "name": "it's"}),
    ("GET", "logged-models/m-nope", {}),
    ("PATCH", "logged-models/{model}", {"model_id": "x"}),
    ("PATCH", "logged-models/{model}", {"model_id": "{model}", "status": ""}),
    ("POST", "logged-models/search", {"experiment_ids": ["{experiment}"], "datasets": [{}]}),
    ("POST", "logged-models/search", {"experiment_ids": ["{experiment}"], "order_by": [{}]}),
    ("DELETE", "logged-models/{model}/tags/none", {}),
    ("POST", "logged-models/search", {"experiment_ids": ["{experiment}"], "order_by": [{"field_name": "foo"}]}),
    ("POST", "logged-models/search", {"experiment_ids": ["{experiment}"], "filter": "name > 'foo'"}),
    *(
        ("POST", "logged-models/search", {"experiment_ids": ["{experiment}"], "filter": filtered})
        for filtered in ["foo.bar = 'a'", "metric.m > 1", "param.p = 'a'", "tag.t = 'a'", "attribute.name = 'a'"]
    ),
    ("GET", "logged-models/{model}/artifacts/directories", {"artifact_directory_path": "../x"}),
    ("GET", "/ajax-api/2.0/mlflow/logged-models/{model}/artifacts/files", {"other": "x"}),
    ("POST", "registered-models/create", {"name": "answers"}),
    ("POST", "registered-models/create", {"name": "answers", "tags": PROMPT}),
    ("POST", "registered-models/create", {"name": "a prompt"}),
    ("POST", "registered-models/create", {"name": "a prompt", "tags": PROMPT}),
    ("GET", "registered-models/search", {"filter": "name != something"}),
    ("GET", "model-versions/search", {"filter": "name = something"}),
    ("GET", "registered-models/search", {"filter": "attributes.name = 'a'"}),
    ("GET", "model-versions/search", {"filter": "attributes.name = 'a'"}),
    ("GET", "registered-models/search", {"filter": "name > 'a'"}),
    ("GET", "registered-models/search", {"filter": "tags.`mlflow.prompt.is_prompt` < 'true'"}),
    ("GET", "model-versions/search", {"filter": "tags.t >= 'a'"}),
    ("GET", "model-versions/search", {"filter": "version_number LIKE '1'"}),
    ("GET", "model-versions/search", {"filter": "run_id IN (1)"}),
    ("GET", "model-versions/search", {"filter": "run_id IN (,)"}),
    ("GET", "model-versions/search", {"filter": "run_id IN ('a',,'b')"}),
    ("POST", "registered-models/create", {"name": "a/b"}),
    ("POST", "registered-models/create", {"name": "answers", "tags": [{"key": "a;b", "value": ""}]}),
    ("GET", "registered-models/get-latest-versions", {"name": "nope", "stages": ["foo"]}),
    ("POST", "registered-models/rename", {"name": "nope", "new_name": "a/b"}),
    ("GET", "registered-models/alias", {"name": "a prompt", "alias": "Latest"}),
    ("POST", "registered-models/alias", {"name": "a/b", "alias": "latest", "version": "1"}),
    ("DELETE", "model-versions/delete", {"name": "a/b", "version": "1"}),
    ("GET", "model-versions/get-download-uri", {"name": "a/b", "version": "1"}),
    ("PATCH", "model-versions/update", {"name": "a/b", "version": "1", "description": "d"}),
    ("POST", "model-versions/transition-stage", {"name": "{name}", "version": "99", "stage": "foo", "archive_existing_versions": False}),
    ("POST", "registered-models/create", {"name": ".."}),
    ("POST", "registered-models/rename", {"name": "nope", "new_name": "x"}),
    ("POST", "registered-models/set-tag", {"name": "{name}", "key": "k", "value": "x" * 100_001}),
    ("POST", "registered-models/alias", {"name": "{name}", "alias": "latest", "version": "1"}),
    ("POST", "registered-models/alias", {"name": "{name}", "alias": "v1", "version": "1"}),
    ("POST", "registered-models/alias", {"name": "{name}", "alias": "a b", "version": "1"}),
    ("POST", "registered-models/alias", {"name": "{name}", "alias": "a" * 256, "version": "1"}),
    ("GET", "registered-models/alias", {"name": "{name}", "alias": "none"}),
    ("GET", "registered-models/alias", {"name": "{name}", "alias": "a b"}),
    ("DELETE", "registered-models/alias", {"name": "{name}", "alias": "a b"}),
    ("DELETE", "registered-models/delete-tag", {"name": "{name}", "key": "../a"}),
    ("DELETE", "model-versions/delete-tag", {"name": "{name}", "version": "1", "key": "a;b"}),
    ("GET", "model-versions/get", {"name": "{name}", "version": "99"}),
    ("GET", "model-versions/get", {"name": "nope", "version": "1"}),
    ("GET", "model-versions/get", {"name": "{name}", "version": "abc"}),
    ("POST", "model-versions/create", {"name": "nobody's", "source": "runs:/{run}/model"}),
    ("POST", "model-versions/create", {"name": "nobody's", "source": "s3://bucket/model"}),
    ("POST", "model-versions/create", version(run_id=None)),
    ("POST", "model-versions/create", version(run_id="nope")),
    ("POST", "model-versions/create", version(source="/tmp")),
    ("POST", "model-versions/create", version(source="s3://bucket/../x")),
    ("POST", "model-versions/create", version(source="mlflow-artifacts:/models")),
    ("POST", "model-versions/create", version(source="models:/answers")),
    ("POST", "model-versions/create", version(source="models:/answers/1", run_id="other")),
    *(
        ("POST", "model-versions/create", version(source=source, run_id=run_id))
        for source in ["runs:/{run}/model", "runs:/{gone}/model", f"runs:/{'0' * 32}/model", "runs://host/{run}/model", "runs:{run}/model", "runs:/"]
        for run_id in [None, "{other}"]
    ),
    *(
        ("POST", "model-versions/create", version(source=source, run_id="{run}"))
        for source in [
            "runs://host/{run}/model",
            "runs:{run}/model",
            "mlflow-artifacts:{experiment}/{run}/artifacts/model",
            "mlflow-artifacts:/{experiment}/{gone}/artifacts/model",
            "mlflow-artifacts:/{experiment}/{run}/artifactsx",
            "mlflow-artifacts:/{experiment}/{run}/artifacts/./model",
            "mlflow-artifacts:/{experiment}/{run}/artifacts/%252e%252e/model",
            "mlflow-artifacts:/",
            "s3://bucket",
            "s3://bucket/./model",
            "s3://bucket/model%00",
            "colour://model",
            "colour:model",
        ]
    ),
    ("POST", "model-versions/create", version(source="/tmp", run_id="nope")),
    ("POST", "model-versions/create", version(source="/tmp", run_id=None)),
    *(
        ("POST", "model-versions/create", version(source=source, run_id=run_id, model_id=model_id))
        for source, run_id, model_id in [
            ("runs:/{run}/model", "{run}", "{model}"),
            ("runs:/{run}/model", "{run}", "m-nope"),
            ("/tmp", None, "{model}"),
            ("mlflow-artifacts:/{experiment}/{run}/artifacts/model", "{run}", "{model}"),
            ("models:/{model}", None, None),
            ("models:/{model}", "{run}", None),
            ("models:/{model}", None, "m-nope"),
            ("models:/{model}/", None, "{model}"),
            ("models:/{model}/below", None, "{model}"),
            ("models://{model}", None, "{model}"),
            ("models:/m-unknown", None, None),
            ("models:/answers@none", None, None),
            ("models:/answers/colour", None, None),
            ("models:/answers/99", None, None),
            ("models:/nope/1", None, None),
            ("models:/a prompt/1", None, None),
            ("models:/", None, None),
            ("models:/answers/1/below", None, None),
            ("models://profile@databricks/answers/1", None, None),
            ("models:answers/1", None, None),
        ]
    ),
    ("POST", "model-versions/create", {"name": "a prompt", "source": "/etc/passwd", "tags": PROMPT}),
    ("POST", "model-versions/transition-stage", {"name": "{name}", "version": "1", "stage": "foo", "archive_existing_versions": False}),
    ("POST", "model-versions/transition-stage", {"name": "{name}", "version": "1", "stage": "Staging", "archive_existing_versions": 1}),
    ("GET", "artifacts/list", {"run_id": "{run}", "path": "../x"}),
    ("GET", "/get-artifact", {"run_id": "{run}", "path": "../x"}),
    ("GET", "//model-versions/get-artifact", {"name": "nope", "version": 1, "path": "../x"}),
    ("GET", "/api/2.0/mlflow-artifacts/artifacts", {"path": "a/%2e%2e/b"}),
    ("GET", "/get-artifact", {"run_id": "{run}", "path": "no such file.txt"}),
    ("POST", "/ajax-api/2.0/mlflow/upload-artifact", {}),
    ("POST", "/ajax-api/2.0/mlflow/upload-artifact?run_uuid=x", {}),
    ("POST", "/ajax-api/2.0/mlflow/upload-artifact?run_uuid=x&path=../x", {}),
    ("POST", "/api/2.0/mlflow-artifacts/mpu/create/a", {"path": "x", "num_parts": 1}),
]


@pytest.mark.parametrize("call", REFUSED, ids=lambda call: f"{call[1]} {str(call[2])[:60]}")
def test_a_request_is_refused_in_the_same_words(servers: tuple[Server, Server], call: Call):
    theirs, ours = (refusal(server, (call[0], server.fill(call[1]), call[2])) for server in servers)
    assert theirs[0] >= 400
    assert ours == theirs


CLASSIFIED: list[Call] = [
    ("POST", "experiments/create", {}),
    ("GET", "runs/get", {"run_id": "nope"}),
    ("POST", "experiments/create", {"name": "answers"}),
    ("GET", "/ajax-api/2.0/mlflow/logged-models/{model}/artifacts/files", {"other": "x"}),
    ("POST", "/api/2.0/mlflow-artifacts/mpu/create/a", {"path": "x", "num_parts": 1}),
]


def test_refusals_are_classified_in_the_same_way(servers: tuple[Server, Server]):
    for method, path, body in CLASSIFIED:
        theirs, ours = (server.call(method, server.fill(path), body).json() for server in servers)
        for member in ("error_code", "sqlstate", "error_class"):
            assert ours.get(member) == theirs.get(member), path


# The rest of these messages is MLflow's own: sets in any order, and what its grammar has and the companion's has not.
BEGUN: dict[str, list[Call]] = {
    "Invalid clause(s) in filter string:": [
        ("POST", "runs/search", {"experiment_ids": ["{experiment}"], "filter": "metrics.m !="}),
        ("POST", "runs/search", {"experiment_ids": ["{experiment}"], "filter": "params.p LR"}),
        ("GET", "model-versions/search", {"filter": "name LIKE"}),
        ("GET", "model-versions/search", {"filter": "run_id IN ("}),
        ("GET", "registered-models/search", {"filter": "colour = true"}),
    ],
    "Invalid comparator '~'": [("POST", "runs/search", {"experiment_ids": ["{experiment}"], "filter": "params.p ~ 'a'"})],
    "Invalid attribute key 'colour' specified.": [
        ("POST", "runs/search", {"experiment_ids": ["{experiment}"], "filter": "colour IS NULL"}),
        ("POST", "experiments/search", {"max_results": 5, "filter": "colour IS NULL"}),
        ("GET", "registered-models/search", {"filter": "colour = 'a'"}),
        ("GET", "model-versions/search", {"order_by": ["name ASC", "colour DESC"]}),
    ],
    "IS NULL / IS NOT NULL is": [
        ("GET", "registered-models/search", {"filter": "name IS NULL"}),
        ("GET", "model-versions/search", {"filter": "name IS NOT NULL"}),
        ("GET", "model-versions/search", {"filter": "version_number IS NULL"}),
        ("POST", "experiments/search", {"max_results": 5, "filter": "name IS NULL"}),
        ("POST", "runs/search", {"experiment_ids": ["{experiment}"], "filter": "metrics.m IS NULL"}),
    ],
    "'source' cannot use the 'https' scheme: the 'https' scheme addresses a host other than": [
        ("POST", "model-versions/create", version(source="https://example.org/model")),
    ],
    "'source' cannot use the 'mlflow-artifacts' scheme: the 'mlflow-artifacts' scheme addresses a host other than": [
        ("POST", "model-versions/create", version(source="mlflow-artifacts://example.org/{experiment}/{run}/artifacts/model")),
    ],
    "Invalid order by key 'creation_timestamp' specified.": [("GET", "registered-models/search", {"order_by": ["creation_timestamp"]})],
    "Invalid value \"1001\" for parameter 'max_results' supplied:  Hint: Value was of type 'str'.": [("GET", "registered-models/search", {"max_results": 1001})],
    "Invalid value \"200001\" for parameter 'max_results' supplied:  Hint: Value was of type 'str'.": [("GET", "model-versions/search", {"max_results": 200_001})],
    "Invalid value for numeric attribute": [
        ("POST", "experiments/search", {"max_results": 5, "filter": "last_update_time = 1e3"}),
        ("GET", "model-versions/search", {"filter": "version_number = 1.5"}),
    ],
    "Invalid order by key 'attribute.name' specified.": [("GET", "registered-models/search", {"order_by": ["attribute.name"]})],
    "'artifact_location' cannot use the 'https' scheme: the 'https' scheme addresses a host other than": [
        ("POST", "experiments/create", {"name": "elsewhere", "artifact_location": "https://example.org/model"}),
    ],
    "Invalid filter string: 'Foo'.": [("POST", "logged-models/search", {"experiment_ids": ["{experiment}"], "filter": "Foo"})],
    "Invalid comparison operator for metrics.m: 'LIKE'.": [("POST", "logged-models/search", {"experiment_ids": ["{experiment}"], "filter": "metrics.m LIKE 0"})],
}


@pytest.mark.parametrize("beginning", BEGUN)
def test_a_refusal_begins_with_the_same_words(servers: tuple[Server, Server], beginning: str):
    for call in BEGUN[beginning]:
        for server in servers:
            status, code, message = refusal(server, call)
            assert (status, code, message[: len(beginning)]) == (400, "INVALID_PARAMETER_VALUE", beginning)


def keys(value: object) -> object:
    """The shape of an answer: the names of its members."""
    if isinstance(value, dict):
        return {key: keys(member) for key, member in sorted(value.items()) if key not in ("workspace", "model_id", "user_id")}
    return [keys(member) for member in value] if isinstance(value, list) else None


ANSWERED: dict[str, Call] = {
    "an experiment": ("GET", "experiments/get", {"experiment_id": "{experiment}"}),
    "a run": ("GET", "runs/get", {"run_id": "{run}"}),
    "a LoggedModel": ("GET", "logged-models/{model}", {}),
    "a registered model": ("GET", "registered-models/get", {"name": "{name}"}),
    "a version": ("GET", "model-versions/get", {"name": "{name}", "version": "1"}),
    "a search of experiments by an attribute": ("POST", "experiments/search", {"max_results": 5, "filter": "attributes.name = 'answers'"}),
    "a search of versions in the order of an attribute": ("GET", "model-versions/search", {"order_by": ["attributes.name"]}),
    "a search of runs": ("POST", "runs/search", {"experiment_ids": ["{experiment}"]}),
}


@pytest.mark.parametrize("what", ANSWERED)
def test_an_answer_has_the_same_members(servers: tuple[Server, Server], what: str):
    method, path, body = ANSWERED[what]
    theirs, ours = (keys(server.call(method, server.fill(path), body).json()) for server in servers)
    assert ours == theirs


@pytest.mark.parametrize("points", [1, 2, 3, 4, 5, 6, 7, 100])
@pytest.mark.parametrize("steps", [{}, {"start_step": 1, "end_step": 5}], ids=["all steps", "some steps"])
def test_a_curve_is_thinned_to_the_same_points(servers: tuple[Server, Server], points: int, steps: dict[str, int]):
    def sampled(server: Server) -> list[int]:
        asked = {"run_ids": ["{run}"], "metric_key": "m", "max_results": points, **steps}
        return [point["step"] for point in server.call("GET", "metrics/get-history-bulk-interval", asked).json()["metrics"]]

    theirs, ours = map(sampled, servers)
    assert ours == theirs


def test_runs_that_are_not_there_have_no_curves(servers: tuple[Server, Server]):
    def curves(server: Server) -> list[object]:
        bulk = server.call("GET", "/ajax-api/2.0/mlflow/metrics/get-history-bulk", {"run_id": ["none", "{run}"], "metric_key": "m"})
        sampled = server.call("GET", "metrics/get-history-bulk-interval", {"run_ids": ["none", "{run}"], "metric_key": "m"})
        return [[(point["step"], point["value"]) for point in answer.json()["metrics"]] for answer in (bulk, sampled)]

    theirs, ours = map(curves, servers)
    assert ours == theirs
    assert [len(points) for points in ours] == [7, 7]


def test_a_run_that_is_named_twice_has_one_curve(servers: tuple[Server, Server]):
    def steps(server: Server) -> list[int]:
        answer = server.call("GET", "/ajax-api/2.0/mlflow/metrics/get-history-bulk", {"run_id": ["{run}", "{run}"], "metric_key": "m"})
        return [point["step"] for point in answer.json()["metrics"]]

    theirs, ours = map(steps, servers)
    assert ours == theirs == list(range(7))


def test_a_run_that_is_not_there_has_no_history(servers: tuple[Server, Server]):
    theirs, ours = (server.call("GET", "metrics/get-history", {"run_id": "none", "metric_key": "m"}) for server in servers)
    assert (ours.status_code, ours.json()) == (theirs.status_code, theirs.json()) == (200, {})


def test_a_last_page_that_is_full_has_no_token(servers: tuple[Server, Server]):
    def tokens(server: Server) -> list[bool]:
        experiment = server.call("POST", "experiments/create", {"name": "pages"}).json()["experiment_id"]
        for _ in range(4):
            server.call("POST", "runs/create", {"experiment_id": experiment})
        first = server.call("POST", "runs/search", {"experiment_ids": [experiment], "max_results": 2}).json()
        second = server.call("POST", "runs/search", {"experiment_ids": [experiment], "max_results": 2, "page_token": first["next_page_token"]}).json()
        assert [len(page["runs"]) for page in (first, second)] == [2, 2]
        return ["next_page_token" in page for page in (first, second)]

    theirs, ours = map(tokens, servers)
    assert ours == theirs == [True, False]


def test_a_dataset_needs_no_more_than_a_name_and_a_digest(servers: tuple[Server, Server]):
    def stored(server: Server) -> object:
        run = server.call("POST", "runs/create", {"experiment_id": "{experiment}"}).json()["run"]["info"]["run_id"]
        datasets = [{"dataset": {"name": "bare", "digest": "d"}}, {"dataset": {"name": "empty", "digest": "d", "source_type": "", "source": "", "schema": "", "profile": ""}}]
        assert server.call("POST", "runs/log-inputs", {"run_id": run, "datasets": datasets}).ok
        inputs = server.call("GET", "runs/get", {"run_id": run}).json()["run"]["inputs"]["dataset_inputs"]
        return sorted(inputs, key=lambda each: each["dataset"]["name"])

    theirs, ours = map(stored, servers)
    assert ours == theirs


def test_params_of_a_logged_model_stay(servers: tuple[Server, Server]):
    def logged(server: Server) -> tuple[list[int], object]:
        model = server.call("POST", "logged-models", {"experiment_id": "{experiment}"}).json()["model"]["info"]["model_id"]
        batches = [[{"key": "p", "value": "1"}], [{"key": "q", "value": "1"}, {"key": "p", "value": "2"}]]
        statuses = [server.call("POST", f"logged-models/{model}/params", {"model_id": model, "params": params}).status_code for params in batches]
        twice = {"experiment_id": "{experiment}", "params": [{"key": "p", "value": "1"}, {"key": "p", "value": "2"}]}
        statuses.append(server.call("POST", "logged-models", twice).status_code)
        return statuses, server.call("GET", f"logged-models/{model}", {}).json()["model"]["data"]

    theirs, ours = map(logged, servers)
    assert ours == theirs == ([200, 400, 400], {"params": [{"key": "p", "value": "1"}]})


def test_tags_of_a_logged_model_are_set_without_an_answer(servers: tuple[Server, Server]):
    tags = {"model_id": "{model}", "tags": [{"key": "colour", "value": "red"}]}
    theirs, ours = (server.call("PATCH", server.fill("logged-models/{model}/tags"), tags) for server in servers)
    assert (ours.status_code, ours.json()) == (theirs.status_code, theirs.json()) == (200, {})


def test_a_run_takes_any_number_of_datasets(servers: tuple[Server, Server]):
    def named(server: Server) -> int:
        experiment = server.call("POST", "experiments/create", {"name": "many datasets"}).json()["experiment_id"]
        run = server.call("POST", "runs/create", {"experiment_id": experiment}).json()["run"]["info"]["run_id"]
        datasets = [{"dataset": {"name": f"n{index}", "digest": "d", "source_type": "t", "source": "s"}} for index in range(1010)]
        assert server.call("POST", "runs/log-inputs", {"run_id": run, "datasets": datasets}).ok
        assert len(server.call("GET", "runs/get", {"run_id": run}).json()["run"]["inputs"]["dataset_inputs"]) == 1010
        return len(server.call("POST", "/ajax-api/2.0/mlflow/experiments/search-datasets", {"experiment_ids": [experiment]}).json()["dataset_summaries"])

    theirs, ours = map(named, servers)
    assert ours == theirs == 1000


def test_logged_models_come_in_the_order_of_a_metric_on_datasets_of_a_digest(servers: tuple[Server, Server]):
    def found(server: Server) -> list[str]:
        experiment = server.call("POST", "experiments/create", {"name": "digests"}).json()["experiment_id"]
        run = server.call("POST", "runs/create", {"experiment_id": experiment}).json()["run"]["info"]["run_id"]
        for name, values in {"a": [0.9, 0.1], "b": [0.8, 0.2]}.items():
            model = server.call("POST", "logged-models", {"experiment_id": experiment, "name": name}).json()["model"]["info"]["model_id"]
            for at, (digest, value) in enumerate(zip(["first", "second"], values)):
                point = {"key": "m", "value": value, "timestamp": at, "model_id": model, "dataset_name": f"in {digest}", "dataset_digest": digest}
                assert server.call("POST", "runs/log-metric", {"run_id": run, **point}).ok
        names = []
        for digest in ("first", "second"):
            asked = {"experiment_ids": [experiment], "order_by": [{"field_name": "metrics.m", "dataset_digest": digest}]}
            names += [model["info"]["name"] for model in server.call("POST", "logged-models/search", asked).json()["models"]]
        return names

    theirs, ours = map(found, servers)
    assert ours == theirs == ["b", "a", "a", "b"]


def test_files_are_served_with_the_same_headers(servers: tuple[Server, Server]):
    def headers(server: Server, name: str) -> list[str | None]:
        url = f"{server.url}/api/2.0/mlflow-artifacts/artifacts/0/headers/{name}"
        assert requests.put(url, data=b"content", headers=server.headers, timeout=60).ok
        answer = requests.get(url, headers=server.headers, timeout=60)
        assert answer.content == b"content"
        return [answer.headers.get(header) for header in ("Content-Type", "Content-Disposition", "X-Content-Type-Options")]

    theirs, ours = servers
    compressed = ("a.tar.gz", "b.csv.gz", "c.json.bz2", "d.gz", "e.pkl.xz", "f.tgz", "g.txt.gz")
    odd = ("ü.png", "😀 x.txt", "日本.csv", 'qu"ote.txt', "w.wasm", "m.h5", "i.ico", "v.mov")
    for name in ("a.txt", "b.json", "c.png", "d.pdf", "e.pkl", "f.html", "g.csv", "MLmodel", "mlproject", "UPPER.TXT", "empty", "h.svg", "two words.txt", "dog+step+1.webp", *compressed, *odd):
        assert headers(ours, name) == headers(theirs, name), name


def test_logged_models_keep_the_versions_made_of_them_as_mlflow_writes_them(servers: tuple[Server, Server]):
    def tag(server: Server) -> str:
        model = server.call("POST", "logged-models", {"experiment_id": server.names["experiment"]}).json()["model"]["info"]
        for _ in range(2):
            source = {"name": "{name}", "source": model["artifact_uri"], "model_id": model["model_id"]}
            assert server.call("POST", "model-versions/create", source).ok
        last = server.call("GET", "registered-models/alias", {"name": "{name}", "alias": "latest"}).json()["model_version"]["version"]
        assert server.call("POST", "model-versions/create", {"name": "{name}", "source": f"models:/answers/{last}"}).ok
        stored = server.call("GET", f"logged-models/{model['model_id']}", {}).json()["model"]["info"]["tags"]
        return re.sub(r"\d+", "N", next(tag["value"] for tag in stored if tag["key"] == "mlflow.modelVersions"))

    theirs, ours = map(tag, servers)
    assert ours == theirs


def test_the_latest_versions_come_in_the_same_order(servers: tuple[Server, Server]):
    def latest(server: Server) -> list[tuple[str, str]]:
        server.call("POST", "registered-models/create", {"name": "staged"})
        for number, stage in enumerate(["Archived", "Production", "Archived", "Production", "Staging", "None"], start=1):
            assert server.call("POST", "model-versions/create", {"name": "staged", "source": "s3://bucket/model"}).ok
            moved = {"name": "staged", "version": str(number), "stage": stage, "archive_existing_versions": False}
            assert server.call("POST", "model-versions/transition-stage", moved).ok
        answer = server.call("POST", "registered-models/get-latest-versions", {"name": "staged"}).json()
        return [(version["current_stage"], version["version"]) for version in answer["model_versions"]]

    theirs, ours = map(latest, servers)
    assert ours == theirs


def test_the_tags_of_a_new_run_are_kept_as_they_are(servers: tuple[Server, Server]):
    def stored(server: Server) -> list[tuple[str, int]]:
        tags = [{"key": key, "value": value} for key, value in {"mail@example.org": "v", "../up": "v", "k" * 251: "v", "note": "x" * 8001}.items()]
        answer = server.call("POST", "runs/create", {"experiment_id": "{experiment}", "run_name": "tagged", "tags": tags})
        return sorted((tag["key"], len(tag["value"])) for tag in answer.json()["run"]["data"]["tags"])

    theirs, ours = map(stored, servers)
    assert ours == theirs
    assert ("note", 8001) in ours


def test_versions_without_a_run_are_found_as_such(servers: tuple[Server, Server]):
    def found(server: Server) -> list[list[str]]:
        server.call("POST", "registered-models/create", {"name": "runs or none"})
        for run in ("", "{run}", "", "elsewhere"):
            assert server.call("POST", "model-versions/create", {"name": "runs or none", "source": "s3://bucket/model", "run_id": run}).ok
        asked = ["run_id = ''", "run_id != ''", "run_id != 'elsewhere'", "run_id NOT IN ('elsewhere')", "run_id LIKE 'else%'", "version_number = '2'", "version_number > '2'"]
        answers = [server.call("GET", "model-versions/search", {"filter": f"name = 'runs or none' AND {clause}"}).json() for clause in asked]
        return [sorted(version["version"] for version in answer.get("model_versions", [])) for answer in answers]

    theirs, ours = map(found, servers)
    assert ours == theirs
    assert ours[0] == ["1", "3"]


def test_long_text_is_cut_by_characters(servers: tuple[Server, Server]):
    def stored(server: Server) -> list[int]:
        run = server.call("POST", "runs/create", {"experiment_id": "{experiment}"}).json()["run"]["info"]["run_id"]
        for key, value in {"emoji": "😀" * 4000, "long emoji": "😀" * 7000, "long": "x" * 7000}.items():
            assert server.call("POST", "runs/log-parameter", {"run_id": run, "key": key, "value": value}).ok
        params = server.call("GET", "runs/get", {"run_id": run}).json()["run"]["data"]["params"]
        return [len(value) for _, value in sorted((param["key"], param["value"]) for param in params)]

    theirs, ours = map(stored, servers)
    assert ours == theirs == [4000, 6000, 6000]

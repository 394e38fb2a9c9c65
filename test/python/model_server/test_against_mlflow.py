"""The same requests to MLflow's own scoring server and to ours: same status, same predictions, same error code."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import mlflow.pyfunc
import pytest
from fastapi.testclient import TestClient
from mlflow.pyfunc import scoring_server

COLUMNS = ["age", "monthly", "contract", "senior"]
ROWS = [[70, 48.29, "month", False], [25, 90.5, "year", True], [49, 71.73, "two-year", False]]
RECORDS = [dict(zip(COLUMNS, row)) for row in ROWS]
BY_COLUMN = {name: [row[index] for row in ROWS] for index, name in enumerate(COLUMNS)}
IRIS = ["sepal length", "sepal width", "petal length", "petal width"]
JSON = "application/json"


def split(data: list, columns: list | None = COLUMNS) -> dict:
    return {"dataframe_split": {"data": data} if columns is None else {"columns": columns, "data": data}}


def replaced(name: str, value: object) -> dict:
    return {"dataframe_records": [RECORDS[0], {**RECORDS[1], name: value}]}


CASES: list[tuple[str, str, str, object]] = [
    ("churn", "split", JSON, split(ROWS)),
    ("churn", "split with an index", JSON, {"dataframe_split": {"columns": COLUMNS, "data": ROWS, "index": [7, 8, 9]}}),
    ("churn", "split with an index of another length", JSON, {"dataframe_split": {"columns": COLUMNS, "data": ROWS, "index": [7]}}),
    ("churn", "split with columns in another order", JSON, split([row[::-1] for row in ROWS], COLUMNS[::-1])),
    ("churn", "split with an extra column", JSON, split([[*row, 1] for row in ROWS], [*COLUMNS, "extra"])),
    ("churn", "split without a column", JSON, split([row[:3] for row in ROWS], COLUMNS[:3])),
    ("churn", "split without columns", JSON, split(ROWS, None)),
    ("churn", "split without data", JSON, {"dataframe_split": {"columns": COLUMNS}}),
    ("churn", "split with another key", JSON, {"dataframe_split": {"columns": COLUMNS, "data": ROWS, "rows": []}}),
    ("churn", "split as a list", JSON, {"dataframe_split": ROWS}),
    ("churn", "split with rows that are too long", JSON, split([[*row, 1] for row in ROWS])),
    ("churn", "split without rows", JSON, split([])),
    ("churn", "records", JSON, {"dataframe_records": RECORDS}),
    ("churn", "records as a dictionary", JSON, {"dataframe_records": RECORDS[0]}),
    ("churn", "records that are empty", JSON, {"dataframe_records": []}),
    (
        "churn",
        "a record without a double",
        JSON,
        {"dataframe_records": [RECORDS[0], {key: RECORDS[1][key] for key in ("age", "contract", "senior")}]},
    ),
    ("churn", "a record without an integer", JSON, {"dataframe_records": [RECORDS[0], {key: RECORDS[1][key] for key in COLUMNS[1:]}]}),
    ("churn", "null in a double column", JSON, replaced("monthly", None)),
    ("churn", "null in an integer column", JSON, replaced("age", None)),
    ("churn", "null in a string column", JSON, replaced("contract", None)),
    ("churn", "an integer in a double column", JSON, replaced("monthly", 48)),
    ("churn", "a whole float in an integer column", JSON, replaced("age", 44.0)),
    ("churn", "a fraction in an integer column", JSON, replaced("age", 44.6)),
    ("churn", "digits in a double column", JSON, replaced("monthly", "48.5")),
    ("churn", "digits in an integer column", JSON, replaced("age", "44")),
    ("churn", "a word in a double column", JSON, replaced("monthly", "much")),
    ("churn", "a word in an integer column", JSON, replaced("age", "old")),
    ("churn", "a list in a double column", JSON, replaced("monthly", [1.5])),
    ("churn", "a dictionary in an integer column", JSON, replaced("age", {"years": 4})),
    ("churn", "a boolean in a double column", JSON, replaced("monthly", True)),
    ("churn", "a one in a boolean column", JSON, replaced("senior", 1)),
    ("churn", "a category that training did not have", JSON, replaced("contract", "decade")),
    ("churn", "an integer beyond 64 bits", JSON, replaced("age", 2**70)),
    (
        "churn",
        "NaN in a double column",
        JSON,
        '{"dataframe_split":{"columns":["age","monthly","contract","senior"],"data":[[70,NaN,"month",false]]}}',
    ),
    (
        "churn",
        "infinity in a double column",
        JSON,
        '{"dataframe_split":{"columns":["age","monthly","contract","senior"],"data":[[70,Infinity,"month",false]]}}',
    ),
    ("churn", "instances of dictionaries", JSON, {"instances": RECORDS}),
    ("churn", "instances as a dictionary of columns", JSON, {"instances": BY_COLUMN}),
    ("churn", "instances of which one lacks a column", JSON, {"instances": [RECORDS[0], {"age": 3, "monthly": 1.0, "contract": "year"}]}),
    ("churn", "instances with a word in an integer column", JSON, {"instances": [{**RECORDS[0], "age": "old"}]}),
    ("churn", "instances as a matrix", JSON, {"instances": [[1, 2], [3, 4]]}),
    ("churn", "inputs by column", JSON, {"inputs": BY_COLUMN}),
    ("churn", "inputs of single values", JSON, {"inputs": RECORDS[0]}),
    ("churn", "inputs of records", JSON, {"inputs": RECORDS}),
    ("churn", "inputs with an extra column", JSON, {"inputs": {**BY_COLUMN, "extra": [1, 2, 3]}}),
    ("churn", "inputs of different lengths", JSON, {"inputs": {**BY_COLUMN, "age": [1, 2]}}),
    ("churn", "inputs without a column", JSON, {"inputs": {key: BY_COLUMN[key] for key in COLUMNS[:2]}}),
    ("churn", "parameters that the model does not know", JSON, {**split(ROWS), "params": {"temperature": 1}}),
    ("churn", "two formats", JSON, {**split(ROWS), "dataframe_records": RECORDS}),
    ("churn", "no format", JSON, {"data": ROWS}),
    ("churn", "a JSON list", JSON, ROWS),
    ("churn", "a JSON number", JSON, "3"),
    ("churn", "JSON that is cut off", JSON, '{"dataframe_split": {"columns"'),
    ("churn", "no body", JSON, ""),
    ("churn", "a charset of utf-8", "application/json; charset=UTF-8", split(ROWS)),
    ("churn", "another charset", "application/json; charset=latin-1", split(ROWS)),
    ("churn", "another content type parameter", "application/json; version=1", split(ROWS)),
    ("churn", "plain text", "text/plain", split(ROWS)),
    ("churn", "CSV", "text/csv", "age,monthly,contract,senior\n70,48.29,month,False\n25,90.5,year,True\n"),
    ("churn", "CSV with a missing value", "text/csv", "age,monthly,contract,senior\n70,,month,False\n"),
    ("churn", "CSV without a column", "text/csv", "age,monthly,contract\n70,48.29,month\n"),
    ("churn", "CSV with a word in a double column", "text/csv", "age,monthly,contract,senior\n70,much,month,False\n"),
    ("churn", "CSV with a fraction in an integer column", "text/csv", "age,monthly,contract,senior\n70.5,4,month,False\n"),
    ("churn", "CSV without rows", "text/csv", "age,monthly,contract,senior\n"),
    ("churn", "CSV without anything", "text/csv", ""),
    ("churn-proba", "probabilities", JSON, split(ROWS)),
    ("iris", "split", JSON, split([[5.1, 3.5, 1.4, 0.2], [6, 3, 4.8, 1.8]], IRIS)),
    ("iris", "integers only", JSON, split([[5, 3, 1, 0]], IRIS)),
    ("iris", "NaN that the model refuses", JSON, split([[5.1, None, 1.4, 0.2]], IRIS)),
    ("iris", "a bare matrix", JSON, {"inputs": [[5.1, 3.5, 1.4, 0.2]]}),
    ("iris", "instances as a bare matrix", JSON, {"instances": [[5.1, 3.5, 1.4, 0.2]]}),
    ("iris", "CSV", "text/csv", "sepal length,sepal width,petal length,petal width\n5.1,3.5,1.4,0.2\n6,3,4.8,1.8\n"),
    ("matrix", "inputs", JSON, {"inputs": [[1.0, 2.0, 3.0], [0.5, 0.25, 1]]}),
    ("matrix", "instances", JSON, {"instances": [[1.0, 2.0, 3.0]]}),
    ("matrix", "a matrix of another width", JSON, {"inputs": [[1.0, 2.0]]}),
    ("matrix", "a flat list", JSON, {"inputs": [1.0, 2.0, 3.0]}),
    ("matrix", "a word", JSON, {"inputs": [[1.0, "much", 3.0]]}),
    ("matrix", "an uneven matrix", JSON, {"inputs": [[1.0, 2.0, 3.0], [1.0]]}),
    ("matrix", "columns by name", JSON, {"inputs": {"a": [1.0]}}),
    ("matrix", "split", JSON, split([[1.0, 2.0, 3.0], [4, 5, 6]], ["a", "b", "c"])),
    ("matrix", "records", JSON, {"dataframe_records": [{"a": 1.0, "b": 2, "c": 3}]}),
]


@pytest.fixture(scope="module")
def of_mlflow(model_folder: Callable[[str], Path]) -> Iterator[Callable[[str], TestClient]]:
    clients: dict[str, TestClient] = {}

    def get(name: str) -> TestClient:
        if name not in clients:
            clients[name] = TestClient(scoring_server.init(mlflow.pyfunc.load_model(str(model_folder(name)))))
        return clients[name]

    yield get
    for client in clients.values():
        client.close()


@pytest.mark.parametrize(("model", "what", "content_type", "body"), CASES, ids=[f"{case[0]}: {case[1]}" for case in CASES])
def test_answers_as_mlflow_does(
    served: Callable[[str], httpx.Client], of_mlflow: Callable[[str], TestClient], model: str, what: str, content_type: str, body: object
) -> None:
    content = body if isinstance(body, str) else json.dumps(body)
    headers = {"content-type": content_type}
    theirs = of_mlflow(model).post("/invocations", content=content, headers=headers)
    ours = served(model).post("/invocations", content=content, headers=headers)
    assert ours.status_code == theirs.status_code, (ours.text, theirs.text)
    if theirs.status_code == 200:
        assert ours.json() == theirs.json()
    elif theirs.status_code == 415:
        assert ours.headers["content-type"].startswith("text/plain")
    else:
        assert ours.json()["error_code"] == theirs.json()["error_code"], (ours.text, theirs.text)
        assert "stack_trace" not in ours.json()


@pytest.mark.parametrize("path", ["/ping", "/health"])
def test_health_routes_answer_as_mlflow_does(
    served: Callable[[str], httpx.Client], of_mlflow: Callable[[str], TestClient], path: str
) -> None:
    theirs, ours = of_mlflow("churn").get(path), served("churn").get(path)
    assert (ours.status_code, ours.content) == (theirs.status_code, theirs.content)
    assert ours.headers["content-type"] == theirs.headers["content-type"]


def test_version_is_the_mlflow_version_of_the_model(served: Callable[[str], httpx.Client], of_mlflow: Callable[[str], TestClient]) -> None:
    assert served("churn").get("/version").text == of_mlflow("churn").get("/version").text


def test_get_of_invocations_is_not_allowed(served: Callable[[str], httpx.Client], of_mlflow: Callable[[str], TestClient]) -> None:
    assert served("churn").get("/invocations").status_code == of_mlflow("churn").get("/invocations").status_code == 405

"""Chunks of batches: rows of files, scored by a replica that was started for them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pandas as pd
import pytest
import trained
from replica import Replica, make_release

BEFORE = """
def checked(rows):
    if (rows["contract"] == "raise").any():
        raise ValueError("no such contract")
    return rows
"""
SERVING = {"method": "predict", "threshold": 0.4, "before": {"file": "steps.py", "name": "checked", "source": BEFORE}}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, model_folder: Callable[[str], Path]) -> Iterator[httpx.Client]:
    folder = make_release(tmp_path_factory.mktemp("batches") / "release", model_folder("churn"), SERVING)
    with Replica(folder, environment={"SLIPWAY_BATCHES": "1"}) as replica, replica.until_ready() as client:
        yield client


def chunk(client: httpx.Client, body: str | bytes, source: str = "csv", output: str = "csv", keep: list[str] | None = None) -> tuple[dict, str]:
    asked = json.dumps({"source": source, "output": output, "keep": keep})
    response = client.post("/batches/chunk", params={"asked": asked}, content=body)
    assert response.status_code == 200, response.text
    about, _, lines = response.content.partition(b"\n")
    return json.loads(about), lines.decode()


def own_answers(rows: pd.DataFrame) -> list[str]:
    probabilities = trained.churn_pipeline(trained.churn_data()).predict_proba(rows)
    return ["yes" if share >= 0.4 else "no" for share in probabilities[:, 1]]


def test_rows_are_answered_as_requests_are_with_the_text_of_the_columns_that_are_kept(client: httpx.Client) -> None:
    rows = trained.churn_data(330).tail(30)
    table = rows.assign(id=[f"00{number}" for number in range(30)], note='a "b",\nc')
    about, lines = chunk(client, table.to_csv(index=False), keep=["id", "note"])
    assert about == {"rows": 30, "columns": ["id", "note", "predictions"], "rejects": []}
    written = pd.read_csv(io.StringIO("id,note,predictions\n" + lines), dtype=str)
    assert written["predictions"].tolist() == own_answers(rows)
    assert written["id"].tolist() == table["id"].tolist()
    assert set(written["note"]) == {'a "b",\nc'}
    body = json.loads(rows.to_json(orient="split", index=False))
    assert client.post("/invocations", json={"dataframe_split": body}).json()["predictions"] == own_answers(rows)


def test_rows_at_fault_are_rejected_alone_with_row_column_value_and_reason(client: httpx.Client) -> None:
    rows = trained.churn_data(8).assign(id=range(8))
    lines = rows.to_csv(index=False).splitlines()
    header, *data = lines
    data[1] = "old,1.5,month,True,1"
    data[2] = "33,1.5,month,True,2,more"
    data[4] = ",1.5,month,True,4"
    data[5] = "33,1.5,raise,True,5"
    about, scored = chunk(client, "\n".join([header, *data]), keep=["id"])
    assert about["rows"] == 8
    assert [line.split(",")[0] for line in scored.splitlines()] == ["0", "3", "6", "7"]
    assert [line.split(",")[1] for line in scored.splitlines()] == own_answers(rows.iloc[[0, 3, 6, 7]])
    assert [(row, column, value) for row, column, value, _ in about["rejects"]] == [(1, "age", "old"), (2, "", "33,1.5,month,True,2,more"), (4, "age", ""), (5, "", "")]
    reasons = [reason for *_, reason in about["rejects"]]
    assert "invalid literal" in reasons[0] and "6 fields, the header 5" in reasons[1] and "no missing values" in reasons[2]
    assert reasons[3] == "The model raised FunctionFailed: steps.py:checked raised ValueError: no such contract"


def test_json_lines_keep_their_own_values(client: httpx.Client) -> None:
    rows = trained.churn_data(4)
    records = [{**record, "id": number, "tags": ["a"]} for number, record in enumerate(json.loads(rows.to_json(orient="records")))]
    records[2]["age"] = "old"
    del records[3]["contract"]
    body = "\n".join([*map(json.dumps, records[:2]), "{", "", *map(json.dumps, records[2:])])
    about, lines = chunk(client, body, "jsonl", "jsonl")
    answers = [json.loads(line) for line in lines.splitlines()]
    assert answers == [{**record, "predictions": answer} for record, answer in zip(records[:2], own_answers(rows))]
    assert [(row, column, value) for row, column, value, _ in about["rejects"]] == [(2, "", "{"), (3, "age", "old"), (4, "contract", "")]
    _, kept = chunk(client, body, "jsonl", "csv", keep=["id", "tags"])
    assert kept.splitlines()[0].startswith("0,['a'],")


@pytest.mark.parametrize(
    ("body", "keep", "message"),
    [
        ("age,monthly\n1,2\n", [], "no column contract, senior, which the model takes; it has age, monthly"),
        ("age,monthly,contract,senior\n1,2,month,True\n", ["id"], "no column id that the output could repeat"),
        ("age,monthly,contract,senior,predictions\n1,2,month,True,x\n", ["predictions"], "two columns predictions"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_as_a_whole(client: httpx.Client, body: str, keep: list[str], message: str) -> None:
    response = client.post("/batches/chunk", params={"asked": json.dumps({"source": "csv", "output": "csv", "keep": keep})}, content=body)
    assert response.status_code == 400
    assert message in response.json()["message"]


def test_other_replicas_have_no_chunks(served: Callable[[str], httpx.Client]) -> None:
    assert served("churn").post("/batches/chunk", content="a\n1\n").status_code == 404

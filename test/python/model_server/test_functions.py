"""Python functions of a release that run before and after its model."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import pytest
import trained
from replica import Replica, make_release
from slipway_server.errors import FunctionRefused

BEFORE = """
import numpy as np

def euros(rows):
    if (rows["contract"] == "raise").any():
        raise ValueError("no such contract")
    return rows.assign(monthly=rows["monthly"].clip(upper=100) / 100 * 120, contract=rows["contract"].str.lower())

def fewer(rows):
    return rows.head(1)
"""
AFTER = """
def words(answers):
    return [{"leaves": answer["label"] == "yes", "sure": max(answer["probability"].values())} for answer in answers]
"""


def own(name: str, source: str) -> dict:
    return {"file": "steps.py", "name": name, "source": source}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, model_folder: Callable[[str], Path]) -> Iterator[httpx.Client]:
    serving = {"method": "both", "threshold": 0.4, "before": own("euros", BEFORE), "after": own("words", AFTER)}
    with Replica(make_release(tmp_path_factory.mktemp("functions") / "release", model_folder("churn"), serving)) as replica, replica.until_ready() as client:
        yield client


def test_rows_are_changed_before_the_model_and_answers_after_it_also_when_requests_are_joined(client: httpx.Client) -> None:
    rows = trained.churn_data(320).tail(20)
    changed = rows.assign(monthly=rows["monthly"].clip(upper=100) / 100 * 120)
    probabilities = trained.churn_pipeline(trained.churn_data()).predict_proba(changed)
    shouted = rows.assign(contract=rows["contract"].str.upper())

    def ask(row: int) -> dict:
        body = json.loads(shouted.iloc[row : row + 1].to_json(orient="split", index=False))
        response = client.post("/invocations", json={"dataframe_split": body})
        assert response.status_code == 200, response.text
        [answer] = response.json()["predictions"]
        return answer

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(20)))
    assert [answer["leaves"] for answer in answers] == (probabilities[:, 1] >= 0.4).tolist()
    assert [answer["sure"] for answer in answers] == pytest.approx(np.max(probabilities, axis=1), abs=1e-9)


def test_a_function_that_raises_on_a_request_is_a_model_error_that_tells_no_code(client: httpx.Client) -> None:
    answer = client.post("/invocations", json={"dataframe_records": [{"age": 40, "monthly": 60.0, "contract": "raise", "senior": False}]})
    assert (answer.status_code, answer.headers["x-slipway-outcome"]) == (400, "model-error")
    assert "steps.py" not in answer.text


@pytest.mark.parametrize(
    ("serving", "code", "message"),
    [
        ({"before": own("euros", "def euros(rows:\n")}, FunctionRefused.exit_code, "steps.py of --before cannot be run, line 1: SyntaxError"),
        ({"before": own("euros", "import nowhere")}, FunctionRefused.exit_code, "steps.py of --before cannot be run: ModuleNotFoundError"),
        ({"after": own("absent", AFTER)}, FunctionRefused.exit_code, "steps.py has no function absent. Give --after FILE.py:FUNCTION"),
        ({"before": own("fewer", BEFORE)}, 15, "does not predict its own example: FunctionFailed: steps.py:fewer returned 1 items for 3 rows"),
        ({"after": own("words", AFTER)}, 15, "FunctionFailed: steps.py:words raised TypeError"),
    ],
)
def test_a_function_that_cannot_be_run_on_the_example_ends_the_replica(tmp_path: Path, model_folder: Callable[[str], Path], serving: dict, code: int, message: str) -> None:
    with Replica(make_release(tmp_path / "release", model_folder("churn"), serving)) as replica:
        assert replica.exit_code() == code
        assert any(message in line for line in replica.lines), replica.lines

"""One request that takes long does not hold up the others: what is late is not predicted, long ones are predicted in pieces, and threads come where a call is slow."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from replica import Replica, make_release
from slipway_server.batcher import MAX_BATCH_ROWS, Batcher
from slipway_server.batching import Prediction
from slipway_server.flavors.flavor import Records, Takes
from slipway_server.inputs import Matrix, ModelInput, Table, Tensors
from slipway_server.metrics import Metrics
from test_lifecycle import ask, own_function, until

HELD = """
import os, time

def function(answers):
    open(os.environ["SLOW"] + ".seen", "a").close()
    while answers[0] == 2000 and os.path.exists(os.environ["SLOW"]):
        time.sleep(0.01)
    return answers
"""
LONG = 2 * MAX_BATCH_ROWS + 10


class Noted:
    """Notes how many rows each call has, and runs something before it answers."""

    def __init__(self, answer: Callable[[object], object], takes: Takes = Takes.MATRIX, before: Callable[[], None] = lambda: None):
        self.calls: list[int] = []
        self.takes = takes
        self._answer = answer
        self._before = before

    def predict(self, rows: object) -> object:
        self.calls.append(len(next(iter(rows.values())) if isinstance(rows, dict) else rows))
        self._before()
        return self._answer(rows)


def in_loop(model: Noted, submit: Callable[[Batcher], list[asyncio.Future]]) -> list[Prediction]:
    async def run() -> list[Prediction]:
        return await asyncio.wait_for(asyncio.gather(*submit(Batcher(model, Metrics(), asyncio.get_running_loop(), 3600))), 60)

    return asyncio.run(run())


def later() -> float:
    return time.monotonic() + 3600


def test_what_is_late_is_not_predicted() -> None:
    model = Noted(lambda rows: rows[:, 0] * 2)

    def submit(batcher: Batcher) -> list[asyncio.Future]:
        batcher.submit(Matrix(np.array([[1.0]])), time.monotonic())
        return [batcher.submit(Matrix(np.array([[2.0], [3.0]])), later())]

    [answer] = in_loop(model, submit)
    assert (answer.values, model.calls) == ([4.0, 6.0], [2])


def test_others_are_predicted_between_the_pieces_of_a_long_request() -> None:
    came = threading.Event()
    model = Noted(lambda rows: rows[:, 0] * 2, before=lambda: came.wait(60))
    values = np.arange(LONG, dtype=float).reshape(-1, 1)

    def submit(batcher: Batcher) -> list[asyncio.Future]:
        long = batcher.submit(Matrix(values), later())
        until(lambda: model.calls == [MAX_BATCH_ROWS])
        short = batcher.submit(Matrix(np.array([[7.0]])), later())
        came.set()
        return [long, short]

    long, short = in_loop(model, submit)
    assert long.values == (values[:, 0] * 2).tolist()
    assert short.values == [14.0]
    assert model.calls == [MAX_BATCH_ROWS, 1, MAX_BATCH_ROWS, 10]


def _names(rows: object) -> object:
    return Records({"double": rows["n"].to_numpy() * 2, "word": rows["word"].to_numpy()})


@pytest.mark.parametrize(
    ("value", "takes", "answer"),
    [
        (Table(("n", "word"), "io", (np.arange(LONG), [f"w{row}" for row in range(LONG)]), LONG), Takes.FRAME, _names),
        (Tensors({"x": np.arange(LONG * 2.0).reshape(LONG, 2)}, LONG, True), Takes.TENSORS, lambda rows: {"sum": rows["x"].sum(axis=1), "same": rows["x"]}),
    ],
    ids=["table", "tensors"],
)
def test_pieces_give_what_all_rows_at_once_give(value: ModelInput, takes: Takes, answer: Callable[[object], object]) -> None:
    model = Noted(answer, takes)
    [pieces] = in_loop(model, lambda batcher: [batcher.submit(value, later())])
    assert model.calls == [MAX_BATCH_ROWS, MAX_BATCH_ROWS, 10]
    whole = Noted(answer, takes)
    # With parameters it is one call.
    [at_once] = in_loop(whole, lambda batcher: [batcher.submit(type(value)(**{**vars(value), "params": {}}), later())])
    assert whole.calls == [LONG]
    assert (pieces.values, pieces.dtype, pieces.per_row) == (at_once.values, at_once.dtype, True)


def test_a_long_request_whose_answer_is_not_a_row_each_is_one_call() -> None:
    model = Noted(lambda rows: float(rows.sum()))
    [answer] = in_loop(model, lambda batcher: [batcher.submit(Matrix(np.ones((LONG, 1))), later())])
    assert (answer.values, model.calls) == (float(LONG), [MAX_BATCH_ROWS, LONG])


def test_a_slow_call_does_not_hold_up_others(tmp_path: Path, model_folder: Callable[[str], Path]) -> None:
    slow = tmp_path / "slow"
    slow.touch()
    serving = {"requestTimeoutSeconds": 30, "environment": {"SLOW": str(slow)}, "after": own_function(HELD)}
    with Replica(make_release(tmp_path / "release", model_folder("gated"), serving)) as replica, replica.until_ready() as client, ThreadPoolExecutor(1) as pool:
        seen = Path(f"{slow}.seen")
        seen.unlink()
        held = pool.submit(ask, client, 1000.0)
        until(seen.exists)
        assert [ask(client, value).json() for value in (1.0, 2.0, 3.0)] == [{"predictions": [2.0]}, {"predictions": [4.0]}, {"predictions": [6.0]}]
        assert not held.done()
        slow.unlink()
        held.result()
        # As many threads as before go on.
        assert ask(client, 4.0).json() == {"predictions": [8.0]}

"""The text that tells what a kernel holds, executed as the kernel does it."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

PROGRAM = Path(__file__).parents[3] / "server/python/slipway_tools/kernel_variables.py"


def told(capsys: pytest.CaptureFixture, user: dict, hidden: frozenset = frozenset(), most: int = 100) -> dict:
    exec(PROGRAM.read_text(), {"user": user, "hidden": hidden, "most": most})
    return json.loads(capsys.readouterr().out)


def test_models_say_their_library_steps_inputs_and_whether_they_are_fitted(capsys):
    pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit([[0.0, 1.0], [1.0, 0.0]], [0, 1])
    assert told(capsys, {"pipeline": pipeline, "fresh": LogisticRegression()})["models"] == [
        {"name": "pipeline", "type": "sklearn Pipeline", "steps": ["StandardScaler", "LogisticRegression"], "fitted": True, "inputs": 2},
        {"name": "fresh", "type": "sklearn LogisticRegression", "steps": [], "fitted": False, "inputs": None},
    ]


def test_what_predicts_without_a_library_that_says_so_is_a_model_whose_state_is_unknown(capsys):
    class Constant:
        def predict(self, rows):
            return rows

    assert told(capsys, {"constant": Constant()})["models"] == [
        {"name": "constant", "type": f"{__name__.partition('.')[0]} Constant", "steps": [], "fitted": None, "inputs": None}
    ]


def test_tables_say_rows_and_columns(capsys):
    user = {"frame": pd.DataFrame({"a": [1, 2, 3]}), "matrix": np.zeros((2, 4)), "vector": np.zeros(3)}
    assert told(capsys, user)["tables"] == [
        {"name": "frame", "type": "pandas DataFrame", "rows": 3, "columns": 1},
        {"name": "matrix", "type": "numpy ndarray", "rows": 2, "columns": 4},
    ]


def test_private_hidden_and_plain_values_and_classes_are_not_told(capsys):
    frame = pd.DataFrame({"a": [1]})
    user = {"_frame": frame, "Out": frame, "number": 1, "words": ["a"], "cls": LogisticRegression, "not a name": frame}
    assert told(capsys, user, hidden=frozenset({"Out"})) == {"models": [], "tables": []}


def test_the_last_made_are_kept(capsys):
    user = {f"frame_{index}": pd.DataFrame({"a": [index]}) for index in range(5)}
    assert [table["name"] for table in told(capsys, user, most=2)["tables"]] == ["frame_3", "frame_4"]


def test_a_shape_that_raises_is_no_table(capsys):
    class Odd:
        @property
        def shape(self):
            raise RuntimeError

    assert told(capsys, {"odd": Odd()}) == {"models": [], "tables": []}

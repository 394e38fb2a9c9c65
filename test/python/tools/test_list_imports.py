"""What the listing of a pickle's imports says is what a load would import; nothing of the pickle runs."""

from __future__ import annotations

import collections
import datetime
import functools
import io
import json
import pickle
import subprocess
import sys
from pathlib import Path

import cloudpickle
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

TOOLS = Path(__file__).parents[3] / "server" / "python" / "slipway_tools"
SCRIPT = TOOLS / "list_imports.py"


def listed(*files: Path) -> list[dict]:
    """As the companion runs it: isolated, so that nothing beside the standard library is imported."""
    output = subprocess.run([sys.executable, "-I", str(SCRIPT), *map(str, files)], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in output.stdout.splitlines()]


class _Recording(pickle.Unpickler):
    """Python's own unpickler, noting what it is asked to find."""

    def __init__(self, data: bytes):
        super().__init__(io.BytesIO(data))
        self.found: set[tuple[str, str]] = set()

    def find_class(self, module: str, name: str) -> object:
        self.found.add((module, name))
        return super().find_class(module, name)


def scale(value: float) -> float:
    return value * 2


OBJECTS = {
    "pipeline": make_pipeline(ColumnTransformer([("a", StandardScaler(), ["x"]), ("b", OneHotEncoder(), ["y"])]), RandomForestClassifier(3)),
    "fitted": RandomForestClassifier(3, random_state=1).fit([[0.0], [1.0]], [0, 1]),
    "collections": [collections.OrderedDict(a=1), collections.Counter("ab"), {1, 2}, frozenset("a")],
    "shared names": [datetime.date(2020, 1, 1), datetime.date(2021, 1, 1), datetime.timedelta(1), functools.partial(max, 1)],
}


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("name", OBJECTS)
def test_it_lists_what_python_asks_for(tmp_path: Path, name: str, protocol: int) -> None:
    data = pickle.dumps(OBJECTS[name], protocol=protocol)
    recording = _Recording(data)
    recording.load()
    # Before protocol 3, names are those of Python 2; the unpickler is asked for their new ones.
    expected = recording.found if protocol > 2 else {pair for pair in recording.found if pair[0] not in ("builtins", "collections", "functools")}
    (tmp_path / "model.pkl").write_bytes(data)
    [line] = listed(tmp_path / "model.pkl")
    assert expected <= {tuple(pair) for pair in line["imports"]}
    if protocol > 2:
        assert [tuple(pair) for pair in line["imports"]] == sorted(expected)


def test_a_function_by_value_names_what_rebuilds_it(tmp_path: Path) -> None:
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    try:
        (tmp_path / "model.pkl").write_bytes(cloudpickle.dumps(scale))
    finally:
        cloudpickle.unregister_pickle_by_value(sys.modules[__name__])
    [line] = listed(tmp_path / "model.pkl")
    assert ["cloudpickle.cloudpickle", "_make_function"] in line["imports"]


class _Acts:
    def __reduce__(self) -> tuple:
        return (open, ("acted", "w"))


def test_a_pickle_that_acts_is_listed_and_does_not_act(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(_Acts()))
    [line] = listed(tmp_path / "model.pkl")
    assert ["io", "open"] in line["imports"] or ["_io", "open"] in line["imports"]
    assert not (tmp_path / "acted").exists()


UNREADABLE = {
    "cut off": pickle.dumps(OBJECTS["fitted"])[:-20],
    "no pickle": b"not a pickle",
    "empty": b"",
    # The module's name is the outcome of a call: ('po'.__add__)('six').
    "a computed name": b"\x80\x04\x8c\x08builtins\x8c\x03str\x93\x8c\x05posix\x85R\x8c\x06system\x93.",
    "outside": b"\x80\x04\x8c\x01aQ.",
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_followed_is_unreadable(tmp_path: Path, name: str) -> None:
    (tmp_path / "model.pkl").write_bytes(UNREADABLE[name])
    [line] = listed(tmp_path / "model.pkl")
    assert list(line) == ["unreadable"] and line["unreadable"]


def test_each_file_has_its_line(tmp_path: Path) -> None:
    for index, value in enumerate((datetime.date(2020, 1, 1), [1])):
        (tmp_path / f"{index}.pkl").write_bytes(pickle.dumps(value, protocol=4))
    assert listed(tmp_path / "0.pkl", tmp_path / "missing.pkl", tmp_path / "1.pkl") == [
        {"imports": [["datetime", "date"]]},
        {"unreadable": f"[Errno 2] No such file or directory: '{tmp_path / 'missing.pkl'}'"},
        {"imports": []},
    ]

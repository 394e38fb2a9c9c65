"""Python functions of mlflow: the same requests to MLflow's own scoring server and to ours, and what their pickles may do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import mlflow.pyfunc
import numpy as np
import own_models
import pytest
from fastapi.testclient import TestClient
from mlflow.models import ModelSignature
from mlflow.pyfunc import scoring_server
from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema, TensorSpec
from mlflow.types.schema import Array, Object, Property
from replica import Replica, make_release
from test_refusals import end_of

IMAGE = TensorSpec(np.dtype("float32"), (-1, 2, 2), "image")
WEIGHT = TensorSpec(np.dtype("float64"), (-1, 1), "weight")
IMAGES = [[[1, 2], [3, 4]], [[0.5, 0], [0, -1]]]
#: A file that makes a model, which mlflow logs in place of a pickle.
FROM_CODE = """
import mlflow

class Shouts(mlflow.pyfunc.PythonModel):
    def predict(self, model_input: list[str], params=None) -> list[str]:
        return [text.upper() for text in model_input]

mlflow.models.set_model(Shouts())
"""


def save(folder: Path, model: object, inputs: Schema | None = None, params: ParamSchema | None = None, **options: object) -> None:
    signature = None if inputs is None else ModelSignature(inputs=inputs, params=params)
    mlflow.pyfunc.save_model(folder, python_model=model, signature=signature, code_paths=[own_models.__file__], pip_requirements=["mlflow", "cloudpickle"], **options)


def save_scaled(folder: Path) -> None:
    factor = folder.with_suffix(".txt")
    factor.write_text("3", "utf-8")
    params = ParamSchema([ParamSpec("plus", "long", 0)])
    save(folder, own_models.Scaled(), Schema([ColSpec("double", "a"), ColSpec("string", "b", required=False)]), params, artifacts={"factor": str(factor)}, model_config={"by": 2})


def save_from_code(folder: Path) -> None:
    code = folder.with_suffix(".py")
    code.write_text(FROM_CODE, "utf-8")
    mlflow.pyfunc.save_model(folder, python_model=str(code), input_example=["a"], pip_requirements=["mlflow"])


SAVE: dict[str, Callable[[Path], None]] = {
    "scaled": save_scaled,
    "tensor": lambda folder: save(folder, own_models.Sums(), Schema([TensorSpec(np.dtype("float32"), (-1, 2, 2))])),
    "tensors": lambda folder: save(folder, own_models.Sums(), Schema([IMAGE, WEIGHT])),
    "nested": lambda folder: save(folder, own_models.Shapes(), Schema([ColSpec(Array("long"), "ids"), ColSpec(Object([Property("x", "double")]), "point")])),
    "free": lambda folder: save(folder, own_models.Shapes()),
    "from code": save_from_code,
}
SPLIT = {"dataframe_split": {"columns": ["a", "b"], "data": [[1.5, "x"], [2, None]]}}
NESTED = {"ids": [1, 2, 3], "point": {"x": 0.5}}
CASES: list[tuple[str, object]] = [
    ("scaled", SPLIT),
    ("scaled", {**SPLIT, "params": {"plus": 5}}),
    ("scaled", {**SPLIT, "params": {"plus": 5, "unknown": 1}}),
    ("scaled", {**SPLIT, "params": {"plus": "much"}}),
    ("scaled", {"dataframe_records": [{"a": 1}]}),
    ("scaled", {"inputs": {"a": [1, 2], "b": ["x", "y"]}}),
    ("scaled", {"instances": [{"a": 1, "b": "x"}]}),
    ("scaled", {"dataframe_records": [{"a": 1001}]}),
    ("scaled", {"dataframe_records": [{"b": "x"}]}),
    ("scaled", "a,b\n1.5,x\n2,\n"),
    ("tensor", {"inputs": IMAGES}),
    ("tensor", {"instances": IMAGES}),
    ("tensor", {"inputs": [[1, 2]]}),
    ("tensors", {"inputs": {"image": IMAGES, "weight": [[1], [2]]}}),
    ("tensors", {"instances": [{"image": IMAGES[0], "weight": [1]}, {"image": IMAGES[1], "weight": [2]}]}),
    ("tensors", {"inputs": {"image": IMAGES}}),
    ("tensors", {"inputs": {"image": [[1, 2]], "weight": [[1]]}}),
    ("nested", {"inputs": NESTED}),
    ("nested", {"inputs": [NESTED, NESTED]}),
    ("nested", {"dataframe_records": [NESTED]}),
    ("nested", {"dataframe_split": {"columns": list(NESTED), "data": [list(NESTED.values())]}}),
    ("from code", {"inputs": ["a", "b"]}),
    ("from code", {"dataframe_records": [{"0": "a"}]}),
    ("free", {"inputs": [1, 2.5]}),
    ("free", {"inputs": [[[1], [2]]]}),
    ("free", {"inputs": {"a": [1, 2], "b": ["x", "y"]}}),
    ("free", {"inputs": [{"a": 1}, {"a": 2}]}),
    ("free", {"instances": [{"a": 1}, {"a": 2}]}),
    ("free", {"dataframe_split": {"columns": ["a", "b"], "data": [[1.5, "x"], [2, "y"]]}}),
    ("free", "a,b\n1.5,x\n"),
]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], tuple[httpx.Client, TestClient]]]:
    """A client of our server and one of MLflow's, by the model's name; each is started once."""
    replicas: list[Replica] = []
    found: dict[str, tuple[httpx.Client, TestClient]] = {}

    def get(name: str) -> tuple[httpx.Client, TestClient]:
        if name not in found:
            folder = tmp_path_factory.mktemp("function")
            SAVE[name](folder / "model")
            replicas.append(Replica(make_release(folder / "release", folder / "model", name="m")))
            theirs = TestClient(scoring_server.init(mlflow.pyfunc.load_model(str(folder / "model"))), raise_server_exceptions=False)
            found[name] = replicas[-1].until_ready(), theirs
        return found[name]

    yield get
    for replica in replicas:
        replica.__exit__()


@pytest.mark.parametrize(("name", "body"), CASES, ids=[f"{name}: {json.dumps(body)[:90]}" for name, body in CASES])
def test_answers_as_mlflow_does(both: Callable[[str], tuple[httpx.Client, TestClient]], name: str, body: object) -> None:
    content, kind = (body, "text/csv") if isinstance(body, str) else (json.dumps(body), "application/json")
    ours, theirs = (client.post("/invocations", content=content, headers={"content-type": kind}) for client in both(name))
    assert ours.status_code == theirs.status_code, (ours.text, theirs.text)
    if theirs.status_code == 200:
        assert ours.json() == theirs.json()
    else:
        assert ours.json()["error_code"] == theirs.json()["error_code"], (ours.text, theirs.text)


INFER: list[tuple[str, dict, object]] = [
    ("scaled", {"inputs": [{"name": "a", "shape": [2], "datatype": "FP64", "data": [1.5, 2]}], "parameters": {"plus": 5}}, [[14.0, 17.0]]),
    ("tensor", {"inputs": [{"name": "x", "shape": [2, 2, 2], "datatype": "FP32", "data": IMAGES}]}, [[10.0, -0.5]]),
    (
        "tensors",
        {"inputs": [{"name": "image", "shape": [2, 2, 2], "datatype": "FP32", "data": IMAGES}, {"name": "weight", "shape": [2, 1], "datatype": "FP64", "data": [1, 2]}]},
        [[11.0, 1.5], [1.0, 2.0]],
    ),
    ("from code", {"inputs": [{"name": "x", "shape": [2], "datatype": "BYTES", "data": ["a", "b"]}]}, [["A", "B"]]),
]


@pytest.mark.parametrize(("name", "body", "expected"), INFER, ids=[case[0] for case in INFER])
def test_open_inference_takes_parameters_and_tensors_of_any_rank(both: Callable[[str], tuple[httpx.Client, TestClient]], name: str, body: dict, expected: object) -> None:
    answer = both(name)[0].post("/v2/models/m/infer", json=body)
    assert answer.status_code == 200, answer.text
    assert [output["data"] for output in answer.json()["outputs"]] == expected


def test_requests_with_other_parameters_are_not_predicted_together(both: Callable[[str], tuple[httpx.Client, TestClient]]) -> None:
    """What waits while a batch runs is joined; a parameter would hold for all of it."""
    from concurrent.futures import ThreadPoolExecutor

    client = both("scaled")[0]

    def ask(plus: int) -> object:
        return client.post("/invocations", json={"dataframe_records": [{"a": 1}], "params": {"plus": plus}}).json()["predictions"]

    with ThreadPoolExecutor(16) as pool:
        for plus, predictions in zip(range(64), pool.map(ask, range(64))):
            assert predictions == [{"a": 6.0 + plus}]


def test_a_nested_value_that_does_not_fit_is_a_fault_of_the_request(both: Callable[[str], tuple[httpx.Client, TestClient]]) -> None:
    answer = both("nested")[0].post("/invocations", json={"dataframe_records": [{**NESTED, "point": {"y": 1}}]})
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert "'x'" in answer.json()["message"] and "x-slipway-outcome" not in answer.headers


def test_code_inside_of_a_pickle_is_refused_and_let_through_by_a_yes(tmp_path: Path) -> None:
    mlflow.pyfunc.save_model(tmp_path / "model", python_model=lambda model_input: model_input, pip_requirements=["mlflow"], input_example=["a"])
    code, line = end_of(make_release(tmp_path / "release", tmp_path / "model"))
    assert (code, " import-refused " in line) == (17, True)
    assert "code_paths" in line and "python_model.pkl" in line
    allowed = make_release(tmp_path / "allowed", tmp_path / "model", serving={"allowedImports": ["cloudpickle.cloudpickle._make_function"]}, name="m")
    with Replica(allowed) as replica, replica.until_ready() as client:
        assert client.post("/invocations", json={"inputs": ["a"]}).json() == {"predictions": [{"0": "a"}]}

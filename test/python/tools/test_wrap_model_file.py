"""Files that were never logged with MLflow: what is found out about each without loading it, and that it is what mlflow's own loaders need."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from pathlib import Path

import joblib
import lightgbm
import numpy as np
import pandas as pd
import pytest
import skops.io
import sklearn
import xgboost
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

PYTHON = Path(__file__).parents[3] / "server" / "python"
SCRIPT = PYTHON / "slipway_tools" / "wrap_model_file.py"
sys.path.insert(0, str(PYTHON))

from slipway_tools.wrap_model_file import main

TABLE = pd.DataFrame({"a": np.linspace(-1, 1, 40), "b": np.arange(40) % 3})
LABELS = (TABLE["a"] > 0).astype(int)
PIPELINE = make_pipeline(StandardScaler(), LogisticRegression()).fit(TABLE, LABELS)


def write_files(folder: Path) -> dict[str, tuple[str, dict]]:
    """Files of each form, with the flavor and what its settings have to hold."""
    joblib.dump(PIPELINE, folder / "model.joblib")
    joblib.dump(PIPELINE, folder / "small.joblib", compress=3)
    (folder / "model.pkl").write_bytes(pickle.dumps(PIPELINE))
    (folder / "old.pkl").write_bytes(pickle.dumps(PIPELINE, 2))
    skops.io.dump(PIPELINE, folder / "model.skops")
    classifier = xgboost.XGBClassifier(n_estimators=3).fit(TABLE, LABELS)
    classifier.save_model(folder / "classifier.json")
    classifier.save_model(folder / "classifier.ubj")
    classifier.get_booster().set_attr(scikit_learn=None)
    xgboost.train({"objective": "binary:logistic"}, xgboost.DMatrix(TABLE, LABELS), 3).save_model(folder / "booster.ubj")
    lightgbm.train({"objective": "binary", "verbose": -1}, lightgbm.Dataset(TABLE, LABELS), 3).save_model(folder / "booster.txt")
    # A graph without nodes: what it does is not looked at.
    (folder / "model.onnx").write_bytes(b"\x08\x0a\x3a\x00")
    by_pickle = {"sklearn_version": sklearn.__version__, "serialization_format": "pickle"}
    by_joblib = {**by_pickle, "serialization_format": "joblib"}
    return {
        "model.joblib": ("sklearn", by_joblib),
        "small.joblib": ("sklearn", by_joblib),
        "model.pkl": ("sklearn", by_pickle),
        "old.pkl": ("sklearn", by_pickle),
        "model.skops": ("sklearn", {"serialization_format": "skops"}),
        "classifier.json": ("xgboost", {"model_format": "json", "model_class": "xgboost.sklearn.XGBClassifier", "xgb_version": xgboost.__version__}),
        "classifier.ubj": ("xgboost", {"model_format": "ubj", "model_class": "xgboost.sklearn.XGBClassifier", "xgb_version": xgboost.__version__}),
        "booster.ubj": ("xgboost", {"model_format": "ubj", "model_class": "xgboost.core.Booster", "xgb_version": xgboost.__version__}),
        "booster.txt": ("lightgbm", {"lgb_version": lightgbm.__version__}),
        "model.onnx": ("onnx", {}),
    }


def wrapped(file: Path, example: Path | None = None) -> tuple[dict, dict]:
    """The answer, and MLmodel where one was made."""
    folder = file.parent / f"{file.name}-model"
    folder.mkdir()
    answer = main(str(file), str(folder), *([] if example is None else [str(example)]))
    mlmodel = folder / "MLmodel"
    return answer, json.loads(mlmodel.read_text("utf-8")) if mlmodel.exists() else {}


def test_each_form_is_known_with_the_version_of_its_library(tmp_path: Path) -> None:
    for name, (flavor, settings) in write_files(tmp_path).items():
        answer, mlmodel = wrapped(tmp_path / name)
        assert answer.get("flavor") == flavor, (name, answer)
        said = mlmodel["flavors"][flavor]
        assert {key: said.get(key) for key in settings} == settings, name
        assert (tmp_path / f"{name}-model" / name).read_bytes() == (tmp_path / name).read_bytes()
        if flavor == "sklearn":
            assert f"scikit-learn=={sklearn.__version__}" in answer["requirements"], name


def test_the_version_in_a_file_counts_before_the_one_that_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("sklearn.base.__version__", "1.3.99")
        joblib.dump(PIPELINE, tmp_path / "model.joblib")
    answer, mlmodel = wrapped(tmp_path / "model.joblib")
    assert "scikit-learn==1.3.99" in answer["requirements"] and mlmodel["flavors"]["sklearn"]["sklearn_version"] == "1.3.99"


def test_nothing_of_a_file_runs(tmp_path: Path) -> None:
    class Acts:
        def __reduce__(self) -> tuple:
            return Path.touch, (tmp_path / "marker",)

    (tmp_path / "model.pkl").write_bytes(pickle.dumps([PIPELINE, Acts()]))
    assert wrapped(tmp_path / "model.pkl")[0]["flavor"] == "sklearn"
    assert not (tmp_path / "marker").exists()


def test_an_example_gives_the_signature(tmp_path: Path) -> None:
    joblib.dump(PIPELINE, tmp_path / "model.joblib")
    (tmp_path / "example.csv").write_text("a,b,c,d,e\n1.5,1,x,true,\n2,2,y,false,4\n", "utf-8")
    _, mlmodel = wrapped(tmp_path / "model.joblib", tmp_path / "example.csv")
    assert [(item["name"], item["type"]) for item in json.loads(mlmodel["signature"]["inputs"])] == [("a", "double"), ("b", "long"), ("c", "string"), ("d", "boolean"), ("e", "double")]
    request = json.loads((tmp_path / "model.joblib-model" / "serving_input_example.json").read_text("utf-8"))
    assert request == {"dataframe_split": {"columns": list("abcde"), "data": [[1.5, 1, "x", True, None], [2, 2, "y", False, 4]]}}


@pytest.mark.parametrize(
    ("content", "inputs"),
    [
        ([{"a": 1.5, "b": 2}], [("a", "double"), ("b", "long")]),
        ({"dataframe_split": {"columns": ["a", "b"], "data": [[1.5, 2]]}}, [("a", "double"), ("b", "long")]),
        ({"inputs": [[1.5, 2]]}, [(None, "tensor")]),
        ([[1.5, 2]], [(None, "tensor")]),
    ],
)
def test_an_example_may_be_json_of_several_forms(tmp_path: Path, content: object, inputs: list) -> None:
    joblib.dump(PIPELINE, tmp_path / "model.joblib")
    (tmp_path / "example.json").write_text(json.dumps(content), "utf-8")
    _, mlmodel = wrapped(tmp_path / "model.joblib", tmp_path / "example.json")
    assert [(item.get("name"), item["type"]) for item in json.loads(mlmodel["signature"]["inputs"])] == inputs


@pytest.mark.parametrize("content", ["", "a,b\n", "a,b\n1\n"])
def test_an_example_without_rows_of_one_length_is_named(tmp_path: Path, content: str) -> None:
    joblib.dump(PIPELINE, tmp_path / "model.joblib")
    (tmp_path / "example.csv").write_text(content, "utf-8")
    answer, _ = wrapped(tmp_path / "model.joblib", tmp_path / "example.csv")
    assert answer["field"] == "source.example" and "example.csv" in answer["message"] and answer["remedy"]


def test_a_module_beside_the_file_goes_with_it_and_one_that_is_nowhere_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_steps.py").write_text("class Step:\n    pass\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    import own_steps

    (tmp_path / "model.pkl").write_bytes(pickle.dumps(own_steps.Step()))
    _, mlmodel = wrapped(tmp_path / "model.pkl")
    assert mlmodel["flavors"]["sklearn"]["code"] == "code"
    assert (tmp_path / "model.pkl-model" / "code" / "own_steps.py").is_file()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "model.pkl").write_bytes((tmp_path / "model.pkl").read_bytes())
    answer, _ = wrapped(elsewhere / "model.pkl")
    assert "own_steps" in answer["message"] and "own_steps.py beside the file" in answer["remedy"]


@pytest.mark.parametrize("name", ["model.joblib", "model.pkl", "model.skops", "model.json", "model.ubj", "model.txt", "model.onnx", "model.h5", "missing.pkl"])
def test_what_is_no_model_is_refused_with_what_to_do(tmp_path: Path, name: str) -> None:
    if name != "missing.pkl":
        (tmp_path / name).write_bytes(b"no model at all")
    answer, _ = wrapped(tmp_path / name)
    assert name in answer["message"] and answer["remedy"] and answer["field"] == "source.path"


def test_it_needs_the_standard_library_alone(tmp_path: Path) -> None:
    joblib.dump(PIPELINE, tmp_path / "model.joblib")
    (tmp_path / "out").mkdir()
    answer = subprocess.run([sys.executable, "-I", "-S", SCRIPT, tmp_path / "model.joblib", tmp_path / "out"], capture_output=True, text=True, check=True)
    assert json.loads(answer.stdout)["requirements"] == ["joblib", "numpy", f"scikit-learn=={sklearn.__version__}"]

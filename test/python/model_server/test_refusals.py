"""Releases that cannot be served: each ends with its own exit code and one line that says what to do."""

from __future__ import annotations

import json
import pickle
import socket
from collections.abc import Callable
from pathlib import Path

import halves
import mlflow.pyfunc
import mlflow.sklearn
import pandas as pd
import pytest
import sklearn
import trained
import yaml
from replica import Replica, make_release

Folder = Callable[[str], Path]


def end_of(release: Path, environment: dict[str, str] | None = None) -> tuple[int, str]:
    """Exit code and last log line of a server that cannot serve."""
    with Replica(release, environment=environment) as replica:
        code = replica.exit_code()
        errors = [line for line in replica.lines if " error " in line]
        assert errors, replica.lines
        assert "Traceback" not in "\n".join(replica.lines)
        return code, errors[-1]


def change_mlmodel(release: Path, change: Callable[[dict], None]) -> None:
    path = release / "model" / "MLmodel"
    document = yaml.safe_load(path.read_text("utf-8"))
    change(document)
    path.write_text(yaml.safe_dump(document), "utf-8")
    forget_digests(release)


def forget_digests(release: Path) -> None:
    path = release / "release.json"
    document = json.loads(path.read_text("utf-8"))
    del document["model"]["files"]
    path.write_text(json.dumps(document), "utf-8")


def test_a_model_file_that_is_not_the_released_one(tmp_path: Path, model_folder: Folder) -> None:
    release = make_release(tmp_path / "release", model_folder("churn"))
    model = release / "model" / "model.pkl"
    data = bytearray(model.read_bytes())
    data[len(data) // 2] ^= 1
    model.write_bytes(data)
    code, line = end_of(release)
    assert (code, " digest-mismatch " in line) == (12, True)
    assert "model.pkl" in line


def test_a_model_file_that_is_missing(tmp_path: Path, model_folder: Folder) -> None:
    release = make_release(tmp_path / "release", model_folder("churn"))
    (release / "model" / "model.pkl").unlink()
    code, line = end_of(release)
    assert (code, "model.pkl is missing" in line) == (12, True)


@pytest.mark.parametrize("content", [b"", b"not a pickle", b"\x80\x04\x95\xff\xff"])
def test_a_model_file_that_cannot_be_read(tmp_path: Path, model_folder: Folder, content: bytes) -> None:
    release = make_release(tmp_path / "release", model_folder("churn"))
    (release / "model" / "model.pkl").write_bytes(content)
    forget_digests(release)
    code, line = end_of(release)
    assert (code, " model-not-loadable " in line) == (13, True)


def test_a_model_of_another_scikit_learn_by_its_description(tmp_path: Path, model_folder: Folder) -> None:
    release = make_release(tmp_path / "release", model_folder("churn"))
    change_mlmodel(release, lambda document: document["flavors"]["sklearn"].update(sklearn_version="0.24.2"))
    code, line = end_of(release)
    assert (code, " version-mismatch " in line) == (14, True)
    assert "0.24.2" in line and sklearn.__version__ in line


def test_a_model_of_another_scikit_learn_by_what_is_pickled(tmp_path: Path, model_folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    data = trained.churn_data()
    pipeline = trained.churn_pipeline(data)
    release = make_release(tmp_path / "release", model_folder("churn"))
    monkeypatch.setattr("sklearn.base.__version__", "1.3.99")
    (release / "model" / "model.pkl").write_bytes(pickle.dumps(pipeline))
    change_mlmodel(release, lambda document: document["flavors"]["sklearn"].pop("sklearn_version"))
    code, line = end_of(release)
    assert (code, " version-mismatch " in line) == (14, True)
    assert "1.3.99" in line and sklearn.__version__ in line


class Doubled(mlflow.pyfunc.PythonModel):
    def predict(self, context: object, model_input: object, params: object = None) -> object:
        return model_input


def test_a_flavor_that_is_not_supported(tmp_path: Path) -> None:
    mlflow.pyfunc.save_model(tmp_path / "model", python_model=Doubled(), pip_requirements=[])
    release = make_release(tmp_path / "release", tmp_path / "model")
    change_mlmodel(release, lambda document: document.update(flavors={"elsewhere": {}}))
    code, line = end_of(release)
    assert (code, " unsupported-flavor " in line) == (11, True)
    assert "elsewhere" in line and "sklearn" in line


def test_a_package_that_the_environment_lacks(tmp_path: Path) -> None:
    model = trained.save_gated(tmp_path / "model", packaged=False)
    code, line = end_of(make_release(tmp_path / "release", model))
    assert (code, " import-refused " in line) == (17, True)
    assert "imports gated.Gated" in line and "code_paths" in line and "requirements" in line


def test_scikit_learn_that_cannot_be_imported_and_a_model_that_does_not_import_it(tmp_path: Path, model_folder: Folder) -> None:
    (tmp_path / "broken" / "sklearn").mkdir(parents=True)
    (tmp_path / "broken" / "sklearn" / "__init__.py").write_text('raise ImportError("libgomp.so.1: cannot open shared object file")', "utf-8")
    environment = {"PYTHONPATH": str(tmp_path / "broken")}
    with Replica(make_release(tmp_path / "needs", model_folder("churn")), fresh=True, environment=environment) as replica:
        code = replica.exit_code()
        line = next(line for line in replica.lines if " error " in line)
        assert (code, " model-not-loadable " in line) == (13, True)
        assert "scikit-learn cannot be imported" in line and "libgomp.so.1" in line
    features = pd.DataFrame({"x": [1.0, 3.0]})
    mlflow.sklearn.save_model(
        halves.Halves(), tmp_path / "model", signature=mlflow.models.infer_signature(features, features["x"]), serialization_format="pickle", code_paths=[halves.__file__], pip_requirements=[]
    )
    release = make_release(tmp_path / "own", tmp_path / "model")
    with Replica(release, fresh=True, environment=environment) as replica, replica.until_ready() as client:
        assert client.post("/invocations", json={"dataframe_records": [{"x": 3.0}]}).json() == {"predictions": [1.5]}


@pytest.mark.parametrize("before", ["class Gated", "        if calls :="])
def test_a_module_that_was_forgotten_when_it_loads_or_when_it_predicts(tmp_path: Path, before: str) -> None:
    model = trained.save_gated(tmp_path / "model")
    [source] = model.rglob("gated.py")
    indent = before[: len(before) - len(before.lstrip())]
    source.write_text(source.read_text("utf-8").replace(before, f"{indent}import churn_helpers\n{before}"), "utf-8")
    example = {"request": {"dataframe_records": [{"x": 1.0}]}, "response": {"predictions": [2.0]}}
    code, line = end_of(make_release(tmp_path / "release", model, example=example))
    assert (code, " model-not-loadable " in line) == (13, True)
    assert "churn_helpers" in line and "code_paths" in line and "requirements" in line


def test_an_example_that_the_model_does_not_predict(tmp_path: Path, model_folder: Folder) -> None:
    example = {"request": {"dataframe_records": [{"age": 1}]}, "response": {"predictions": ["no"]}}
    code, line = end_of(make_release(tmp_path / "release", model_folder("churn"), example=example))
    assert (code, " warm-up-failed " in line) == (15, True)
    assert "monthly" in line


def test_a_port_that_is_taken(tmp_path: Path, model_folder: Folder) -> None:
    import subprocess
    import sys

    from replica import PACKAGE_FOLDER

    release = make_release(tmp_path / "release", model_folder("churn"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = subprocess.run(
            [sys.executable, "-m", "slipway_server", "--release", str(release), "--port", str(port)],
            env={"PYTHONPATH": str(PACKAGE_FOLDER)},
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert ended.returncode == 16
    assert f"127.0.0.1:{port}" in ended.stderr


@pytest.mark.parametrize("broken", ["release.json", "model/MLmodel"])
@pytest.mark.parametrize("content", [None, "{", "[]"])
def test_a_release_folder_that_is_not_complete(tmp_path: Path, model_folder: Folder, broken: str, content: str | None) -> None:
    release = make_release(tmp_path / "release", model_folder("churn"))
    if content is None:
        (release / broken).unlink()
    else:
        (release / broken).write_text(content, "utf-8")
    code, line = end_of(release)
    assert (code, " invalid-release " in line) == (10, True)
    assert broken.split("/")[-1] in line


@pytest.mark.parametrize("name", ["../../outside.pkl", "/etc/hostname"])
def test_a_model_path_outside_of_the_model_folder(tmp_path: Path, model_folder: Folder, name: str) -> None:
    release = make_release(tmp_path / "release", model_folder("churn"))
    change_mlmodel(release, lambda document: document["flavors"]["sklearn"].update(pickled_model=name))
    code, line = end_of(release)
    assert (code, "outside of the model folder" in line) == (10, True)

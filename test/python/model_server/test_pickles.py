"""What a model's pickles may import is enforced where they are loaded: in the replica, whatever loads them and however the file is named."""

from __future__ import annotations

import io
import json
import os
import pickle
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import cloudpickle
import joblib
import lightgbm
import numpy as np
import pandas as pd
import pytest
import sklearn
import trained
import yaml
from replica import Replica, make_release
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor, make_column_selector
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from slipway_server.errors import ImportRefused
from slipway_server.pickles.guard import guarded
from slipway_server.pickles.policy import Policy
from slipway_server.pickles.required import installed_by

FORMATS = ("pickle", "cloudpickle", "joblib")


class Acts:
    """Writes a file when it is unpickled."""

    def __init__(self, marker: Path):
        self.marker = marker

    def __reduce__(self) -> tuple:
        return (os.system, (f"touch {self.marker}",))


def save(folder: Path, model: object, serialization: str = "pickle", requirements: str = "scikit-learn\n", file: str = "model.pkl", **settings: object) -> Path:
    """A model folder as MLflow lays it out, without the look at the model that MLflow takes."""
    folder.mkdir()
    with (folder / file).open("wb") as stream:
        {"pickle": pickle.dump, "cloudpickle": cloudpickle.dump, "joblib": joblib.dump}[serialization](model, stream)
    entry = {"pickled_model": file, "serialization_format": serialization, "sklearn_version": sklearn.__version__, **settings}
    flavors = {"sklearn": entry, "python_function": {"loader_module": "mlflow.sklearn", "model_path": file}}
    (folder / "MLmodel").write_text(yaml.safe_dump({"flavors": flavors}), "utf-8")
    (folder / "requirements.txt").write_text(requirements, "utf-8")
    return folder


def refusal_of(release: Path) -> str:
    """What the log of a server says that does not load its model for what the pickle imports."""
    with Replica(release) as replica:
        assert replica.exit_code() == 17, replica.lines
        [line] = [line for line in replica.lines if " error import-refused " in line]
        [offered] = [line.partition(' info allowable imports="')[2][:-1] for line in replica.lines if " info allowable " in line]
        [item] = json.loads(offered.replace("\\\\", "\\"))
        assert f"imports {item['name']} when it is loaded, {item['why']}" in line and item["file"] in line
        return line


@pytest.mark.parametrize("serialization", FORMATS)
def test_what_acts_does_not_act(tmp_path: Path, serialization: str) -> None:
    marker = tmp_path / "acted"
    line = refusal_of(make_release(tmp_path / "release", save(tmp_path / "model", Acts(marker), serialization)))
    assert not marker.exists()
    assert "model.pkl imports posix.system" in line or "model.pkl imports nt.system" in line
    assert "--allow-pickle" in line


@pytest.mark.parametrize("name", ["./model.bin", "data/../model.bin", "a/./../model.bin"])
def test_another_spelling_of_the_file_changes_nothing(tmp_path: Path, name: str) -> None:
    marker = tmp_path / "acted"
    model = save(tmp_path / "model", Acts(marker), file="model.bin", pickled_model=name)
    for folder in ("data", "a"):
        (model / folder).mkdir()
    assert "model.bin imports" in refusal_of(make_release(tmp_path / "release", model))
    assert not marker.exists()


def test_a_merge_key_changes_nothing(tmp_path: Path) -> None:
    marker = tmp_path / "acted"
    model = save(tmp_path / "model", Acts(marker), file="model.bin")
    (model / "MLmodel").write_text(f"base: &base {{pickled_model: model.bin}}\nflavors:\n  sklearn:\n    <<: *base\n    sklearn_version: {sklearn.__version__}\n", "utf-8")
    assert "model.bin imports" in refusal_of(make_release(tmp_path / "release", model))
    assert not marker.exists()


def test_a_pickle_with_a_bad_end_does_not_act_before_it_fails(tmp_path: Path) -> None:
    marker = tmp_path / "acted"
    model = save(tmp_path / "model", None)
    (model / "model.pkl").write_bytes(f"cposix\nsystem\n(S'touch {marker}'\ntR\xff".encode("latin-1"))
    with Replica(make_release(tmp_path / "release", model)) as replica:
        assert replica.exit_code() == 13
        assert "model.pkl cannot be checked" in "\n".join(replica.lines)
    assert not marker.exists()


@pytest.mark.parametrize("asked", ["posix.system", "packaging.version.parse"])
def test_types_that_a_model_asks_skops_to_trust_are_judged_as_well(tmp_path: Path, asked: str) -> None:
    model = trained.save_churn(tmp_path / "model", serialization_format="skops", skops_trusted_types=["numpy.dtype"])
    document = yaml.safe_load((model / "MLmodel").read_text("utf-8"))
    document["flavors"]["sklearn"]["skops_trusted_types"] = ["numpy.dtype", asked]
    (model / "requirements.txt").write_text("scikit-learn\npackaging\n", "utf-8")
    (model / "MLmodel").write_text(yaml.safe_dump(document), "utf-8")
    assert f"imports {asked}" in refusal_of(make_release(tmp_path / "release", model))


def scale(value: object) -> object:
    return value


@pytest.fixture
def by_value(tmp_path: Path) -> Path:
    """A model whose function is inside of its pickle."""
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    try:
        return save(tmp_path / "model", make_pipeline(FunctionTransformer(scale), StandardScaler(), LinearRegression()).fit([[1.0], [2.0]], [1.0, 2.0]), "cloudpickle")
    finally:
        cloudpickle.unregister_pickle_by_value(sys.modules[__name__])


def test_code_inside_of_a_pickle_is_loaded_after_a_yes_alone(tmp_path: Path, by_value: Path) -> None:
    line = refusal_of(make_release(tmp_path / "refused", by_value))
    assert "code_paths" in line
    allowed = line.split("--allow-pickle ")[1].split(";")[0]
    with Replica(make_release(tmp_path / "allowed", by_value, serving={"allowedImports": [allowed]})) as replica:
        answer = replica.until_ready().post("/invocations", json={"inputs": [[3.0]]})
        assert answer.json()["predictions"] == pytest.approx([3.0])


def numbers(rows: int = 60) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(5)
    features = np.abs(random.normal(size=(rows, 3)))
    return features, (features[:, 0] > np.median(features[:, 0])).astype(int)


def frame() -> tuple[pd.DataFrame, np.ndarray]:
    features, labels = numbers()
    return pd.DataFrame(features, columns=["a", "b", "c"]).assign(d=np.where(labels, "u", "v")), labels


def columns() -> ColumnTransformer:
    logs = make_pipeline(FunctionTransformer(np.log1p), StandardScaler())
    return ColumnTransformer([("logs", logs, make_column_selector(dtype_include=np.number)), ("kinds", OneHotEncoder(handle_unknown="ignore"), ["d"])])


MODELS: dict[str, Callable[[], object]] = {
    "columns": lambda: make_pipeline(columns(), HistGradientBoostingClassifier(max_iter=5)).fit(*frame()),
    "forest": lambda: RandomForestClassifier(5, random_state=np.random.RandomState(1)).fit(*numbers()),
    "boosting": lambda: GradientBoostingClassifier(n_estimators=5).fit(*numbers()),
    "search": lambda: GridSearchCV(LogisticRegression(), {"C": [0.5, 1]}, scoring="roc_auc", cv=3).fit(*numbers()),
    "neighbors": lambda: KNeighborsClassifier(algorithm="ball_tree", metric="manhattan").fit(*numbers()),
    "selected": lambda: make_pipeline(SelectKBest(f_classif, k=2), LogisticRegression()).fit(*numbers()),
    "target": lambda: TransformedTargetRegressor(LinearRegression(), func=np.log1p, inverse_func=np.expm1).fit(numbers()[0], numbers()[0][:, 0]),
    "lightgbm": lambda: lightgbm.LGBMClassifier(n_estimators=3, verbose=-1, min_child_samples=2).fit(*numbers()),
    "frame": lambda: {"categories": pd.Categorical(["a", "b"]), "table": frame()[0], "times": pd.date_range("2020", periods=2, tz="UTC"), "some": pd.Series([1, None], dtype="Int64")},
}


@pytest.mark.parametrize("name", MODELS)
def test_models_of_every_kind_load(tmp_path: Path, name: str) -> None:
    from slipway_server.flavors.flavor import SavedModel
    from slipway_server.flavors.serialized import load_estimator
    from slipway_server.signature import parse_signature

    model = MODELS[name]()
    policy = Policy(brings=installed_by("scikit-learn\nlightgbm\n"))
    for serialization in FORMATS:
        path = tmp_path / f"{serialization}.pkl"
        with path.open("wb") as stream:
            {"pickle": pickle.dump, "cloudpickle": cloudpickle.dump, "joblib": joblib.dump}[serialization](model, stream)
        with guarded(policy, path.name):
            loaded = load_estimator(SavedModel(path, {}, serialization, "predict", parse_signature(None), policy))
        assert type(loaded) is type(model)


OFFICIAL = {
    "pickle": lambda data: pickle.loads(data),
    "pickle, in Python": lambda data: pickle._loads(data),
    "cloudpickle": lambda data: cloudpickle.loads(data),
    "joblib": lambda data: joblib.load(io.BytesIO(data)),
    "pandas": lambda data: pd.read_pickle(io.BytesIO(data), compression=None),
    "another thread": lambda data: _in_a_thread(data),
}


def _in_a_thread(data: bytes) -> None:
    thread = threading.Thread(target=lambda: pickle.loads(data))
    thread.start()
    thread.join()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("name", OFFICIAL)
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_no_way_to_unpickle_goes_round_the_table(tmp_path: Path, name: str, protocol: int) -> None:
    data = pickle.dumps(Acts(tmp_path / "acted"), protocol=protocol)
    with pytest.raises(ImportRefused), guarded(Policy(), "nested"):
        OFFICIAL[name](data)
    assert not (tmp_path / "acted").exists()


def test_a_refusal_that_is_swallowed_is_told_all_the_same(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="posix.system"), guarded(Policy(), "model.pkl"):
        try:
            pickle.loads(pickle.dumps(Acts(tmp_path / "acted")))
        except ImportRefused:
            pass


def test_names_of_python_2_are_judged_by_what_they_mean() -> None:
    policy = Policy(own=frozenset({"commands"}))
    with pytest.raises(ImportRefused, match="subprocess.getoutput"), guarded(policy, "model.pkl"):
        pickle.loads(b"ccommands\ngetoutput\n(S'echo no'\ntR.")
    with guarded(policy, "model.pkl"):
        assert pickle.loads(b"c__builtin__\nset\n((lp0\ntR.") == set()


def test_a_function_of_a_required_package_is_no_class_of_it() -> None:
    policy = Policy(brings=installed_by("packaging\n"))
    with guarded(policy, "model.pkl"):
        assert pickle.loads(b"cpackaging.version\nVersion\n.").__name__ == "Version"
    for module, name in (("packaging.version", "parse"), ("packaging.version", "re"), ("packaging.version", "Callable")):
        with pytest.raises(ImportRefused, match=f"{module}.{name}"), guarded(policy, "model.pkl"):
            pickle.loads(f"c{module}\n{name}\n.".encode())


@pytest.mark.parametrize("module", ["sklearn.ensemble._forest", "sklearn.pipeline"])
def test_a_class_is_judged_by_where_it_is_defined(module: str) -> None:
    with pytest.raises(ImportRefused, match=f"{module}.Parallel"), guarded(Policy(), "model.pkl"):
        pickle.loads(f"c{module}\nParallel\n.".encode())


@pytest.mark.parametrize(("package", "top"), [("pillow", "PIL"), ("PyYAML", "yaml"), ("python-dateutil", "dateutil"), ("scikit-learn", "sklearn"), ("mlflow", "mlflow")])
def test_modules_of_a_package_are_those_that_it_installed(package: str, top: str) -> None:
    assert installed_by(f"{package}==1.0\n")(top) is True
    assert installed_by("six\n")(top) is False


def test_what_a_required_package_requires_counts() -> None:
    assert installed_by("scikit-learn\n")("scipy") is True
    assert installed_by("")("scipy") is False

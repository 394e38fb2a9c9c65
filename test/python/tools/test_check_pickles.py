"""What a check of pickles says is what a load would import, and what the table of imports allows; nothing of a pickle runs."""

from __future__ import annotations

import bz2
import collections
import datetime
import functools
import gzip
import io
import json
import lzma
import pickle
import re
import subprocess
import sys
import zlib
from pathlib import Path

import cloudpickle
import joblib
import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

PYTHON = Path(__file__).parents[3] / "server" / "python"
SCRIPT = PYTHON / "slipway_tools" / "check_pickles.py"

sys.path.insert(0, str(PYTHON))

from slipway_server.pickles.walk import Unreadable, decompressed, imports_of, renamed
from slipway_tools.check_pickles import check


def checked(*files: Path, requirements: tuple = ("scikit-learn", "numpy"), own: tuple = (), allowed: tuple = (), serialization: str | None = None, modules: dict | None = None) -> dict:
    """The first file is what the model is loaded from."""
    return check(request_for(*files, requirements=requirements, own=own, allowed=allowed, serialization=serialization, modules=modules))


def request_for(*files: Path, requirements: tuple = (), own: tuple = (), allowed: tuple = (), serialization: str | None = None, modules: dict | None = None) -> dict:
    return {
        "files": [
            {"name": file.name, "path": str(file), **({"serialization": serialization} if serialization and file is files[0] else {})} for file in files
        ],
        "requirements": requirements,
        "own": own,
        "modules": modules or {},
        "allowed": allowed,
    }


def test_it_is_checked_with_the_standard_library_alone(tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_bytes(of("os", "system", 4))
    request = request_for(tmp_path / "model.pkl")
    (tmp_path / "request.json").write_text(json.dumps(request), "utf-8")
    # As the companion runs it: isolated, and here without the packages of the interpreter.
    output = subprocess.run([sys.executable, "-I", "-S", str(SCRIPT), str(tmp_path / "request.json")], capture_output=True, text=True, check=True)
    assert json.loads(output.stdout) == check(request)


def messages(*files: Path, **more: object) -> str:
    return " ".join(f"{problem['message']} {problem['remedy']}" for problem in checked(*files, **more)["problems"])


def imported(data: bytes, by_joblib: bool = False) -> dict:
    return imports_of(io.BytesIO(data), by_joblib)


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
def test_it_finds_what_python_asks_for(name: str, protocol: int) -> None:
    data = pickle.dumps(OBJECTS[name], protocol=protocol)
    recording = _Recording(data)
    recording.load()
    assert set(imported(data)) == {renamed(*pair) if protocol < 3 else pair for pair in recording.found}


def test_what_is_restored_is_told_from_what_is_called() -> None:
    uses = imported(pickle.dumps([StandardScaler().fit([[1.0]]), datetime.date(2020, 1, 1), functools.partial(StandardScaler)], protocol=4))
    assert uses["datetime", "date"] == "called"
    # The last one passes the class on.
    assert uses["sklearn.preprocessing._data", "StandardScaler"] == "called"
    assert imported(pickle.dumps(StandardScaler().fit([[1.0]]), protocol=4))["sklearn.preprocessing._data", "StandardScaler"] == "restored"


class _Acts:
    def __init__(self, *_: object):
        pass

    def __reduce__(self) -> tuple:
        return (open, ("acted", "w"))


def test_a_pickle_that_acts_is_refused_and_does_not_act(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(_Acts()))
    assert "The pickle model.pkl imports" in messages(tmp_path / "model.pkl")
    assert not (tmp_path / "acted").exists()


UNREADABLE = {
    "cut off": pickle.dumps(OBJECTS["fitted"])[:-20],
    "no pickle": b"not a pickle",
    "empty": b"",
    # The module's name is the outcome of a call: ('po'.__add__)('six').
    "a computed name": b"\x80\x04\x8c\x08builtins\x8c\x03str\x93\x8c\x05posix\x85R\x8c\x06system\x93.",
    "outside": b"\x80\x04\x8c\x01aQ.",
    "an extension": b"\x80\x02\x82\x01.",
    "a changed class": b"\x80\x02csklearn.base\nBaseEstimator\n}X\x01\x00\x00\x00aK\x01sb.",
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_followed_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "model.pkl").write_bytes(UNREADABLE[name])
    assert "The pickle model.pkl cannot be checked: " in messages(tmp_path / "model.pkl")


def of(module: str, name: str, protocol: int) -> bytes:
    """A pickle that calls `module.name("echo no")`."""
    if protocol < 4:
        return f"c{module}\n{name}\n(S'echo no'\ntR.".encode()
    strings = b"".join(b"\x8c" + bytes([len(text)]) + text for text in (module.encode(), name.encode()))
    return b"\x80\x04" + strings + b"\x93\x8c\x07echo no\x85R."


REFUSED = [
    ("os", "system"),
    ("posix", "system"),
    ("subprocess", "Popen"),
    ("builtins", "eval"),
    ("builtins", "getattr"),
    ("builtins", "map"),
    ("operator", "attrgetter"),
    ("operator", "methodcaller"),
    ("functools", "reduce"),
    ("sklearn", "os.system"),
    ("numpy.lib._npyio_impl", "os.system"),
    ("joblib.parallel", "os.system"),
    ("pandas.io.common", "os.system"),
    ("sklearn.base", "BaseEstimator.__init__"),
    ("numpy.f2py.crackfortran", "myeval"),
    ("numpy._core", "_ufunc_reconstruct"),
    ("numpy", "load"),
    ("numpy", "memmap"),
    ("cloudpickle", "loads"),
    ("joblib", "load"),
    ("joblib.numpy_pickle", "NumpyUnpickler"),
    ("pandas", "read_pickle"),
    ("pandas", "HDFStore"),
    ("pandas._libs.parsers", "TextReader"),
    # Its __setstate__ executes a string of the state.
    ("scipy.stats._continuous_distns", "norm_gen"),
    ("sklearn.datasets", "fetch_openml"),
    ("sklearn.utils._show_versions", "sys"),
    ("sklearn.utils.parallel", "_FuncWrapper"),
    ("psutil", "Popen"),
    ("pip", "main"),
    ("__main__", "Scaler"),
    ("unheard_of", "Thing"),
]


@pytest.mark.parametrize("protocol", [0, 4])
@pytest.mark.parametrize(("module", "name"), REFUSED)
def test_what_models_do_not_need_is_refused(tmp_path: Path, module: str, name: str, protocol: int) -> None:
    (tmp_path / "weights").write_bytes(of(module, name, protocol))
    said = messages(tmp_path / "weights")
    assert f"The pickle weights imports {module}.{name} when it is loaded" in said
    assert f"--allow-pickle {module}.{name};" in said
    assert checked(tmp_path / "weights", allowed=(f"{module}.{name}",))["problems"] == []


ALLOWED = [
    ("sklearn.pipeline", "Pipeline"),
    ("sklearn.ensemble._gb_losses", "BinomialDeviance"),
    ("sklearn.compose._column_transformer", "make_column_selector"),
    ("sklearn.metrics._ranking", "roc_auc_score"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy.core._multiarray_umath", "log1p"),
    ("pandas.core.indexes.numeric", "Int64Index"),
    ("pandas._libs.tslibs.nattype", "__nat_unpickle"),
    ("scipy.sparse._csr", "csr_matrix"),
    ("lightgbm.sklearn", "LGBMClassifier"),
    ("xgboost.core", "Booster"),
    ("collections", "OrderedDict"),
    ("builtins", "set"),
    ("pytz", "_UTC"),
]


@pytest.mark.parametrize("protocol", [0, 4])
@pytest.mark.parametrize(("module", "name"), ALLOWED)
def test_what_models_are_made_of_passes(tmp_path: Path, module: str, name: str, protocol: int) -> None:
    (tmp_path / "weights").write_bytes(of(module, name, protocol))
    assert checked(tmp_path / "weights", requirements=())["problems"] == []


@pytest.mark.parametrize("module", ["os", "subprocess", "sklearn", "psutil"])
def test_neither_requirements_nor_own_code_bring_what_acts(tmp_path: Path, module: str) -> None:
    (tmp_path / "weights").write_bytes(of(module, "run", 4))
    assert messages(tmp_path / "weights", requirements=(module,), own=(module,) if module != "psutil" else ())


#: A package that the model requires: its classes may be restored, and nothing of it may be called or passed on.
REQUIRED = {
    "restored": (b"\x80\x02cacting\nThing\n)\x81}X\x01\x00\x00\x00aK\x01sb.", True),
    "restored by protocol 0": (b"ccopy_reg\n_reconstructor\n(cacting\nThing\nc__builtin__\nobject\nNtR.", True),
    "called": (of("acting", "Thing", 4), False),
    "called as an instance": (b"(S'id'\niacting\nThing\n.", False),
    "called as an object": (b"(cacting\nThing\nS'id'\no.", False),
    "called by copyreg": (b"ccopy_reg\n_reconstructor\n(cacting\nThing\ncacting\nThing\nS'id'\ntR.", False),
    "called by another": (b"\x80\x02cfunctools\npartial\n(cacting\nThing\nX\x02\x00\x00\x00idtR)R.", False),
    "passed on": (b"\x80\x02csklearn.preprocessing._function_transformer\nFunctionTransformer\n)\x81}X\x04\x00\x00\x00funccacting\nThing\nsb.", False),
}


@pytest.mark.parametrize("name", REQUIRED)
def test_objects_of_a_required_package_are_restored_and_nothing_else(tmp_path: Path, name: str) -> None:
    data, passes = REQUIRED[name]
    (tmp_path / "model.pkl").write_bytes(data)
    assert (messages(tmp_path / "model.pkl", requirements=("acting",)) == "") is passes


@pytest.mark.parametrize(
    ("package", "module"),
    [("umap-learn", "umap.umap_"), ("scikit-image", "skimage.color"), ("pillow", "PIL.Image"), ("PyYAML", "yaml.nodes"), ("python-dateutil", "dateutil.tz"), ("opencv-python", "cv2")],
)
def test_a_package_whose_module_is_called_otherwise_passes_where_it_is_required(tmp_path: Path, package: str, module: str) -> None:
    (tmp_path / "model.pkl").write_bytes(f"c{module}\nThing\n)\x81.".encode("latin-1"))
    assert messages(tmp_path / "model.pkl", requirements=("scikit-learn", package)) == ""
    said = messages(tmp_path / "model.pkl", requirements=("scikit-learn",))
    assert "code_paths" in said and "requirements" in said


def test_a_class_that_is_changed_is_refused_as_that(tmp_path: Path) -> None:
    """What is put into a class is called by all of its objects."""
    (tmp_path / "model.pkl").write_bytes(UNREADABLE["a changed class"])
    assert "model.pkl cannot be checked: it changes a class" in messages(tmp_path / "model.pkl")


def test_modules_that_the_kernel_had_pass_until_what_is_installed_can_be_seen(tmp_path: Path) -> None:
    """The requirement brings its own requirements along, whose modules no table has."""
    (tmp_path / "model.pkl").write_bytes(b"cPIL.Image\nImage\n)\x81.")
    assert "imports PIL.Image.Image" in messages(tmp_path / "model.pkl", requirements=("matplotlib",))
    assert messages(tmp_path / "model.pkl", requirements=("matplotlib",), modules={"PIL": ["pillow"]}) == ""
    (tmp_path / "model.pkl").write_bytes(b"coddly_named.thing\nThing\n)\x81.")
    assert "imports oddly_named" in messages(tmp_path / "model.pkl", requirements=("numpy",), modules={"PIL": ["pillow"]})
    assert messages(tmp_path / "model.pkl", requirements=("numpy", "Odd.Package"), modules={"oddly_named": ["odd-package"]}) == ""


@pytest.mark.parametrize("module", ["os", "sklearn", "mlflow", "pip"])
def test_no_record_of_a_kernel_brings_what_acts(tmp_path: Path, module: str) -> None:
    (tmp_path / "model.pkl").write_bytes(of(module, "run", 4))
    assert "imports " in messages(tmp_path / "model.pkl", requirements=("acting",), modules={module: ["acting"]})


@pytest.mark.parametrize("module", ["subprocess", "tempfile", "acting.tests.helpers", "acting._vendor.requests", "acting.externals.loky"])
def test_what_acts_is_not_even_restored(tmp_path: Path, module: str) -> None:
    """Objects act without a call: in `__setstate__`, in `__del__`."""
    (tmp_path / "model.pkl").write_bytes(b"\x80\x02c" + module.encode() + b"\nThing\n)\x81}X\x01\x00\x00\x00aK\x01sb.")
    assert f"imports {module}.Thing when it is loaded" in messages(tmp_path / "model.pkl", requirements=("acting",))


def allowable(path: Path, **more: object) -> list[str]:
    return [item["name"] for problem in checked(path, **more)["problems"] for item in problem["allowable"]]


def test_what_a_person_may_allow_is_named_with_why_and_then_passes(tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_bytes(of("os", "system", 4))
    [problem] = checked(tmp_path / "model.pkl")["problems"]
    assert problem["allowable"] == [{"name": "os.system", "why": "which models do not need, and which can act on the machine"}]
    assert checked(tmp_path / "model.pkl", allowed=("os.system",))["problems"] == []
    (tmp_path / "model.pkl").write_bytes(UNREADABLE["cut off"])
    assert allowable(tmp_path / "model.pkl") == []


@pytest.mark.parametrize("name", ["system; rm -rf ~", "system\nid", "$(id)", "\u202emetsys", "s\u0443stem", ""])
def test_a_name_that_is_none_is_offered_to_nobody(tmp_path: Path, name: str) -> None:
    """The offer is a command for a shell, and a list that a person reads."""
    (tmp_path / "model.pkl").write_bytes(of("os", name, 4))
    said = messages(tmp_path / "model.pkl")
    assert "model.pkl imports os." in said and "--allow-pickle" not in said
    assert allowable(tmp_path / "model.pkl") == []


def test_code_of_the_model_itself_is_told(tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_bytes(of("churn_features.clip", "clip", 4))
    assert checked(tmp_path / "model.pkl", own=("churn_features",)) == {"problems": [], "own": [{"file": "model.pkl", "imported": "churn_features.clip.clip"}]}


def test_code_inside_of_a_pickle_wants_a_yes(tmp_path: Path) -> None:
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    try:
        (tmp_path / "model.pkl").write_bytes(cloudpickle.dumps(make_pipeline(FunctionTransformer(scale))))
    finally:
        cloudpickle.unregister_pickle_by_value(sys.modules[__name__])
    said = messages(tmp_path / "model.pkl")
    assert "carries code inside of the pickle" in said and "code_paths" in said
    allowed = re.search(r"--allow-pickle (\S+);", said)[1]
    assert messages(tmp_path / "model.pkl", allowed=(allowed,)) == ""


class Local:
    pass


def test_objects_of_a_class_inside_of_the_pickle_are_followed(tmp_path: Path) -> None:
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    try:
        (tmp_path / "model.pkl").write_bytes(cloudpickle.dumps(Local()))
    finally:
        cloudpickle.unregister_pickle_by_value(sys.modules[__name__])
    assert "carries code inside of the pickle" in messages(tmp_path / "model.pkl")


EVIL = pickle.dumps(_Acts(), protocol=4)
DISGUISES = {
    "any name": EVIL,
    "text": b"cposix\nsystem\n(S'echo no'\ntR.",
    "zlib": zlib.compress(EVIL),
    "zlib, fast": zlib.compress(EVIL, 1),
    "gzip": gzip.compress(EVIL),
    "bz2": bz2.compress(EVIL),
    "xz": lzma.compress(EVIL),
    "lzma": lzma.compress(EVIL, format=lzma.FORMAT_ALONE),
}


@pytest.mark.parametrize("name", DISGUISES)
def test_a_pickle_is_found_whatever_its_file_is_called(tmp_path: Path, name: str) -> None:
    (tmp_path / "notes.txt").write_bytes(DISGUISES[name])
    assert "The pickle notes.txt imports" in messages(tmp_path / "notes.txt")


def test_a_pickle_that_acts_before_it_breaks_is_refused_whatever_its_file_is_called(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_bytes(EVIL[:-1] + b"\xff")
    assert "The pickle notes.txt cannot be checked" in messages(tmp_path / "notes.txt")


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    files = {
        "MLmodel": b"flavors:\n  sklearn:\n    pickled_model: model.skops\n",
        "requirements.txt": b"cloudpickle==3.1.3\nnumpy==2.4.6\n",
        "model.json": b'{"learner": {}}',
        "model.bin": bytes(range(256)) * 8,
        "xgboost.txt": b"xgboost is not zlib",
        "data.csv.gz": gzip.compress(b"a,b\n1,2\n"),
        "list.txt": b"(a, b)\n]\n",
        "empty": b"",
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    assert checked(*(tmp_path / name for name in files)) == {"problems": [], "own": []}


ARRAYS = {
    "numbers": np.arange(12.0).reshape(3, 4),
    "columns first": np.asfortranarray(np.ones((3, 2))),
    "objects": np.array(["a", None, datetime.date(2020, 1, 1)], dtype=object),
    "strings": np.array(["ab", "c"]),
    "records": np.zeros(3, dtype=[("a", "f8"), ("b", "i4")]),
    "records with objects": np.zeros(2, dtype=[("a", "f8"), ("b", "O")]),
    "dates": np.array(["2020-01-01"], dtype="M8[D]"),
    "nothing": np.zeros((0, 3)),
    "fitted": OBJECTS["fitted"],
}


@pytest.mark.parametrize("compress", [0, 3, ("gzip", 3), ("bz2", 3), ("lzma", 3), ("xz", 3)], ids=str)
@pytest.mark.parametrize("name", ARRAYS)
def test_what_joblib_writes_is_read_with_its_numbers(tmp_path: Path, name: str, compress: object) -> None:
    path = tmp_path / "model.joblib"
    joblib.dump([ARRAYS[name], OBJECTS["shared names"]], path, compress=compress)
    assert checked(path, serialization="joblib")["problems"] == []
    joblib.dump([ARRAYS[name], _Acts()], path, compress=compress)
    assert "The pickle model.joblib imports" in messages(path, serialization="joblib")


def test_numbers_are_skipped_for_joblib_alone() -> None:
    """What joblib takes for numbers, pickle takes for opcodes."""
    file = io.BytesIO()
    joblib.dump(np.frombuffer(of("posix", "system", 0).ljust(64, b" "), dtype="u1"), file)
    assert ("posix", "system") not in imported(file.getvalue(), by_joblib=True)
    with pytest.raises(Unreadable):
        imported(file.getvalue())


@pytest.mark.parametrize("compressed", [zlib.compress, gzip.compress, bz2.compress, lzma.compress])
def test_what_grows_beyond_all_measure_is_refused(tmp_path: Path, compressed: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slipway_server.pickles.walk._LARGEST", 1 << 20)
    large = 3 << 20
    (tmp_path / "model.joblib").write_bytes(compressed(b"\x80\x04\x8e" + large.to_bytes(8, "little") + bytes(large) + b"."))
    with pytest.raises(Unreadable, match="grows beyond all measure"), decompressed(tmp_path / "model.joblib") as stream:
        imports_of(stream, by_joblib=True)


@pytest.mark.parametrize(("name", "library"), [("lzma", lzma), ("bzip2", bz2), ("gzip", gzip)])
def test_a_python_function_is_decompressed_as_mlflow_does(tmp_path: Path, name: str, library: object) -> None:
    """`python_model_compression` of mlflow.pyfunc."""
    file = tmp_path / "python_model.pkl"
    file.write_bytes(library.compress(pickle.dumps({"a": 1})))
    assert checked(file, serialization=name)["problems"] == []
    file.write_bytes(library.compress(of("os", "system", 4)))
    assert "system" in checked(file, serialization=name)["problems"][0]["message"]
    file.write_bytes(of("os", "system", 4))
    assert checked(file, serialization=name)["problems"]

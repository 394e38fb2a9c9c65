"""`python -I wrap_model_file.py FILE FOLDER [EXAMPLE]`: makes an MLflow model of a file that was never logged, as one JSON line. Nothing is unpickled or imported.

Run by the interpreter whose packages the model was trained with: what the file does not say of versions is read from what is installed there. The
folder is empty before; it gets the file, `MLmodel`, `requirements.txt`, `python_env.yaml`, and where there is an example (CSV with a line of names, or JSON:
records, `dataframe_split` or rows) a signature and a request. The answer has `flavor` and `requirements`, or `message`, `remedy` and `field` of what is wrong.
"""

from __future__ import annotations

import csv
import importlib.metadata
import json
import re
import shutil
import sys
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from slipway_server.pickles.policy import brought
from slipway_server.pickles.walk import Unreadable, decompressed, imports_of

SUFFIXES = (".joblib", ".pkl", ".pickle", ".skops", ".onnx", ".json", ".ubj", ".txt", ".cbm")
#: Rows of an example that are kept.
_MOST_ROWS = 5
#: Where a pickle of protocol 2 or newer has the version that scikit-learn writes into each estimator.
_SKLEARN_VERSION = re.compile(rb"_sklearn_version(?:\x94|q.|r....)?(?:\x8c.|X....)(\d[\w.+]*?)(?=[\x94qrusbt])", re.DOTALL)
#: `version` of a UBJSON model of XGBoost: an array of three small integers.
_UBJ_VERSION = re.compile(rb"version\[#L\x00{7}\x03i(.)i(.)i(.)", re.DOTALL)
#: Packages by the modules that they bring, for where they are not installed.
_PACKAGES = {module: package for package, modules in reversed(brought().items()) for module in modules}


class Unsuited(Exception):
    def __init__(self, message: str, remedy: str, field: str = "source.path"):
        super().__init__(message)
        self.remedy, self.field = remedy, field


def installed(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def package_of(module: str) -> str | None:
    """The package that brings a top-level module: as installed here, else as it is known; None where neither says."""
    found = importlib.metadata.packages_distributions().get(module)
    return found[0] if found else _PACKAGES.get(module)


class Wrapped:
    """What is found out about a file."""

    def __init__(self, flavor: str, settings: dict, packages: dict[str, str | None]):
        self.flavor, self.settings = flavor, settings
        #: Versions by package; None where it is not known.
        self.packages = packages
        self.code: list[Path] = []


def _pickled(file: Path) -> Wrapped:
    by_joblib = file.suffix == ".joblib"
    uses, content = None, b""
    # joblib writes pickles under any name, and reads those of others.
    for way in (by_joblib, not by_joblib):
        try:
            with decompressed(file) or file.open("rb") as stream:
                uses = imports_of(stream, way)
            by_joblib = way
            break
        except Unreadable as error:
            failure = error
    if uses is None:
        raise Unsuited(f"{file.name} cannot be read as a pickle: {failure}.", "Write it again with joblib.dump or pickle.dump, or log the model with mlflow.")
    with decompressed(file) or file.open("rb") as stream:
        content = stream.read()
    tops = sorted({module.partition(".")[0] for module, _ in uses} - set(sys.stdlib_module_names))
    versions = {version.decode() for version in _SKLEARN_VERSION.findall(content)}
    if len(versions) > 1:
        raise Unsuited(f"{file.name} has parts of scikit-learn {', '.join(sorted(versions))}.", "Train the model again with one version.")
    packages: dict[str, str | None] = {}
    own: list[Path] = []
    for top in tops:
        beside = [path for path in (file.parent / f"{top}.py", file.parent / top / "__init__.py") if path.is_file()]
        package = package_of(top)
        if package is not None:
            packages[package] = installed(package)
        elif beside:
            own.append(beside[0] if beside[0].suffix == ".py" and beside[0].stem == top else beside[0].parent)
        elif top != "__main__":
            raise Unsuited(
                f"{file.name} needs the module {top}, which neither a package of {sys.executable} brings nor a file beside it.",
                f"Put {top}.py beside the file, or name the Python that the model was trained with (--python).",
            )
    if "statsmodels" in tops and "sklearn" not in tops:
        wrapped = Wrapped("statsmodels", {"data": file.name, "statsmodels_version": packages.get("statsmodels")}, packages)
    else:
        version = next(iter(versions), installed("scikit-learn"))
        packages["scikit-learn"] = version
        wrapped = Wrapped("sklearn", {"pickled_model": file.name, "serialization_format": "joblib" if by_joblib else "pickle", "sklearn_version": version}, packages)
    if by_joblib:
        packages.setdefault("joblib", installed("joblib"))
    wrapped.code = own
    return wrapped


def _skops(file: Path) -> Wrapped:
    try:
        with zipfile.ZipFile(file) as archive:
            text = archive.read("schema.json").decode("utf-8")
        types = sorted(_types_of(json.loads(text)))
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise Unsuited(f"{file.name} is no file of skops: {error}.", "Write it with skops.io.dump.") from error
    said = re.search(r'\\"_sklearn_version\\"|"_sklearn_version"', text) and re.search(r'_sklearn_version.{0,200}?(\d+\.\d+[\w.]*)', text, re.DOTALL)
    version = said[1] if said else installed("scikit-learn")
    packages: dict[str, str | None] = {"scikit-learn": version, "skops": installed("skops")}
    foreign = [name for name in types if name.partition(".")[0] not in ("builtins", "sklearn", "numpy", "scipy", "collections")]
    for top in {name.partition(".")[0] for name in foreign} - set(sys.stdlib_module_names):
        package = package_of(top)
        if package is None:
            raise Unsuited(f"{file.name} needs the module {top}, which no package of {sys.executable} brings.", "Name the Python that the model was trained with (--python).")
        packages[package] = installed(package)
    settings = {"pickled_model": file.name, "serialization_format": "skops", "sklearn_version": version}
    return Wrapped("sklearn", {**settings, **({"skops_trusted_types": foreign} if foreign else {})}, packages)


def _types_of(node: object) -> set[str]:
    """The types that a schema of skops names."""
    if isinstance(node, list):
        return set().union(*map(_types_of, node)) if node else set()
    if not isinstance(node, dict):
        return set()
    module, name = node.get("__module__"), node.get("__class__")
    own = {f"{module}.{name}"} if isinstance(module, str) and isinstance(name, str) else set()
    return own.union(*map(_types_of, node.values()))


def _json(file: Path) -> Wrapped:
    try:
        document = json.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise Unsuited(f"{file.name} is no JSON: {error}.", "Write the model with save_model of XGBoost or CatBoost.") from error
    if isinstance(document, dict) and "learner" in document and isinstance(document.get("version"), list):
        return _xgboost(file, "json", ".".join(map(str, document["version"])), json.dumps(document["learner"].get("attributes")), str(document["learner"].get("objective", {}).get("name", "")))
    if isinstance(document, dict) and "model_info" in document:
        return _catboost(file, "json")
    raise Unsuited(f"{file.name} is no model of XGBoost or CatBoost.", "Write it with save_model of one of them.")


def _ubj(file: Path) -> Wrapped:
    content = file.read_bytes()
    version = _UBJ_VERSION.search(content)
    if version is None or b"learner" not in content:
        raise Unsuited(f"{file.name} is no UBJSON of XGBoost.", "Write it with save_model of XGBoost 2.1 or newer, as .ubj or .json.")
    attributes = re.search(rb'scikit_learnSL.{8}(\{[^}]*\})', content, re.DOTALL)
    objective = re.search(rb"objective\{.{0,400}?nameSL.{8}([\w:]+)", content, re.DOTALL)
    return _xgboost(file, "ubj", ".".join(str(ord(part)) for part in version.groups()), attributes[1].decode("utf-8", "replace") if attributes else "", objective[1].decode() if objective else "")


def _xgboost(file: Path, form: str, version: str, attributes: str, objective: str) -> Wrapped:
    """A model of the scikit-learn API answers labels, a booster what it was trained for; the former says so in its attributes."""
    kind = next((name for name, says in (("XGBClassifier", "classifier"), ("XGBRegressor", "regressor"), ("XGBRanker", "ranker")) if f'"{says}' in attributes.replace("\\", "")), None)
    model_class = "xgboost.core.Booster" if kind is None else f"xgboost.sklearn.{kind}"
    package = "xgboost-cpu" if installed("xgboost-cpu") else "xgboost"
    return Wrapped("xgboost", {"data": file.name, "model_format": form, "model_class": model_class, "xgb_version": version}, {package: version})


def _catboost(file: Path, form: str) -> Wrapped:
    version = installed("catboost")
    return Wrapped("catboost", {"data": file.name, "save_format": form, "model_type": "CatBoost", "catboost_version": version}, {"catboost": version})


def _lightgbm(file: Path) -> Wrapped:
    with file.open("rb") as stream:
        if not re.match(rb"tree\r?\nversion=v\d", stream.read(64)):
            raise Unsuited(f"{file.name} is no model of LightGBM.", "Write it with save_model of a Booster.")
    version = installed("lightgbm")
    return Wrapped("lightgbm", {"data": file.name, "model_class": "lightgbm.basic.Booster", "lgb_version": version}, {"lightgbm": version})


def _onnx(file: Path) -> Wrapped:
    with file.open("rb") as stream:
        if not stream.read(1) == b"\x08":
            raise Unsuited(f"{file.name} is no ONNX model.", "Write it with onnx.save.")
    return Wrapped("onnx", {"data": file.name}, {"onnxruntime": installed("onnxruntime")})


def wrapped(file: Path) -> Wrapped:
    """Raises Unsuited for what is no model of a flavor that is served."""
    suffix = file.suffix.lower()
    if suffix in (".joblib", ".pkl", ".pickle"):
        return _pickled(file)
    known = {".skops": _skops, ".json": _json, ".ubj": _ubj, ".txt": _lightgbm, ".onnx": _onnx, ".cbm": lambda path: _catboost(path, "cbm")}
    if suffix not in known:
        raise Unsuited(f"{file.name} is none of {', '.join(SUFFIXES)}.", "Log the model with mlflow, or write it in one of these forms.")
    return known[suffix](file)


def _cell(text: str) -> object:
    """A value of CSV: a number, true or false, text, or None for nothing."""
    if text == "":
        return None
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return {"true": True, "false": False}.get(text.lower(), text)


def read_example(path: Path) -> tuple[list[str] | None, list[list]]:
    """Names, None where rows have none, and rows. Raises Unsuited."""
    try:
        if path.suffix.lower() == ".csv":
            with path.open(encoding="utf-8-sig", newline="") as stream:
                names, *rows = list(csv.reader(stream))[: _MOST_ROWS + 1] or [[]]
            found: tuple = (names, [[_cell(value) for value in row] for row in rows])
        else:
            document = json.loads(path.read_text("utf-8"))
            if isinstance(document, dict) and len(document) == 1 and set(document) <= {"dataframe_split", "dataframe_records", "instances", "inputs"}:
                document = next(iter(document.values()))
            if isinstance(document, dict) and "data" in document:
                found = (document.get("columns"), document["data"])
            elif isinstance(document, list) and document and all(isinstance(row, dict) for row in document):
                names = list(document[0])
                found = (names, [[row.get(name) for name in names] for row in document])
            else:
                found = (None, document)
    except (OSError, ValueError, UnicodeDecodeError) as error:
        raise Unsuited(f"The example {path.name} cannot be read: {error}.", "Give CSV with a line of names, or JSON.", "source.example") from error
    names, rows = found
    width = len(names) if names else len(rows[0]) if isinstance(rows, list) and rows and isinstance(rows[0], list) else 0
    if not isinstance(rows, list) or not rows or not width or not all(isinstance(row, list) and len(row) == width for row in rows):
        raise Unsuited(f"The example {path.name} has no rows of one length.", "Give CSV with a line of names, or JSON: records, or rows.", "source.example")
    return names, rows[:_MOST_ROWS]


def _type_of(values: list) -> str:
    present = [value for value in values if value is not None]
    if present and all(isinstance(value, bool) for value in present):
        return "boolean"
    if any(isinstance(value, (str, bool)) for value in present):
        return "string"
    whole = all(isinstance(value, int) for value in present) and len(present) == len(values)
    return "long" if whole else "double"


def _with_example(names: list[str] | None, rows: list[list], folder: Path) -> dict:
    """Writes an example as MLflow does; what MLmodel says of it."""
    if names is None:
        if not all(isinstance(value, (int, float)) for row in rows for value in row):
            raise Unsuited("The example has rows without names that are no numbers.", "Give CSV with a line of names, or JSON records.", "source.example")
        inputs: list = [{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, len(rows[0])]}}]
        bare, request, kind = rows, {"inputs": rows}, {"type": "ndarray"}
    else:
        inputs = [{"name": name, "type": _type_of([row[index] for row in rows]), "required": True} for index, name in enumerate(names)]
        bare, request, kind = {"columns": names, "data": rows}, {"dataframe_split": {"columns": names, "data": rows}}, {"type": "dataframe", "pandas_orient": "split"}
    (folder / "input_example.json").write_text(json.dumps(bare), "utf-8")
    (folder / "serving_input_example.json").write_text(json.dumps(request), "utf-8")
    return {
        "signature": {"inputs": json.dumps(inputs), "outputs": None, "params": None},
        "saved_input_example_info": {"artifact_path": "input_example.json", "serving_input_path": "serving_input_example.json", **kind},
    }


def write(file: Path, folder: Path, example: Path | None) -> dict:
    """Raises Unsuited; OSError for what cannot be read or written."""
    model = wrapped(file)
    described = {} if example is None else _with_example(*read_example(example), folder)
    shutil.copyfile(file, folder / file.name)
    for path in model.code:
        (folder / "code").mkdir(exist_ok=True)
        if path.is_dir():
            shutil.copytree(path, folder / "code" / path.name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(path, folder / "code" / path.name)
    if model.packages.get("numpy", 0) is None or "numpy" not in model.packages:
        model.packages["numpy"] = installed("numpy")
    requirements = sorted(name if version is None else f"{name}=={version}" for name, version in model.packages.items())
    python = ".".join(map(str, sys.version_info[:3]))
    code = {"code": "code"} if model.code else {}
    settings = {key: value for key, value in model.settings.items() if value is not None}
    mlmodel = {
        "flavors": {model.flavor: {**settings, **code}, "python_function": {"loader_module": f"mlflow.{model.flavor}", "python_version": python, "data": file.name, "model_path": file.name, **code}},
        **described,
    }
    # JSON is YAML.
    (folder / "MLmodel").write_text(json.dumps(mlmodel, indent=1), "utf-8")
    (folder / "requirements.txt").write_text("".join(f"{line}\n" for line in requirements), "utf-8")
    (folder / "python_env.yaml").write_text(f"python: {python}\ndependencies:\n- -r requirements.txt\n", "utf-8")
    return {"flavor": model.flavor, "requirements": requirements}


def main(file: str, folder: str, example: str | None = None) -> dict:
    try:
        return write(Path(file), Path(folder), None if example is None else Path(example))
    except Unsuited as error:
        return {"message": str(error), "remedy": error.remedy, "field": error.field}
    except OSError as error:
        return {"message": f"{error.filename or file} cannot be read: {error.strerror}.", "remedy": "Name a file that you can read.", "field": "source.path"}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))

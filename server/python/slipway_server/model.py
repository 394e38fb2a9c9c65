"""Loading the model of a release by its MLmodel flavor, without mlflow."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import cast

from .decision import decided
from .errors import InvalidRelease, ModelNotLoadable, ReplicaError, UnsupportedFlavor, VersionMismatch, cage_remedy
from .flavors.flavor import FlavorFile, Model, SavedModel
from .flavors.table import FLAVORS, Flavor, flavor_of
from .functions import with_functions
from .pickles.guard import guarded
from .pickles.policy import Policy
from .pickles.required import installed_by
from .release import Release


@dataclass(frozen=True)
class ServedFlavor:
    """How a release's model is served: its row of the table of flavors, and what its MLmodel file says."""

    flavor: Flavor
    settings: dict
    method: str
    serialization: str


def _python_function(release: Release) -> dict:
    entry = release.mlmodel["flavors"].get("python_function")
    return entry if isinstance(entry, dict) else {}


def served_flavor(release: Release) -> ServedFlavor:
    """The flavor that the model is served by. Raises UnsupportedFlavor that says what the model has and what is served."""
    flavors = release.mlmodel["flavors"]
    flavor = flavor_of(flavors)
    if flavor is None:
        present = ", ".join(sorted(flavors)) or "none"
        loggers = ", ".join(f"{row.logger} ({row.label})" for row in FLAVORS)
        raise UnsupportedFlavor(f"The model has the flavors {present}, which this server does not load. Log it with one of {loggers}.")
    settings = flavors[flavor.name]
    method = str(_python_function(release).get("predict_fn") or flavor.predict_methods[0])
    if release.serving.method == "predict":
        method = "predict"
    if method not in flavor.predict_methods:
        raise UnsupportedFlavor(f"The model is to be called by {method}; supported are {', '.join(flavor.predict_methods)}.")
    serialization = flavor.serialization_by_class.get(str(settings.get("model_class"))) or str(
        settings.get(flavor.serialization_field) or flavor.unsaid_serialization
    )
    if serialization not in flavor.serializations:
        raise UnsupportedFlavor(f"The model is serialized as {serialization}; supported are {', '.join(flavor.serializations)}.")
    return ServedFlavor(flavor, settings, method, serialization)


def _model_file(release: Release, served: ServedFlavor) -> Path | None:
    """The file that MLmodel names; None for a model that mlflow loads from its folder without one."""
    flavor = served.flavor
    places = (served.settings, _python_function(release))
    name = next((place[field] for place in places for field in flavor.file_fields if place.get(field)), None)
    if not name:
        if flavor.by_mlflow:
            return None
        raise InvalidRelease(f"model/MLmodel does not name the model file (flavors.{flavor.name}.{flavor.file_fields[0]})")
    root = release.model_folder.resolve()
    path = (root / str(name)).resolve()
    if root not in path.parents:
        raise InvalidRelease(f"model/MLmodel names a model file outside of the model folder: {name}")
    if not path.is_file():
        raise InvalidRelease(f"the model file {name} is missing")
    return path


def _require_saved_version(served: ServedFlavor) -> None:
    """Refuse a model of another version of its library: it may load and then predict something else."""
    flavor = served.flavor
    installed = _installed_version(flavor)
    saved = served.settings.get(flavor.version_field) if flavor.version_field else None
    if saved and str(saved) != installed:
        raise VersionMismatch.of(flavor.label, flavor.packages[0], str(saved), installed)


def _installed_version(flavor: Flavor) -> str:
    """The version of a flavor's library, by its package, as importing a library can take a second that its models may not need. Raises ModelNotLoadable."""
    if importlib.util.find_spec(flavor.module) is not None:
        try:
            return importlib.metadata.version(flavor.packages[0])
        except importlib.metadata.PackageNotFoundError:
            # Another package brings the library.
            pass
    return str(_imported(flavor).__version__)


def _imported(flavor: Flavor) -> ModuleType:
    """A flavor's library. Raises ModelNotLoadable."""
    try:
        return importlib.import_module(flavor.module)
    except ModuleNotFoundError as error:
        raise ModelNotLoadable(missing_package(flavor.packages[0] if error.name == flavor.module else error.name)) from error
    except ImportError as error:
        raise ModelNotLoadable(f"{flavor.label} cannot be imported in the serving environment: {error}") from error


def _flavor_file(flavor: Flavor) -> FlavorFile:
    """The file of a flavor, most of which import its library. Raises ModelNotLoadable where that fails."""
    try:
        return cast(FlavorFile, importlib.import_module(f"{__package__}.flavors.{flavor.name}"))
    except ImportError:
        _imported(flavor)
        raise


def missing_package(name: str | None) -> str:
    return f"The model needs the package {name}, which is not installed in the serving environment. Add it to the model's requirements, or log the module with the model (code_paths)."


def _code_folders(release: Release, served: ServedFlavor) -> list[Path]:
    """Where the code lies that was logged with the model."""
    parts = (served.settings.get("code"), _python_function(release).get("code"))
    folders = [release.model_folder / str(part) for part in parts if part]
    return [folder for folder in folders if folder.is_dir()]


def _add_code(folders: list[Path]) -> None:
    """Put the code that was logged with the model on the import path."""
    for folder in folders:
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))


def _policy(release: Release, code: list[Path]) -> Policy:
    """What the model's pickles may import."""
    requirements = release.model_folder / "requirements.txt"
    return Policy(
        own=frozenset(path.name.partition(".")[0] for folder in code for path in folder.iterdir()),
        brings=installed_by(requirements.read_text("utf-8", "replace") if requirements.is_file() else ""),
        allowed=release.serving.allowed_imports,
    )


def load_model(release: Release) -> Model:
    """Load the release's model.

    Raises a ReplicaError that says what to do: unsupported flavor, another version of the library, a missing package, a
    file that cannot be read.
    """
    served = served_flavor(release)
    file = _model_file(release, served)
    path = release.model_folder.resolve() if file is None or served.flavor.by_mlflow else file
    code = _code_folders(release, served)
    _add_code(code)
    _require_saved_version(served)
    module = _flavor_file(served.flavor)
    policy = _policy(release, code)
    try:
        with guarded(policy, (file or path).name):
            pickled = file if served.serialization in served.flavor.pickled else None
            model = module.load(SavedModel(path, served.settings, served.serialization, served.method, release.signature, policy, pickled))
        return with_functions(decided(model, release.serving), release.serving)
    except ReplicaError:
        raise
    except ModuleNotFoundError as error:
        raise ModelNotLoadable(missing_package(error.name)) from error
    except Exception as error:
        if isinstance(error, ImportError):
            # The library itself, which a model may be the first to import, says more of it.
            _imported(served.flavor)
        said = f"{type(error).__name__}: {error}"
        failed = f"The model file {file.name} cannot be read as {served.serialization}" if file is not None else f"The model cannot be loaded by its {served.flavor.label}"
        raise ModelNotLoadable(f"{failed}: {said}.{cage_remedy(error)}") from error

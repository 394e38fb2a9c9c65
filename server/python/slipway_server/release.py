"""A release folder: `release.json`, the MLflow model under `model/`, and the recorded example."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from .errors import DigestMismatch, InvalidRelease
from .flavors.table import loaded_by_mlflow
from .signature import Column, Signature, Tensor, parse_signature


@dataclass(frozen=True)
class OwnFunction:
    """A function that a person gave: the name of its file, its own, and the text of the file."""

    file: str
    name: str
    source: str


@dataclass(frozen=True)
class Serving:
    #: None for as many as the machine has processors for.
    workers: int | None
    request_timeout_seconds: float
    max_request_bytes: int
    environment: dict[str, str]
    #: What answers: `predict`, `predict_proba` or `both`; None for what the model was logged to be called by.
    method: str | None = None
    #: The least probability of the second of two classes, or one for each class by name.
    threshold: float | dict[str, float] | None = None
    #: What it costs to say a class (column) where another is true (row), in the order of the model's classes.
    costs: list[list[float]] | None = None
    #: What runs before and after the model.
    before: OwnFunction | None = None
    after: OwnFunction | None = None
    #: What a person allowed the model's pickles to import, each `module.name`.
    allowed_imports: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Release:
    """One release as it lies on disk. `mlmodel` is the parsed MLmodel file."""

    folder: Path
    digest: str
    model_name: str
    model_version: str
    serving: Serving
    files: tuple[tuple[str, str], ...]
    mlmodel: dict
    signature: Signature

    @property
    def model_folder(self) -> Path:
        return self.folder / "model"

    def example_request(self) -> object | None:
        """The recorded request, else the example that MLflow saved with the model, else None."""
        recorded = self.folder / "example.json"
        if recorded.is_file():
            return _read_json(recorded).get("request")
        info = self.mlmodel.get("saved_input_example_info") or {}
        serving_example = self.model_folder / str(info.get("serving_input_path") or "serving_input_example.json")
        return _read_json(serving_example) if serving_example.is_file() else None


def _read_json(path: Path) -> dict:
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidRelease(f"{path.name} cannot be read: {error}") from error
    if not isinstance(value, dict):
        raise InvalidRelease(f"{path.name} must hold a JSON object")
    return value


def _threshold(value: object) -> float | dict[str, float] | None:
    if isinstance(value, dict):
        return {str(name): float(least) for name, least in value.items()}
    return None if value is None else float(value)


def _function(value: dict | None) -> OwnFunction | None:
    return None if value is None else OwnFunction(str(value.get("file")), str(value.get("name")), str(value.get("source")))


def read_serving(folder: Path) -> Serving:
    """The serving part of `release.json`; needs nothing but the standard library."""
    serving = _read_json(folder / "release.json").get("serving") or {}
    try:
        return Serving(
            workers=None if serving.get("workers") is None else max(1, int(serving["workers"])),
            request_timeout_seconds=float(serving.get("requestTimeoutSeconds", 60)),
            max_request_bytes=int(serving.get("maxRequestBytes", 16 * 1024 * 1024)),
            environment={str(key): str(value) for key, value in (serving.get("environment") or {}).items()},
            method=serving.get("method"),
            threshold=_threshold(serving.get("threshold")),
            costs=serving.get("costs"),
            before=_function(serving.get("before")),
            after=_function(serving.get("after")),
            allowed_imports=frozenset(map(str, serving.get("allowedImports") or [])),
        )
    except (TypeError, ValueError, AttributeError) as error:
        raise InvalidRelease(f"release.json: serving is not valid: {error}") from error


def read_release(folder: Path) -> Release:
    """Read a release folder. Raises InvalidRelease naming the file that is missing or not readable."""
    import yaml

    document = _read_json(folder / "release.json")
    model = document.get("model")
    if not isinstance(model, dict):
        raise InvalidRelease("release.json does not describe a model")
    path = folder / "model" / "MLmodel"
    try:
        mlmodel = yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        raise InvalidRelease(f"model/MLmodel cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidRelease("model/MLmodel is not valid YAML") from error
    if not isinstance(mlmodel, dict) or not isinstance(mlmodel.get("flavors"), dict):
        raise InvalidRelease("model/MLmodel has no flavors")
    try:
        signature = parse_signature(mlmodel.get("signature"), loaded_by_mlflow(mlmodel["flavors"]), bool(mlmodel.get("is_signature_from_type_hint")))
        files = tuple((str(item["path"]), str(item["sha256"])) for item in model.get("files") or [])
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidRelease(f"the release cannot be read: {error!r}") from error
    serving = read_serving(folder)
    return Release(
        folder=folder,
        digest=str(document.get("digest", "")),
        model_name=str(model.get("name") or "model"),
        model_version=str(model.get("version") or ""),
        serving=serving,
        files=files,
        mlmodel=mlmodel,
        signature=answered(signature, serving),
    )


def answered(signature: Signature, serving: Serving) -> Signature:
    """The signature with the outputs that a release answers, where these are others than its model was logged with."""
    if serving.after is not None:
        return replace(signature, outputs=None)
    decides = serving.threshold is not None or serving.costs is not None
    outputs = signature.outputs or ()
    label = outputs[0] if len(outputs) == 1 and isinstance(outputs[0], Column) else Column(None, "any")
    probabilities = Tensor("probability", "float64", (-1, -1))
    if serving.method == "both":
        return replace(signature, outputs=(Column("label", label.type), probabilities))
    if serving.method == "predict_proba":
        return replace(signature, outputs=(replace(probabilities, name=None),))
    return replace(signature, outputs=(label,)) if decides else signature


def verify_files(release: Release) -> None:
    """Compare each model file that the release lists with its sha256. Raises DigestMismatch naming the first that differs."""
    for name, expected in release.files:
        relative = PurePosixPath(name)
        if relative.is_absolute() or ".." in relative.parts:
            raise InvalidRelease(f"release.json lists a model file outside of the model folder: {name}")
        path = release.model_folder / relative
        if not path.is_file():
            raise DigestMismatch(f"The model file {name} is missing.")
        digest = hashlib.sha256()
        with path.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
        if digest.hexdigest() != expected:
            raise DigestMismatch(
                f"The model file {name} is not the one that was released: its sha256 is {digest.hexdigest()}, "
                f"the release says {expected}. Deploy the release again from the registry."
            )

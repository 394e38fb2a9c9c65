"""The signature of a model, as the MLmodel file holds it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

#: numpy dtype of each MLflow column type; strings, bytes and nested types stay Python objects.
NUMPY_TYPES = {
    "boolean": "bool",
    "integer": "int32",
    "long": "int64",
    "float": "float32",
    "double": "float64",
    "datetime": "datetime64[ns]",
}


@dataclass(frozen=True)
class Column:
    """One named or positional column. `type` is an MLflow column type."""

    name: str | None
    type: str
    required: bool = True


@dataclass(frozen=True)
class Tensor:
    """One tensor. `shape` holds -1 where the length varies."""

    name: str | None
    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Parameter:
    name: str
    type: str
    default: object
    shape: tuple[int, ...] | None


@dataclass(frozen=True)
class Signature:
    """What a model takes and gives. `inputs` is either all columns or all tensors; columns that are named and hold one value a row may be tensors, too."""

    inputs: tuple[Column | Tensor, ...] | None = None
    outputs: tuple[Column | Tensor, ...] | None = None
    params: tuple[Parameter, ...] | None = None
    #: The model checks its input itself, by the type hints of its code or by mlflow, and is given what comes as mlflow reads it.
    left_to_model: bool = False
    from_type_hint: bool = False
    #: An optional column that is not there comes as missing values; mlflow leaves it out.
    fills_missing: bool = True
    #: Columns by position in `inputs`, the input names, and the tensor when the input is one unnamed tensor.
    columns: tuple[Column, ...] = field(init=False, default=())
    tensor: Tensor | None = field(init=False, default=None)
    named: bool = field(init=False, default=False)
    #: The inputs, where they are tensors by name that are no columns of a table.
    tensors: tuple[Tensor, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        inputs = self.inputs or ()
        if len(inputs) == 1 and isinstance(inputs[0], Tensor) and inputs[0].name is None:
            object.__setattr__(self, "tensor", inputs[0])
        else:
            columns = tuple(item if isinstance(item, Column) else Column(item.name, column_type(item.dtype)) for item in inputs)
            object.__setattr__(self, "columns", columns)
            tensors = tuple(item for item in inputs if isinstance(item, Tensor) and item.name is not None)
            if tensors and len(tensors) == len(inputs) and any(len(item.shape) != 1 for item in tensors):
                object.__setattr__(self, "tensors", tensors)
        object.__setattr__(self, "named", bool(inputs) and all(item.name is not None for item in inputs))


def column_type(dtype: str) -> str:
    """The MLflow column type of a numpy dtype name."""
    for name, numpy_name in NUMPY_TYPES.items():
        if numpy_name == dtype:
            return name
    if dtype.startswith(("int", "uint")):
        return "long"
    if dtype.startswith("float"):
        return "double"
    return "string"


def _item(spec: dict) -> Column | Tensor:
    if spec.get("type") == "tensor":
        tensor = spec["tensor-spec"]
        return Tensor(spec.get("name"), str(tensor["dtype"]), tuple(int(size) for size in tensor["shape"]))
    kind = str(spec["type"])
    name = spec.get("name")
    known = kind in NUMPY_TYPES or kind in ("string", "binary")
    return Column(None if name is None else str(name), kind if known else "any", bool(spec.get("required", True)))


def _items(text: str | None) -> tuple[Column | Tensor, ...] | None:
    return None if text is None else tuple(_item(spec) for spec in json.loads(text))


def parse_signature(spec: dict | None, by_mlflow: bool = False, from_type_hint: bool = False) -> Signature:
    """Read the `signature` entry of an MLmodel file.

    Source: MLflow's model format; `inputs`, `outputs` and `params` are JSON in strings. A missing entry gives a
    signature that enforces nothing. `by_mlflow` says that mlflow loads the model, which then checks nested columns itself.
    """
    if not spec:
        return Signature(left_to_model=by_mlflow, fills_missing=not by_mlflow)
    params = None
    if spec.get("params"):
        params = tuple(
            Parameter(item["name"], str(item.get("type") or item.get("dtype")), item.get("default"), _shape(item.get("shape")))
            for item in json.loads(spec["params"])
        )
    inputs = _items(spec.get("inputs"))
    nested = not inputs or any(isinstance(item, Column) and item.type == "any" for item in inputs)
    return Signature(inputs, _items(spec.get("outputs")), params, by_mlflow and (nested or from_type_hint), by_mlflow and from_type_hint, not by_mlflow)


def _shape(value: object) -> tuple[int, ...] | None:
    return tuple(value) if isinstance(value, (list, tuple)) else None

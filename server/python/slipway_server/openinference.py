"""The Open Inference Protocol v2 for tabular models.

Inputs are either one tensor per column (shape [n] or [n, 1]) or one matrix [n, columns]. Source: kserve/open-inference-protocol,
specification/protocol/inference_rest.md.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .batching import Prediction
from .errors import InvalidInput, RequestError, SchemaMismatch
from .inputs import ModelInput, Raw, enforce, enforce_array, enforce_tensors
from .invocations import as_given
from .params import checked_params
from .signature import Column, Signature, Tensor

DATATYPES = {
    "BOOL": "bool",
    "UINT8": "uint8",
    "UINT16": "uint16",
    "UINT32": "uint32",
    "UINT64": "uint64",
    "INT8": "int8",
    "INT16": "int16",
    "INT32": "int32",
    "INT64": "int64",
    "FP16": "float16",
    "FP32": "float32",
    "FP64": "float64",
    "BYTES": "object",
}
_BY_DTYPE = {numpy_name: name for name, numpy_name in DATATYPES.items()}
_BY_COLUMN = {"boolean": "BOOL", "integer": "INT32", "long": "INT64", "float": "FP32", "double": "FP64"}


def parse_infer(document: dict, signature: Signature) -> ModelInput:
    """The input of an infer request; of its `parameters`, those that the signature names. Raises a RequestError that names the tensor."""
    parsed = _parse_tensors(document, signature)
    params = checked_params(document.get("parameters"), signature)
    return replace(parsed, params=params) if params else parsed


def _parse_tensors(document: dict, signature: Signature) -> ModelInput:
    tensors = document.get("inputs")
    if not isinstance(tensors, list) or not tensors:
        raise InvalidInput("inputs must be a list of at least one tensor")
    read = [_tensor(item) for item in tensors]
    if signature.left_to_model:
        values = {name: _nested(shape, data) for name, shape, data in read}
        return as_given(values if len(values) > 1 else next(iter(values.values())), signature)
    if signature.tensors:
        return _by_name(read, signature.tensors)
    if len(read) == 1 and not (signature.named and read[0][0] in {column.name for column in signature.columns}):
        return _matrix(*read[0], signature)
    columns: dict = {}
    rows = None
    for name, shape, data in read:
        if len(shape) > 2 or (len(shape) == 2 and shape[1] != 1) or not shape:
            raise InvalidInput(f"tensor {name}: a column has the shape [n] or [n, 1], got {shape}")
        if name in columns:
            raise InvalidInput(f"tensor {name} is given twice")
        if rows is not None and shape[0] != rows:
            raise InvalidInput(f"tensor {name} has {shape[0]} rows, the one before it has {rows}")
        rows = shape[0]
        columns[name] = data
    raw = Raw(columns, rows or 0)
    return enforce(raw, signature, text_from_any=False) if signature.inputs is not None else _matrix_of(raw, signature)


def _nested(shape: list[int], data: list) -> object:
    return np.array(data, dtype=object).reshape(shape).tolist()


def _by_name(read: list[tuple[str, list[int], list]], tensors: tuple[Tensor, ...]) -> ModelInput:
    """A tensor that comes alone is the only one of the model, whatever its name."""
    values = {name: _nested(shape, data) for name, shape, data in read}
    alone = len(read) == 1 and len(tensors) == 1
    return enforce_tensors({tensors[0].name: next(iter(values.values()))} if alone else values, tensors)


def _matrix_of(raw: Raw, signature: Signature) -> ModelInput:
    return enforce_array([list(row) for row in zip(*raw.columns.values())], signature)


def _matrix(name: str, shape: list[int], data: list, signature: Signature) -> ModelInput:
    width = shape[-1] if len(shape) > 1 else 1
    if len(shape) > 2 and signature.tensor is None:
        raise SchemaMismatch(f"tensor {name}: a matrix of columns has the shape [n, {len(signature.columns)}], got {shape}")
    if signature.named:
        wanted = [column.name for column in signature.columns]
        if len(shape) != 2 or width != len(wanted):
            raise SchemaMismatch(
                f"Model is missing inputs {wanted}. Send one tensor per column, or one matrix of the shape [n, {len(wanted)}]. "
                f"Got the tensor {name} of the shape {shape}."
            )
        return enforce(Raw({column: data[index::width] for index, column in enumerate(wanted)}, shape[0]), signature, False)
    return enforce_array(_nested(shape, data), signature)


def _tensor(item: object) -> tuple[str, list[int], list]:
    """Name, shape and flat data of one tensor. Data may come nested or flat, row by row."""
    if not isinstance(item, dict) or not isinstance(item.get("name"), str):
        raise InvalidInput("each tensor must be an object with a name")
    name = item["name"]
    shape, datatype, data = item.get("shape"), item.get("datatype"), item.get("data")
    if not isinstance(shape, list) or not all(type(size) is int and size >= 0 for size in shape):
        raise InvalidInput(f"tensor {name}: shape must be a list of sizes")
    if datatype not in DATATYPES:
        raise InvalidInput(f"tensor {name}: datatype {str(datatype)[:40]} is unknown; use one of {', '.join(DATATYPES)}")
    if not isinstance(data, list):
        raise InvalidInput(f"tensor {name}: data must be a list")
    flat = data
    while flat and isinstance(flat[0], list):
        if not all(isinstance(part, list) for part in flat):
            raise InvalidInput(f"tensor {name}: data is nested unevenly")
        flat = [value for part in flat for value in part]
    size = 1
    for length in shape:
        size *= length
    if len(flat) != size:
        raise InvalidInput(f"tensor {name}: shape {shape} has {size} values, data has {len(flat)}")
    for value in flat:
        fits = isinstance(value, str) if datatype == "BYTES" else isinstance(value, (bool, int, float))
        if not fits and value is not None:
            raise InvalidInput(f"tensor {name}: {type(value).__name__} is not a {datatype}")
    return name, shape, flat


def answer(document: dict, prediction: Prediction, model: str, version: str) -> dict:
    """The body of an infer answer. Raises InvalidInput when the request asks for an output that the model does not have."""
    outputs = _outputs(prediction)
    wanted = document.get("outputs")
    if isinstance(wanted, list) and wanted:
        names = [item.get("name") if isinstance(item, dict) else None for item in wanted]
        unknown = [str(name)[:100] for name in names if name not in {output["name"] for output in outputs}]
        if unknown:
            raise InvalidInput(f"the model has no output {unknown[0]}; it has {', '.join(output['name'] for output in outputs)}")
        outputs = [output for output in outputs if output["name"] in names]
    body: dict = {"model_name": model, "outputs": outputs}
    if version:
        body["model_version"] = version
    if isinstance(document.get("id"), str):
        body["id"] = document["id"]
    return body


def _outputs(prediction: Prediction) -> list[dict]:
    values = prediction.values
    if isinstance(values, dict) and isinstance(prediction.dtype, dict):
        return [_output(name, part, prediction.dtype[name]) for name, part in values.items()]
    if isinstance(values, list) and values and all(isinstance(row, dict) for row in values):
        return [_output(str(name), [_flat(row[name]) for row in values], None) for name in values[0]]
    return [_output("predictions", values if isinstance(values, list) else [values], None if isinstance(prediction.dtype, dict) else prediction.dtype)]


def _flat(value: object) -> object:
    """Probabilities by class as a row of a tensor, in the order of the classes."""
    return list(value.values()) if isinstance(value, dict) else value


def _output(name: str, values: list, dtype: np.dtype | None) -> dict:
    array = np.array(values, dtype=object) if dtype is not None and dtype.kind in "OUS" else np.array(values)
    datatype = _BY_DTYPE.get((dtype or array.dtype).name)
    if datatype is None or datatype == "BYTES":
        flat = [value if isinstance(value, (str, type(None))) else str(value) for value in array.ravel().tolist()]
        return {"name": name, "shape": list(array.shape), "datatype": "BYTES", "data": flat}
    return {"name": name, "shape": list(array.shape), "datatype": datatype, "data": array.ravel().tolist()}


def metadata(signature: Signature, model: str, version: str, platform: str) -> dict:
    """The body of `GET /v2/models/{model}`."""
    body = {
        "name": model,
        "platform": platform,
        "inputs": _described(signature.inputs, "input"),
        "outputs": _described(signature.outputs, "predictions"),
    }
    if version:
        body["versions"] = [version]
    return body


def _described(items: tuple[Column | Tensor, ...] | None, fallback: str) -> list[dict]:
    described = []
    for index, item in enumerate(items or ()):
        name = item.name or (fallback if len(items or ()) == 1 else f"{fallback}-{index}")
        if isinstance(item, Tensor):
            described.append({"name": name, "datatype": _BY_DTYPE.get(item.dtype, "BYTES"), "shape": list(item.shape)})
        else:
            described.append({"name": name, "datatype": _BY_COLUMN.get(item.type, "BYTES"), "shape": [-1]})
    return described


def error_body(error: RequestError) -> dict:
    return {"error": error.message}

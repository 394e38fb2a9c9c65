"""The OpenAPI document of one release and its page: written once from the signature, served as they are."""

from __future__ import annotations

import html
import json

from . import __version__
from .release import Release
from .signature import Column, Tensor

_JSON_TYPES = {
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer", "format": "int32"},
    "long": {"type": "integer", "format": "int64"},
    "float": {"type": "number", "format": "float"},
    "double": {"type": "number", "format": "double"},
    "string": {"type": "string"},
    "binary": {"type": "string", "contentEncoding": "base64"},
    "datetime": {"type": "string", "format": "date-time"},
    "any": {},
}
_SYNTHETIC = {
    "boolean": False,
    "integer": 0,
    "long": 0,
    "float": 0.0,
    "double": 0.0,
    "string": "",
    "binary": "",
    "datetime": "2020-01-01T00:00:00",
}


def synthetic_request(release: Release) -> dict | None:
    """One row made from the signature alone, as a `/invocations` body; None when there is no signature to make it from."""
    signature = release.signature
    if signature.inputs is None:
        return None
    if signature.tensor is not None:
        return {"inputs": _zeros([1 if size == -1 else size for size in signature.tensor.shape], signature.tensor.dtype)}
    if signature.left_to_model:
        return None
    if signature.tensors:
        return {"inputs": {tensor.name: _zeros([1 if size == -1 else size for size in tensor.shape], tensor.dtype) for tensor in signature.tensors}}
    row = [_SYNTHETIC.get(column.type) for column in signature.columns]
    if signature.named:
        return {"dataframe_split": {"columns": [column.name for column in signature.columns], "data": [row]}}
    return {"dataframe_split": {"data": [row]}}


def _zeros(shape: list[int], dtype: str) -> object:
    if not shape:
        return "" if dtype.startswith(("str", "object", "<U")) else 0
    return [_zeros(shape[1:], dtype) for _ in range(shape[0])]


def _row_schema(release: Release) -> dict:
    columns = [column for column in release.signature.columns if column.name is not None]
    return {
        "type": "object",
        "properties": {column.name: _column_schema(column) for column in columns},
        "required": [column.name for column in columns if column.required],
    }


def _column_schema(column: Column) -> dict:
    schema = dict(_JSON_TYPES[column.type])
    if column.type in ("float", "double", "string", "datetime") and "type" in schema:
        schema["type"] = [schema["type"], "null"]
    return schema


def _tensor_schema(shape: tuple[int, ...], dtype: str) -> dict:
    if not shape:
        return {"type": "number" if dtype.startswith(("int", "uint", "float")) else "string"}
    schema: dict = {"type": "array", "items": _tensor_schema(shape[1:], dtype)}
    if shape[0] >= 0:
        schema["minItems"] = schema["maxItems"] = shape[0]
    return schema


def _request_schema(release: Release) -> dict:
    signature = release.signature
    array = {"type": "array"}
    if signature.tensor is not None:
        matrix = _tensor_schema(signature.tensor.shape, signature.tensor.dtype)
        return {"oneOf": [_only("inputs", matrix), _only("instances", matrix)]}
    if signature.from_type_hint:
        return _only("inputs", {})
    if signature.tensors:
        whole = {tensor.name: _tensor_schema(tensor.shape, tensor.dtype) for tensor in signature.tensors}
        one = {tensor.name: _tensor_schema(tensor.shape[1:], tensor.dtype) for tensor in signature.tensors}
        rows = {"type": "array", "items": {"type": "object", "properties": one, "required": list(one)}, "minItems": 1}
        return {"oneOf": [_only("inputs", {"type": "object", "properties": whole, "required": list(whole)}), _only("instances", rows)]}
    row = _row_schema(release) if signature.named else {"type": "object"}
    split = {
        "type": "object",
        "properties": {
            "columns": {"type": "array", "items": {"type": "string"}},
            "index": array,
            "data": {"type": "array", "items": array},
        },
        "required": ["data"],
        "additionalProperties": False,
    }
    by_column = {"type": "object", "properties": {name: array for name in row.get("properties", {})}}
    return {
        "oneOf": [
            _only("dataframe_split", split),
            _only("dataframe_records", {"type": "array", "items": row, "minItems": 1}),
            _only("instances", {"type": "array", "items": row, "minItems": 1}),
            _only("inputs", by_column),
        ]
    }


def _only(name: str, schema: dict) -> dict:
    return {"type": "object", "properties": {name: schema, "params": {"type": "object"}}, "required": [name]}


def _answer_schema(release: Release) -> dict:
    outputs = release.signature.outputs or ()
    items: dict = {}
    if len(outputs) == 1:
        output = outputs[0]
        items = _tensor_schema(output.shape[1:], output.dtype) if isinstance(output, Tensor) else dict(_JSON_TYPES[output.type])
    elif outputs:
        items = {"type": "object"}
    return {"type": "object", "properties": {"predictions": {"type": "array", "items": items}}, "required": ["predictions"]}


def document(release: Release, example: dict | None) -> dict:
    """The OpenAPI 3.1 document of this release. `example` is a `/invocations` body."""
    error = {
        "description": "What is wrong with the request, naming the column; with `x-slipway-outcome: model-error` the model raised",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
    content: dict = {"schema": {"$ref": "#/components/schemas/Request"}}
    if example is not None:
        content["example"] = example
    empty_ok = {"responses": {"200": {"description": "Yes"}, "503": {"description": "Not yet"}}}
    infer_path = f"/v2/models/{release.model_name}"
    return {
        "openapi": "3.1.0",
        "info": {
            "title": release.model_name,
            "version": release.model_version or "0",
            "description": f"Release {release.digest}",
            "x-slipway-server": __version__,
        },
        "paths": {
            "/invocations": {
                "post": {
                    "summary": "Predict (MLflow's scoring protocol)",
                    "requestBody": {"required": True, "content": {"application/json": content, "text/csv": {"schema": {"type": "string"}}}},
                    "responses": {
                        "200": {
                            "description": "One prediction per row",
                            "content": {
                                "application/json": {"schema": {"$ref": "#/components/schemas/Answer"}},
                                "text/csv": {"schema": {"type": "string"}},
                            },
                        },
                        "400": error,
                        "413": {**error, "description": f"The body is larger than {release.serving.max_request_bytes} bytes"},
                        "415": {"description": "The content type is not supported"},
                        "503": {**error, "description": "The model is not loaded yet, or the replica is overloaded"},
                        "504": {"description": f"No answer within {release.serving.request_timeout_seconds:g} s"},
                    },
                }
            },
            f"{infer_path}/infer": {
                "post": {
                    "summary": "Predict (Open Inference Protocol v2)",
                    "requestBody": {
                        "required": True,
                        "content": {"application/json": {"schema": {"type": "object", "required": ["inputs"]}}},
                    },
                    "responses": {
                        "200": {"description": "The output tensors"},
                        "400": {"description": "What is wrong with the request"},
                        "500": {"description": "The model raised"},
                    },
                }
            },
            infer_path: {"get": {"summary": "The model's inputs and outputs", "responses": {"200": {"description": "Metadata"}}}},
            "/ping": {
                "get": {"summary": "Is the model loaded", "responses": {"200": {"description": "Yes"}, "404": {"description": "Not yet"}}}
            },
            "/livez": {"get": {"summary": "Is the server alive", "responses": {"200": {"description": "Yes"}}}},
            "/readyz": {"get": {"summary": "Is the model loaded and warmed up", **empty_ok}},
            "/metrics": {"get": {"summary": "Prometheus metrics", "responses": {"200": {"description": "Text exposition"}}}},
        },
        "components": {
            "schemas": {
                "Request": _request_schema(release),
                "Answer": _answer_schema(release),
                "Error": {
                    "type": "object",
                    "properties": {"error_code": {"type": "string"}, "message": {"type": "string"}},
                    "required": ["error_code", "message"],
                },
            }
        },
    }


_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}"
    "table{border-collapse:collapse}td,th{text-align:left;padding:.25rem 1rem .25rem 0;border-bottom:1px solid #8884}"
    "pre{overflow:auto;padding:.75rem;background:#8882;border-radius:4px}code{font-family:ui-monospace,monospace}"
)


def page(release: Release, described: dict, example: dict | None) -> str:
    """A page for people, complete in itself: no scripts, nothing loaded from elsewhere."""
    escape = html.escape
    rows = "".join(
        f"<tr><td><code>{escape(str(column.name if column.name is not None else index))}</code></td>"
        f"<td>{escape(column.type)}</td><td>{'yes' if column.required else 'no'}</td></tr>"
        for index, column in enumerate(release.signature.columns)
    )
    tensor = release.signature.tensor
    if tensor is not None:
        inputs = f"<p>One tensor of <code>{escape(tensor.dtype)}</code>, shape <code>{escape(str(list(tensor.shape)))}</code>.</p>"
    elif rows:
        inputs = f"<table><thead><tr><th>Column</th><th>Type</th><th>Required</th></tr></thead><tbody>{rows}</tbody></table>"
    else:
        inputs = "<p>The model was logged without a signature: inputs are not checked.</p>"
    body = json.dumps(example, indent=2) if example is not None else ""
    call = (
        "<h2>Example</h2><pre><code>curl -X POST -H 'content-type: application/json' --data @request.json "
        f".../invocations</code></pre><p>request.json:</p><pre><code>{escape(body)}</code></pre>"
        if body
        else ""
    )
    paths = "".join(
        f"<tr><td><code>{escape(method.upper())}</code></td><td><code>{escape(path)}</code></td><td>{escape(operation['summary'])}</td></tr>"
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    )
    title = escape(f"{release.model_name} {release.model_version}".strip())
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body><main><h1>{title}</h1>"
        f'<p>Release <code>{escape(release.digest)}</code> · <a href="openapi.json">openapi.json</a></p>'
        f"<h2>Inputs</h2>{inputs}{call}<h2>Routes</h2><table><tbody>{paths}</tbody></table></main></body></html>"
    )

"""Outputs of an executed cell as MIME items of limited size, under the MIME types that VS Code uses for them."""

from __future__ import annotations

import base64
import binascii
import json

TEXT_BYTES = 64 * 1024
IMAGE_BYTES = 1024 * 1024
MAX_ITEMS = 200

_STREAMS = {"stdout": "application/vnd.code.notebook.stdout", "stderr": "application/vnd.code.notebook.stderr"}
_ERROR = "application/vnd.code.notebook.error"


def cell_outputs(outputs: list[dict]) -> list[dict]:
    """The items of a cell's outputs (nbformat 4), at most MAX_ITEMS."""
    items: list[dict] = []
    for output in outputs:
        kind = output.get("output_type")
        if kind == "stream":
            items.append(_text(_STREAMS.get(output.get("name", ""), _STREAMS["stdout"]), output.get("text", "")))
        elif kind == "error":
            error = {"name": output.get("ename", ""), "message": output.get("evalue", ""), "stack": "\n".join(output.get("traceback", []))}
            items.append(_error(error))
        else:
            items.extend(_item(mime, value) for mime, value in output.get("data", {}).items())
    return items[:MAX_ITEMS]


def _item(mime: str, value: object) -> dict:
    if isinstance(value, str) and mime.startswith("image/") and mime != "image/svg+xml":
        return _image(mime, value)
    return _text(mime, value if isinstance(value, str) else json.dumps(value))


def _text(mime: str, text: str) -> dict:
    data = text.encode("utf-8", "replace")
    cut = len(data) > TEXT_BYTES
    content = data[:TEXT_BYTES].decode("utf-8", "ignore") if cut else data.decode("utf-8")
    return {"mime": mime, "content": content, "encoding": "text", "truncated": cut}


def _error(error: dict) -> dict:
    """A long stack is cut at its beginning, so that the JSON stays readable and the end says what went wrong."""
    stack, cut = error["stack"], False
    if len(stack) > TEXT_BYTES // 8:
        stack, cut = stack[-TEXT_BYTES // 8 :], True
    message = error["message"]
    if len(message) > TEXT_BYTES // 8:
        message, cut = message[: TEXT_BYTES // 8], True
    content = json.dumps({"name": error["name"], "message": message, "stack": stack})
    return {"mime": _ERROR, "content": content, "encoding": "text", "truncated": cut}


def _image(mime: str, encoded: str) -> dict:
    content = "".join(encoded.split())
    try:
        size = len(base64.b64decode(content, validate=True))
    except (binascii.Error, ValueError):
        return _text(mime, encoded)
    # A part of an image shows nothing, so one that is too large is left out as a whole.
    cut = size > IMAGE_BYTES
    return {"mime": mime, "content": "" if cut else content, "encoding": "base64", "truncated": cut}

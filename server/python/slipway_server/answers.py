"""Answers as bytes: predictions and refusals in the forms that MLflow and the Open Inference Protocol give them."""

from __future__ import annotations

import asyncio
import base64
import datetime

import orjson

from . import openinference
from .errors import PredictionFailed, RequestError, UnsupportedMediaType

#: Answers with more rows are written on a thread, so that small requests need not wait for them.
LARGE_ANSWER_ROWS = 5000

JSON = b"application/json"
CSV = b"text/csv; charset=utf-8"
TEXT = b"text/plain; charset=utf-8"
BYTES = b"application/octet-stream"

#: Tells that the model raised, whatever the status is; the gateway counts by it.
MODEL_ERROR = (b"x-slipway-outcome", b"model-error")


def _plain(value: object) -> object:
    """Values that JSON has no form for, as MLflow writes them."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, (bytes, bytearray)):
        return base64.encodebytes(value).decode("ascii")
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    raise TypeError(f"a prediction of the type {type(value).__name__} cannot be written as JSON")


def _dump(value: object) -> bytes:
    return orjson.dumps(value, default=_plain, option=orjson.OPT_NON_STR_KEYS)


async def encoded(value: object, rows: int) -> bytes:
    """JSON; NaN and infinities become null because JSON has no numbers for them."""
    return await asyncio.to_thread(_dump, value) if rows > LARGE_ANSWER_ROWS else _dump(value)


def error_answer(error: RequestError, open_inference: bool) -> tuple[int, bytes, bytes]:
    if open_inference:
        status = error.open_inference_status if isinstance(error, PredictionFailed) else error.status
        return status, JSON, orjson.dumps(openinference.error_body(error))
    if isinstance(error, UnsupportedMediaType):
        return error.status, TEXT, error.message.encode()
    return error.status, JSON, _dump(error.as_json())

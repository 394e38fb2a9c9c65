"""The first prediction of a model, before it says ready."""

from __future__ import annotations

from . import openapi
from .batching import predicted
from .flavors.flavor import Model
from .invocations import from_document
from .log import log
from .release import Release


def warm_up(release: Release, model: Model) -> str:
    """Predict once, alone and as a batch would, so that nothing is slow or broken for the first client.

    Returns what was predicted: `example`, `synthetic` or `none`. Raises the model's own error for a recorded example; a
    synthetic row may be unknown to the model, so its failure says nothing.
    """
    example = release.example_request()
    body = example if example is not None else openapi.synthetic_request(release)
    if not isinstance(body, dict):
        return "none"
    try:
        value = from_document(body, release.signature)
        predicted(model, [value], value.rows)
    except Exception as error:
        if example is not None:
            raise
        log("warning", "synthetic-row-failed", error=repr(error))
        return "none"
    return "example" if example is not None else "synthetic"

"""Values that a notebook adds to its captured run. Standard library only: it runs in the user's kernel, whatever is installed there."""

from __future__ import annotations

import base64
import json
import math
import os
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import warnings
from collections.abc import Iterator, Mapping
from typing import NamedTuple

TIMEOUT_SECONDS = 10
# The statistics of a table are taken before the answer comes.
TABLE_TIMEOUT_SECONDS = 900
# A companion that is replaced is back within a few seconds.
RETRY_SECONDS = (0.1, 0.4, 1.5, 3)
# The editor announces a cell while the kernel runs it already.
ANNOUNCEMENT_SECONDS = (0.1, 0.2, 0.5, 1)
METRICS_PER_BATCH = 1000

_KERNEL_USER = re.compile(r"^nb-([0-9a-f]{32})$")


class NotConnectedError(RuntimeError):
    """The kernel does not know the companion, or no notebook is being recorded."""


class _Companion(NamedTuple):
    url: str
    user: str
    token: str


def log(values: Mapping[str, object] | None = None, /, *, step: int = 0, **metrics: object) -> None:
    """Add metrics to the captured run of this notebook: `slipway.log(accuracy=0.9, auc=0.8)`, `slipway.log({"f1/macro": 0.7}, step=3)`.

    Values are numbers, or what `float()` takes for one (numpy and torch scalars); dicts inside give `outer/inner`. Raises TypeError for
    other values, ValueError for names or numbers that the companion refuses, and NotConnectedError. A companion that cannot be reached
    for some seconds costs the values, with a warning, never the training.
    """
    named = dict(_flatten({**(values or {}), **metrics}))
    if isinstance(step, bool) or not hasattr(step, "__index__"):
        raise TypeError(f"step must be a whole number, not {type(step).__name__}")
    now = int(time.time() * 1000)
    points = [{"key": key, "value": _wire(value), "timestamp": now, "step": step.__index__()} for key, value in named.items()]
    if not points:
        return
    companion = companion_of_kernel()
    try:
        run_id = _captured_run(companion)
        for start in range(0, len(points), METRICS_PER_BATCH):
            batch = {"run_id": run_id, "metrics": points[start : start + METRICS_PER_BATCH]}
            send(companion, "/api/2.0/mlflow/runs/log-batch", batch)
    except OSError as error:
        reason = getattr(error, "reason", None) or error
        warnings.warn(f"slipway.log: {', '.join(named)} not logged, the companion cannot be reached: {reason}", RuntimeWarning, stacklevel=2)


def _flatten(values: Mapping, outer: str = ""):
    for name, value in values.items():
        key = f"{outer}{name}"
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{key}/")
        else:
            yield key, _number(key, value)


def _number(key: str, value: object) -> float:
    if isinstance(value, (str, bytes)) or value is None:
        raise TypeError(f"{key}: a metric is a number, not {value!r}. Texts belong into a parameters cell or mlflow.log_param.")
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise TypeError(f"{key}: a metric is one number, not {type(value).__name__}") from error


def _wire(value: float) -> float | str:
    """JSON has no NaN and no infinities: they travel by name."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def companion_of_kernel() -> _Companion:
    """Where the companion is: from the environment, else from the `mlflow` of this kernel."""
    uri = os.environ.get("MLFLOW_TRACKING_URI", "")
    if not uri.startswith("http") and "mlflow" in sys.modules:
        uri = sys.modules["mlflow"].get_tracking_uri()
    parts = urllib.parse.urlsplit(uri)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise NotConnectedError("The kernel does not know Slipway's companion. Run the command 'Slipway: Connect Notebook' and restart the kernel.")
    host = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
    user = urllib.parse.unquote(parts.username or "") or os.environ.get("MLFLOW_TRACKING_USERNAME", "")
    token = urllib.parse.unquote(parts.password or "") or os.environ.get("MLFLOW_TRACKING_PASSWORD", "")
    return _Companion(f"{parts.scheme}://{host}{parts.path.rstrip('/')}", user, token)


def _captured_run(companion: _Companion) -> str:
    """The run that the login of the kernel names, else the one that is recorded of this notebook."""
    named = _KERNEL_USER.match(companion.user)
    if named:
        return named.group(1)
    # The Jupyter extension of VS Code tells the kernel which notebook it runs.
    notebook = getattr(sys.modules.get("__main__"), "__vsc_ipynb_file__", None)
    query = "?" + urllib.parse.urlencode({"notebook": notebook}) if isinstance(notebook, str) else ""
    for wait in (*ANNOUNCEMENT_SECONDS, None):
        run_id = send(companion, f"/api/slipway/v1/executing-capture{query}").get("runId")
        if isinstance(run_id, str):
            return run_id
        if wait is not None:
            time.sleep(wait)
    raise NotConnectedError("No notebook is being recorded, or several are and this one cannot be told apart. Is its recording paused?")


def send(companion: _Companion, path: str, body: dict | None = None, what: str = "slipway.log") -> dict:
    """Raises OSError when the companion cannot be reached, ValueError, which begins with `what`, for what it refuses."""
    login = base64.b64encode(f"{companion.user or 'slipway'}:{companion.token}".encode()).decode()
    own = path.startswith("/api/slipway/")
    headers = {"Authorization": f"Bearer {companion.token}" if own else f"Basic {login}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body, allow_nan=False).encode()
    request = urllib.request.Request(companion.url + path, data=data, headers=headers)
    for wait in (*RETRY_SECONDS, None):
        try:
            return _open(request, TIMEOUT_SECONDS, what)
        except OSError:
            if wait is None:
                raise
            time.sleep(wait)
    raise AssertionError("the last try returns or raises")


def send_csv(companion: _Companion, path: str, pieces: Iterator[bytes], what: str) -> dict:
    """Sends a table as it is written, once. Raises OSError and ValueError as `send` does."""
    headers = {"Authorization": f"Bearer {companion.token}", "Content-Type": "text/csv; charset=utf-8"}
    return _open(urllib.request.Request(companion.url + path, data=pieces, headers=headers), TABLE_TIMEOUT_SECONDS, what)


def _open(request: urllib.request.Request, seconds: float, what: str) -> dict:
    # A proxy of the environment is not for this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=seconds) as answer:
            return json.loads(answer.read() or b"{}")
    except urllib.error.HTTPError as error:
        raise ValueError(f"{what}: {_message(error)}") from None


def _message(error: urllib.error.HTTPError) -> str:
    try:
        said = json.loads(error.read())
    except ValueError:
        said = {}
    # MLflow's paths say `message`, the companion's own `error` with a remedy.
    told = said.get("error", said) if isinstance(said, dict) else {}
    texts = [told.get("message"), told.get("remedy")] if isinstance(told, dict) else []
    return " ".join(text for text in texts if isinstance(text, str)) or f"the companion answered {error.code}"

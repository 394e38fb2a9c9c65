"""Say once, and within seconds, that a call of mlflow could not be delivered to the companion.

mlflow tries a call again for about four minutes before it raises, without a word where nobody shows warnings of urllib3. MLflow loads
`HeaderProvider` by the entry point of this folder (https://mlflow.org/docs/latest/ml/plugins/, `mlflow.request_header_provider`) before its
first call, wherever `PYTHONPATH` names the folder; elsewhere `import slipway` does the same. It adds no header. Standard library only.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import time
from urllib.parse import urlsplit

_LOOPBACK = ("127.0.0.1", "localhost")
# The pauses between the tries of one call grow to 128 s (MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR); what comes later is about another end.
_SAME_OUTAGE_SECONDS = 300


class _Retries(logging.Filter):
    """Reads "Retrying (%r) after connection broken by %r: %s", which urllib3 logs before each further try; whoever shows it still does."""

    def __init__(self) -> None:
        super().__init__()
        self._last = float("-inf")

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            self._read(record.getMessage())
        except Exception:  # noqa: BLE001, S110 - a word that cannot be said must not end a training
            pass
        return True

    def _read(self, message: str) -> None:
        address = _companion()
        if not message.startswith("Retrying") or "/mlflow" not in message or address is None or _port_of(message) not in (None, urlsplit(address).port):
            return
        now = time.monotonic()
        first = now - self._last > _SAME_OUTAGE_SECONDS
        self._last = now
        if first:
            print(_word(address), file=sys.stderr, flush=True)


def _companion() -> str | None:
    """Return where mlflow logs to, without a login, if that is this machine."""
    mlflow = sys.modules.get("mlflow")
    uri = mlflow.get_tracking_uri() if mlflow is not None else os.environ.get("MLFLOW_TRACKING_URI", "")
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.hostname}:{parts.port}" if parts.hostname in _LOOPBACK and parts.port else None


def _port_of(message: str) -> int | None:
    found = re.search(r"port=(\d+)", message)
    return None if found is None else int(found.group(1))


def _word(address: str) -> str:
    return (
        f"Slipway: a call of mlflow could not be delivered, because the companion at {address} does not answer.\n"
        'Start it with "slipway serve" or "Slipway: Start Companion": it takes the same port again, and mlflow, which goes on trying for about four '
        "minutes, delivers the call. Then it raises an error."
    )


class HeaderProvider:
    """What MLflow asks for more headers: none."""

    def __init__(self) -> None:
        tell()

    def in_context(self) -> bool:
        return False

    def request_headers(self) -> dict[str, str]:
        return {}


def tell() -> None:
    """Begin to tell, unless that has begun."""
    logger = logging.getLogger("urllib3.connectionpool")
    if not any(isinstance(each, _Retries) for each in logger.filters):
        logger.addFilter(_Retries())

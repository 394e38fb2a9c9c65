"""The log: one line per event on stderr, `time level event key=value ...`."""

from __future__ import annotations

import json
import logging
import sys
import time

from .errors import ImportRefused, ReplicaError


def log(level: str, event: str, **fields: object) -> None:
    """Write one event. Newlines in values are escaped so that an event stays one line."""
    now = time.time()
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03d}Z"
    parts = [stamp, level, event]
    for key, value in fields.items():
        text = str(value).replace("\\", "\\\\").replace("\r", "\\r").replace("\n", "\\n")
        parts.append(f'{key}="{text}"' if " " in text else f"{key}={text}")
    sys.stderr.write(" ".join(parts) + "\n")
    sys.stderr.flush()


def log_failure(error: ReplicaError) -> None:
    """Write why the replica cannot serve: what a person may allow, then the message (server/deployments/replicas/lastWords.ts reads both)."""
    if isinstance(error, ImportRefused) and error.allowable:
        log("info", "allowable", imports=json.dumps(error.allowable))
    log("error", error.reason, message=str(error))


class _Events(logging.Handler):
    """What libraries log or warn of, as events of this log."""

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            message = f"{message} {record.exc_info[1]!r}"
        log("error" if record.levelno >= logging.ERROR else "warning", record.name, message=message.strip())


def capture_libraries() -> None:
    """Send warnings and the log records of all libraries through this log."""
    logging.captureWarnings(True)
    logging.basicConfig(level=logging.WARNING, handlers=[_Events()], force=True)

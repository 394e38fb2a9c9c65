"""The log: one line per event on stderr, `time level event key=value ...`."""

from __future__ import annotations

import sys
import time


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

"""Counters of one server process and their Prometheus text (exposition format 0.0.4).

With several workers each process writes its snapshot into a shared folder; whichever is scraped adds them up, so that a
scrape never sees one worker only.
"""

from __future__ import annotations

import json
import os
import time
from bisect import bisect_left
from pathlib import Path

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 16384)


class Histogram:
    """Counts per bucket (upper bounds inclusive), sum and number of observations."""

    def __init__(self, bounds: tuple):
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


class Metrics:
    """What this process has counted since it started."""

    def __init__(self, shared_folder: Path | None = None):
        self.requests: dict[tuple[str, int], int] = {}
        self.durations: dict[str, Histogram] = {}
        self.batch_rows = Histogram(ROWS)
        self.prediction_errors = 0
        self.in_flight = 0
        self.started = time.time()
        self._shared_folder = shared_folder

    def observe(self, path: str, status: int, seconds: float) -> None:
        """Count one answered request. `path` is a route's template, never what the client sent."""
        key = (path, status)
        self.requests[key] = self.requests.get(key, 0) + 1
        histogram = self.durations.get(path)
        if histogram is None:
            histogram = self.durations[path] = Histogram(SECONDS)
        histogram.observe(seconds)

    def snapshot(self) -> dict:
        return {
            "requests": [[path, status, count] for (path, status), count in self.requests.items()],
            "durations": {path: [histogram.counts, histogram.total] for path, histogram in self.durations.items()},
            "batchRows": [self.batch_rows.counts, self.batch_rows.total],
            "predictionErrors": self.prediction_errors,
            "inFlight": self.in_flight,
        }

    def share(self) -> None:
        """Write this process's snapshot where the other workers read it."""
        if self._shared_folder is None:
            return
        path = self._shared_folder / f"{os.getpid()}.json"
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(self.snapshot()), "utf-8")
        os.replace(partial, path)

    def _all(self) -> list[dict]:
        snapshots = [self.snapshot()]
        if self._shared_folder is not None:
            for path in sorted(self._shared_folder.glob("*.json")):
                if path.stem != str(os.getpid()):
                    snapshots.append(json.loads(path.read_text("utf-8")))
        return snapshots

    def exposition(self, info: dict[str, str], ready: bool, waiting: int) -> str:
        """The Prometheus text of all workers together."""
        requests: dict[tuple[str, int], int] = {}
        durations: dict[str, tuple[list[int], float]] = {}
        batch_counts, batch_total, errors, in_flight = [0] * (len(ROWS) + 1), 0.0, 0, 0
        for part in self._all():
            for path, status, count in part["requests"]:
                requests[(path, status)] = requests.get((path, status), 0) + count
            for path, (counts, total) in part["durations"].items():
                known, sum_so_far = durations.get(path, ([0] * len(counts), 0.0))
                durations[path] = ([a + b for a, b in zip(known, counts)], sum_so_far + total)
            batch_counts = [a + b for a, b in zip(batch_counts, part["batchRows"][0])]
            batch_total += part["batchRows"][1]
            errors += part["predictionErrors"]
            in_flight += part["inFlight"]
        lines: list[str] = []
        _head(lines, "slipway_requests_total", "counter", "Requests answered, by path and HTTP status.")
        for (path, status), count in sorted(requests.items()):
            lines.append(f'slipway_requests_total{{path="{path}",status="{status}"}} {count}')
        _head(lines, "slipway_request_duration_seconds", "histogram", "Time from a request's first byte to its answer.")
        for path, (counts, total) in sorted(durations.items()):
            _histogram(lines, "slipway_request_duration_seconds", f'path="{path}"', SECONDS, counts, total)
        _head(lines, "slipway_batch_rows", "histogram", "Rows of each predict call.")
        _histogram(lines, "slipway_batch_rows", "", ROWS, batch_counts, batch_total)
        _head(lines, "slipway_prediction_errors_total", "counter", "Requests for which the model raised.")
        lines.append(f"slipway_prediction_errors_total {errors}")
        _head(lines, "slipway_requests_in_flight", "gauge", "Requests being answered now.")
        lines.append(f"slipway_requests_in_flight {in_flight}")
        _head(lines, "slipway_requests_waiting", "gauge", "Requests of this worker that wait for the predict thread.")
        lines.append(f"slipway_requests_waiting {waiting}")
        _head(lines, "slipway_ready", "gauge", "1 when the model is loaded and warmed up.")
        lines.append(f"slipway_ready {int(ready)}")
        _head(lines, "slipway_model_info", "gauge", "The release that is served.")
        labels = ",".join(f'{key}="{_escaped(value)}"' for key, value in info.items())
        lines.append(f"slipway_model_info{{{labels}}} 1")
        _head(lines, "process_start_time_seconds", "gauge", "Start of this process since the epoch.")
        lines.append(f"process_start_time_seconds {self.started:.3f}")
        resident = _resident_bytes()
        if resident is not None:
            _head(lines, "process_resident_memory_bytes", "gauge", "Resident memory of this process.")
            lines.append(f"process_resident_memory_bytes {resident}")
        return "\n".join(lines) + "\n"


def _head(lines: list[str], name: str, kind: str, text: str) -> None:
    lines.append(f"# HELP {name} {text}")
    lines.append(f"# TYPE {name} {kind}")


def _histogram(lines: list[str], name: str, label: str, bounds: tuple, counts: list[int], total: float) -> None:
    separator = "," if label else ""
    cumulative = 0
    for bound, count in zip(bounds, counts):
        cumulative += count
        lines.append(f'{name}_bucket{{{label}{separator}le="{bound}"}} {cumulative}')
    cumulative += counts[-1]
    lines.append(f'{name}_bucket{{{label}{separator}le="+Inf"}} {cumulative}')
    braces = f"{{{label}}}" if label else ""
    lines.append(f"{name}_sum{braces} {total}")
    lines.append(f"{name}_count{braces} {cumulative}")


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _resident_bytes() -> int | None:
    try:
        with open("/proc/self/statm", encoding="ascii") as stream:
            return int(stream.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return None

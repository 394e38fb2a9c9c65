"""How many processors this process may use, and how many workers a release runs with on them."""

from __future__ import annotations

import math
import os
from pathlib import Path

#: "$MAX $PERIOD" of the control group, where it has a limit (https://docs.kernel.org/admin-guide/cgroup-v2.html, cpu.max).
_CPU_LIMIT = Path("/sys/fs/cgroup/cpu.max")


def processors() -> int:
    """How many processors this process may use."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = _CPU_LIMIT.read_text("ascii").split()
        return allowed if quota == "max" else max(1, min(allowed, math.ceil(int(quota) / int(period))))
    except (OSError, ValueError):
        return allowed


def worker_count(wanted: int | None) -> int:
    """How many workers a release runs with: as many as it says, else two where there are processors for them, so that one that dies stops nobody."""
    return wanted if wanted is not None else min(2, processors())

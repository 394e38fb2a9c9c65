"""The memory limit of a local process, shared by its workers. Containers have one for all of their processes."""

from __future__ import annotations

import re
from pathlib import Path

_STATUS = Path("/proc/self/status")


def share_limit(count: int, forked: bool) -> None:
    """Give this worker its part of the limit that the replica was started with (RLIMIT_DATA, `man 2 getrlimit`), where there is one.

    A fork has what is there already together with the others: it may take its part of the rest beside it. What it changes of that is
    counted once.
    """
    try:
        import resource
    except ModuleNotFoundError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if soft == resource.RLIM_INFINITY:
        return
    taken = _taken_bytes() if forked else 0
    resource.setrlimit(resource.RLIMIT_DATA, (taken + max(0, soft - taken) // count, hard))


def _taken_bytes() -> int:
    """What RLIMIT_DATA counts of this process (`man 5 proc`, VmData); 0 where the system does not say."""
    try:
        found = re.search(r"^VmData:\s+(\d+) kB$", _STATUS.read_text("ascii"), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0

"""Capabilities of Linux (https://man7.org/linux/man-pages/man7/capabilities.7.html): what root may do beside other users."""

from __future__ import annotations

import ctypes

_DROP_FROM_BOUNDING_SET = 24
_DAC_OVERRIDE = 1
_MOST = 64


def give_up() -> None:
    """Leave the programs that root starts from here no more than any user may do, but for files of others where rules allow them.

    Root with its capabilities would read the environment of processes outside of the cage (CAP_PERFMON). For other users there
    is nothing to give up.
    """
    libc = ctypes.CDLL(None)
    for capability in range(_MOST):
        if capability != _DAC_OVERRIDE:
            libc.prctl(_DROP_FROM_BOUNDING_SET, ctypes.c_ulong(capability), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0))

"""Who may ask a replica: whoever knows its key, by one of its names. Without a key there is no check."""

from __future__ import annotations

import hmac
import os
import sys

from .errors import ReplicaError, RequestError

#: As in `server/platform/http/replicaKey.ts`.
KEY_HEADER = b"x-slipway-replica-key"

#: Where a container gets its key; it is taken out of the environment before a model is loaded.
KEY_VARIABLE = "SLIPWAY_REPLICA_KEY"

_LOOPBACK = (b"127.0.0.1", b"localhost", b"[::1]")


class NotAllowed(RequestError):
    status = 403
    error_code = "PERMISSION_DENIED"


class NoKey(ReplicaError):
    exit_code = 18
    reason = "no-key"


def read_key(from_input: bool) -> bytes | None:
    """The key of this replica, from standard input or the environment, and from neither of them a second time.

    Raises NoKey where standard input holds none although it should.
    """
    given = os.environ.pop(KEY_VARIABLE, "")
    if not from_input:
        return given.strip().encode() or None
    key = sys.stdin.buffer.read().strip()
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    if not key:
        raise NoKey("Standard input holds no key.")
    return key


class Door:
    """Refuses what does not come from the gateway or the companion."""

    def __init__(self, key: bytes | None):
        self._key = key

    def check(self, scope: dict) -> None:
        """Raises NotAllowed, with what to do instead."""
        if self._key is None:
            return
        given = host = b""
        for name, value in scope["headers"]:
            if name == KEY_HEADER:
                given = value
            elif name == b"host":
                host = value
        if not hmac.compare_digest(given, self._key):
            raise NotAllowed("This replica answers Slipway's gateway alone. Send requests to the URL of the endpoint, which `slipway endpoints` shows.")
        name = host.rpartition(b":")[0] if host.rpartition(b":")[2].isdigit() else host
        if name.lower() not in _LOOPBACK and name.decode("latin-1").strip("[]") != (scope.get("server") or ("", 0))[0]:
            raise NotAllowed(f"This replica is not {host.decode('latin-1')[:200]}. Ask it by its address, or send requests to the URL of the endpoint.")

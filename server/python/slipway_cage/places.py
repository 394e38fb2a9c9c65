"""What programs need of a system to run at all: nothing of it belongs to a user."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

_SYSTEM = (
    *("/usr", "/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin", "/opt", "/nix/store", "/gnu/store", "/run/current-system", "/proc", "/sys"),
    *("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/localtime", "/etc/timezone", "/etc/passwd", "/etc/group"),
    *("/etc/hosts", "/etc/host.conf", "/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/protocols", "/etc/services", "/etc/mime.types"),
    *("/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/ca-certificates.conf", "/var/lib/ca-certificates", "/etc/fonts", "/etc/OpenCL", "/etc/vulkan"),
)

_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
#: Of processors that models run on: NVIDIA, AMD, others of the kernel's `accel`, and the one of Windows' Linux.
_ACCELERATORS = ("nvidia", "kfd", "dxg", "renderD", "card", "accel")

#: Named semaphores and shared memory, which `multiprocessing` and joblib need.
SHARED_MEMORY = "/dev/shm"


def _without(path: str, hidden: list[str]) -> Iterator[str]:
    """The path, or what lies in it beside what is hidden."""
    path = os.path.realpath(path)
    if not any(_inside(other, path) for other in hidden):
        yield path
    elif path not in hidden:
        try:
            names = os.listdir(path)
        except OSError:
            return
        for name in names:
            yield from _without(os.path.join(path, name), hidden)


def _inside(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def readable(hidden: list[str]) -> list[str]:
    """Where programs, libraries and the running interpreter lie, without the hidden folders.

    An interpreter may lie in a hidden folder itself, as those of pyenv, conda and uv do in a user's home.
    """
    kept_out = [os.path.realpath(path) for path in hidden]
    prefixes = [os.path.realpath(path) for path in (sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix)]
    own = [path for path in prefixes if not any(_inside(other, path) for other in kept_out)]
    libraries = [path for path in os.environ.get("LD_LIBRARY_PATH", "").split(":") if os.path.isabs(path)]
    found = [place for path in (*_SYSTEM, *libraries) if os.path.exists(path) for place in _without(path, kept_out)]
    executable = os.path.realpath(sys.executable)
    return list(dict.fromkeys([*found, *own, executable, os.path.dirname(os.path.realpath(os.__file__))]))


def devices() -> list[str]:
    """Device files that any program may use."""
    found = [os.path.join(folder, name) for folder in ("/dev", "/dev/dri", "/dev/accel") if os.path.isdir(folder) for name in os.listdir(folder)]
    return [*_DEVICES, *(path for path in found if os.path.basename(path).startswith(_ACCELERATORS) and not os.path.isdir(path))]

"""Landlock: rules that a Linux process gives itself and what it starts, and can never widen (https://docs.kernel.org/userspace-api/landlock.html)."""

from __future__ import annotations

import ctypes
import os
import struct

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION = 1
_PATH_BENEATH, _NET_PORT = 1, 2

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_FIRST_RIGHTS = (1 << 13) - 1
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_REMOVE_FILE, _MAKE_REG = 1 << 5, 1 << 8
_BIND_TCP, _CONNECT_TCP = 1 << 0, 1 << 1
_SCOPE_ABSTRACT_SOCKETS, _SCOPE_SIGNALS = 1 << 0, 1 << 1

READ = _EXECUTE | _READ_FILE | _READ_DIR
#: All but running programs and making devices.
WRITE = ((_FIRST_RIGHTS | _REFER | _TRUNCATE) & ~_EXECUTE) & ~(1 << 6) & ~(1 << 11)
DEVICE = _READ_FILE | _WRITE_FILE | _IOCTL_DEV
#: Shared memory by its name; what others have there cannot be listed.
NAMED = _READ_FILE | _WRITE_FILE | _TRUNCATE | _REMOVE_FILE | _MAKE_REG


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _call(number: int, *arguments: object) -> int:
    result = _libc().syscall(ctypes.c_long(number), *arguments)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def version() -> int:
    """The version of the interface that the kernel has, from 1 on. Raises OSError where it has none, or it is switched off."""
    return _call(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION))


def forbid_new_privileges() -> None:
    """From here on no program gains rights by being run, which the kernel wants of who restricts itself."""
    if _libc().prctl(38, ctypes.c_ulong(1), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def restrict(rights: list[tuple[str, int]], listen: int | None, network: bool) -> None:
    """Leave this process the rights below the given paths, and nothing else of the file system.

    Unless `network`, no TCP connection can be made, and no port but `listen` be listened on, where the kernel knows rules
    for that (version 4). Paths that are not there are passed over.
    """
    known = version()
    files = _FIRST_RIGHTS | (_REFER if known >= 2 else 0) | (_TRUNCATE if known >= 3 else 0) | (_IOCTL_DEV if known >= 5 else 0)
    ports = 0 if network or known < 4 else _BIND_TCP | _CONNECT_TCP
    scopes = _SCOPE_ABSTRACT_SOCKETS | _SCOPE_SIGNALS if known >= 6 else 0
    attributes = struct.pack("=QQQ", files, ports, scopes)[: 24 if known >= 6 else 16 if known >= 4 else 8]
    ruleset = _call(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0))
    for path, wanted in rights:
        try:
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        given = wanted & files
        if not os.path.isdir(path):
            given &= _OF_FILES
        rule = struct.pack("=Qi", given, place)
        _call(_ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(_PATH_BENEATH), rule, ctypes.c_uint32(0))
        os.close(place)
    if ports and listen is not None:
        rule = struct.pack("=QQ", _BIND_TCP, listen)
        _call(_ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(_NET_PORT), rule, ctypes.c_uint32(0))
    forbid_new_privileges()
    _call(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0))
    os.close(ruleset)

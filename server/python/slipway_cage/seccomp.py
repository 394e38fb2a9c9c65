"""A filter of system calls for what file system rules do not see: sockets, and the kernel's keys (https://docs.kernel.org/userspace-api/seccomp_filter.html).

Who may connect to a Unix socket may ask a container engine, or the session's D-Bus, to run a program for it; so a process
without a network connects to none, and one with a network makes none.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct

#: By machine: its AUDIT_ARCH, and the numbers of the calls (include/uapi/linux/audit.h, arch/*/entry/syscalls).
_MACHINES = {
    "x86_64": (
        0xC000003E,
        {"socket": 41, "connect": 42, "sendto": 44, "sendmsg": 46, "sendmmsg": 307, "add_key": 248, "request_key": 249, "keyctl": 250},
    ),
    "aarch64": (
        0xC00000B7,
        {"socket": 198, "connect": 203, "sendto": 206, "sendmsg": 211, "sendmmsg": 269, "add_key": 217, "request_key": 218, "keyctl": 219},
    ),
}
#: The same number everywhere. Its requests would pass by this filter.
_IO_URING_SETUP = 425
#: Numbers from here on are those of another interface (x32) on x86_64.
_OTHER_INTERFACE = 0x40000000
#: Opens a TCP connection by sending (MSG_FASTOPEN).
_FAST_OPEN = 0x20000000
_TYPE_MASK = 0xF
#: As in the module `socket`, which takes longer to import than all of this.
_AF_UNIX, _AF_INET, _AF_INET6, _SOCK_STREAM = 1, 2, 10, 1

_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000
_LOAD, _AND, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16


def supported() -> bool:
    """Whether the calls of this machine are known."""
    return os.uname().machine in _MACHINES and ctypes.sizeof(ctypes.c_void_p) == 8


def _instruction(code: int, value: int, true: int = 0, false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, true, false, value)


def _argument(index: int) -> bytes:
    """Loads the lower half of an argument."""
    return _instruction(_LOAD, _ARGUMENTS + 8 * index)


def _refuse(code: int = errno.EACCES) -> bytes:
    return _instruction(_RETURN, _REFUSE | code)


_PASS = _instruction(_RETURN, _ALLOW)


def _one_of(values: list[int]) -> list[bytes]:
    """Passes what is one of the values and goes on to the next instruction otherwise."""
    return [part for value in values for part in (_instruction(_EQUAL, value, 0, 1), _PASS)]


def _rules(network: bool, calls: dict[str, int]) -> dict[int, list[bytes]]:
    """What is done at each call, the number of which is loaded; all others pass."""
    refused = [calls["add_key"], calls["request_key"], calls["keyctl"], _IO_URING_SETUP, *([] if network else [calls["connect"]])]
    rules = {number: [_refuse()] for number in refused}
    if network:
        rules[calls["socket"]] = [_argument(0), _instruction(_EQUAL, _AF_UNIX, 0, 1), _refuse(), _PASS]
        return rules
    domains = [_argument(0), _instruction(_EQUAL, _AF_UNIX, 0, 1), _PASS]
    for domain in (_AF_INET, _AF_INET6):
        # A stream can be listened on, for those who ask the model.
        stream = [_argument(1), _instruction(_AND, _TYPE_MASK), *_one_of([_SOCK_STREAM]), _refuse()]
        domains += [_instruction(_EQUAL, domain, 0, len(stream)), *stream]
    rules[calls["socket"]] = [*domains, _refuse()]
    for call, flags in (("sendto", 3), ("sendmsg", 2), ("sendmmsg", 3)):
        rules[calls[call]] = [_argument(flags), _instruction(_ANY_BIT, _FAST_OPEN, 0, 1), _refuse(), _PASS]
    return rules


def program(network: bool) -> bytes:
    """The filter as instructions of classic BPF. The kernel remembers which calls always pass, so that they cost nothing."""
    architecture, calls = _MACHINES[os.uname().machine]
    code = [
        _instruction(_LOAD, _ARCHITECTURE),
        _instruction(_EQUAL, architecture, 1, 0),
        _refuse(errno.EPERM),
        _instruction(_LOAD, _NUMBER),
        *([_instruction(_AT_LEAST, _OTHER_INTERFACE, 0, 1), _refuse(errno.ENOSYS)] if architecture == _MACHINES["x86_64"][0] else []),
    ]
    for number, actions in _rules(network, calls).items():
        code += [_instruction(_EQUAL, number, 0, len(actions)), *actions]
    return b"".join([*code, _PASS])


def restrict(network: bool) -> None:
    """Put the filter in force for this process and what it starts; new privileges have to be forbidden already."""
    code = program(network)

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_char_p)]

    filter_ = Program(len(code) // 8, code)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(22, ctypes.c_ulong(2), ctypes.byref(filter_), ctypes.c_ulong(0), ctypes.c_ulong(0)) != 0:
        code_ = ctypes.get_errno()
        raise OSError(code_, os.strerror(code_))

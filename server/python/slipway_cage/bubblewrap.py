"""bubblewrap: a file system of its own for a process, where Landlock is missing (https://github.com/containers/bubblewrap)."""

from __future__ import annotations

import os
import subprocess

_NAMESPACES = ("--unshare-user", "--unshare-pid", "--unshare-ipc")


def works(program: str) -> str | None:
    """None where it can make namespaces here; else what it says."""
    try:
        done = subprocess.run([program, *_NAMESPACES, "--ro-bind", "/", "/", "true"], capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    return None if done.returncode == 0 else done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"status {done.returncode}"


def command(program: str, read: list[str], write: list[str], devices: list[str]) -> list[str]:
    """What runs a command that sees these places and its own processes. The network is as it was: a replica has to be reached."""
    binds: list[tuple[str, str]] = [("--ro-bind-try", path) for path in read if path not in ("/proc", "/sys")]
    links: list[str] = []
    for path in ("/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin"):
        if os.path.islink(path):
            links += ["--symlink", os.readlink(path), path]
    ordered = sorted([*binds, *(("--bind", path) for path in write)], key=lambda bind: (bind[1].count("/"), bind[1]))
    return [
        *(program, *_NAMESPACES, "--proc", "/proc", "--ro-bind", "/sys", "/sys", "--dev", "/dev"),
        *(part for path in devices for part in ("--dev-bind-try", path, path)),
        *links,
        *(part for option, path in ordered for part in (option, path, path)),
        *("--chdir", os.getcwd(), "--"),
    ]

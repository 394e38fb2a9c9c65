"""`python describe_python.py`: what this interpreter is, as one JSON line.

Written for any Python 3, so that one which is too old can be named.
"""

import importlib.util
import json
import platform
import sys
import sysconfig


def platform_tag():
    """Platform tag of the wheels that this interpreter takes (PEP 425, PEP 600), such as `manylinux_2_36_x86_64`."""
    if sys.platform != "linux":
        return sysconfig.get_platform().replace("-", "_").replace(".", "_")
    machine = platform.machine()
    library, version = platform.libc_ver()
    if library == "glibc":
        return "manylinux_" + "_".join(version.split(".")[:2]) + "_" + machine
    return "musllinux_1_2_" + machine


def pip_version():
    """Version of pip; None where there is none."""
    try:
        import pip
    except ImportError:
        return None
    return pip.__version__


def describe():
    return {
        "executable": sys.executable,
        "version": ".".join(map(str, sys.version_info[:3])),
        "platform": platform_tag(),
        "pip": pip_version(),
        "venv": all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")),
    }


if __name__ == "__main__":
    print(json.dumps(describe()))

"""`sandbox-exec` of macOS: a profile in its own language, written from `man sandbox-exec` and the profiles in /System/Library/Sandbox/Profiles."""

from __future__ import annotations

import os


def _quoted(path: str) -> str:
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _below(paths: list[str]) -> str:
    return " ".join(f"(subpath {_quoted(os.path.realpath(path))})" for path in paths)


def profile(read: list[str], write: list[str], hidden: list[str], network: bool) -> str:
    """All is allowed but reading what is hidden and writing anywhere else; of rules that fit, the last one counts."""
    rules = [
        "(version 1)",
        "(allow default)",
        f"(deny file-read* {_below(hidden)})",
        f"(allow file-read* {_below([*read, *write])})",
        "(allow file-read-metadata)",
        "(deny file-write*)",
        f'(allow file-write* {_below(write)} (literal "/dev/null") (literal "/dev/zero") (subpath "/dev/fd"))',
        *([] if network else ["(deny network-outbound)"]),
    ]
    return "\n".join(rules)

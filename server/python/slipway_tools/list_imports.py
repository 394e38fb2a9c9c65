"""`python -I list_imports.py FILE...`: what each pickle imports, one JSON line a file. Nothing is unpickled.

A line is `{"imports": [[module, name], ...]}`, or `{"unreadable": reason}` for a file that cannot be read to the end.
"""

from __future__ import annotations

import json
import pickletools
import sys
from typing import BinaryIO

_OUTSIDE = ("PERSID", "BINPERSID", "EXT1", "EXT2", "EXT4")
_STORES = ("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE")
_FETCHES = ("GET", "BINGET", "LONG_BINGET")


class _Machine:
    """The stack and the memo of a pickle, as far as strings are concerned: everything else is None on it.

    STACK_GLOBAL takes its names from the stack, so strings are followed through both.
    """

    def __init__(self) -> None:
        self.stack: list[object] = []
        self._marks: list[int] = []
        self._memo: dict[object, object] = {}

    def run(self, opcode: pickletools.OpcodeInfo, argument: object) -> None:
        name, before = opcode.name, opcode.stack_before
        if name in _STORES:
            self._memo[len(self._memo) if name == "MEMOIZE" else argument] = self.stack[-1]
        elif name in _FETCHES:
            self.stack.append(self._memo[argument])
        elif name == "DUP":
            self.stack.append(self.stack[-1])
        else:
            self._take(name, before)
            self._give(name, opcode.stack_after, argument)

    def _take(self, name: str, before: list) -> None:
        to_mark = pickletools.markobject in before
        if to_mark or (name == "POP" and self.stack and self.stack[-1] is pickletools.markobject):
            del self.stack[self._marks.pop() :]
            kept = before.index(pickletools.markobject) if to_mark else 0
            if kept:
                del self.stack[-kept:]
        elif before:
            del self.stack[-len(before) :]

    def _give(self, name: str, after: list, argument: object) -> None:
        if name == "MARK":
            self._marks.append(len(self.stack))
            self.stack.append(pickletools.markobject)
            return
        text = isinstance(argument, str) and name not in ("GLOBAL", "INST") and len(after) == 1
        self.stack.extend([argument] if text else [None] * len(after))


def imports(stream: BinaryIO) -> list[tuple[str, str]]:
    """Modules and names that a pickle imports, by its opcodes, sorted.

    Raises an error when the pickle is cut off, computes the name of what it imports, or refers to objects outside of itself.
    """
    found: set[tuple[str, str]] = set()
    machine = _Machine()
    for opcode, argument, _position in pickletools.genops(stream):
        if opcode.name in ("GLOBAL", "INST"):
            module, _, name = str(argument).partition(" ")
            found.add((module, name))
        elif opcode.name == "STACK_GLOBAL":
            module, name = machine.stack[-2:]
            if not isinstance(module, str) or not isinstance(name, str):
                raise ValueError("it computes the name of what it imports")
            found.add((module, name))
        elif opcode.name in _OUTSIDE:
            raise ValueError(f"it refers to objects outside of itself ({opcode.name})")
        machine.run(opcode, argument)
    return sorted(found)


def main(files: list[str]) -> None:
    for file in files:
        try:
            with open(file, "rb") as stream:
                print(json.dumps({"imports": imports(stream)}))
        except Exception as error:
            print(json.dumps({"unreadable": str(error) or type(error).__name__}))


if __name__ == "__main__":
    main(sys.argv[1:])

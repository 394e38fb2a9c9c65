"""What a pickle imports, and what it does with it, found by reading it to its end. Nothing of it is imported, made or called.

Python's own unpickler reads the pickle and is given stand-ins for all that it asks for, so that what is found is what a load would ask for.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import pickle
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING

#: Longer bytes are no names and are not kept.
_KEPT_BYTES = 4096
#: What a compressed file may grow to: that many bytes, or times its size.
_LARGEST, _LARGEST_GROWTH = 1 << 30, 20

#: Whose instances come with numbers behind them in the file (joblib/numpy_pickle.py, `NumpyUnpickler.load_build`).
_ARRAY = ("joblib.numpy_pickle", "NumpyArrayWrapper")


#: What a pickle imports, by module and name, and how it uses it: see `Walk`.
Uses = dict[tuple[str, str], str]


class Unreadable(Exception):
    """A pickle that cannot be followed to its end; its text completes "it cannot be checked: "."""


def renamed(module: str, name: str) -> tuple[str, str]:
    """What pickles of Python 2 mean by a name (`pickle.Unpickler`, `fix_imports`)."""
    if (module, name) in NAME_MAPPING:
        return NAME_MAPPING[module, name]
    return IMPORT_MAPPING.get(module, module), name


class _Made:
    """Stands for an object: the outcome of a call."""

    imported: tuple[str, str] | None = None

    def __init__(self, *arguments: object, **named: object) -> None:
        self.contents: list[object] = [arguments, named]

    def __new__(cls, *_: object, **__: object) -> _Made:
        return object.__new__(cls)

    def __call__(self, *arguments: object, **named: object) -> _Made:
        return _Made(self, arguments, named)

    def __setstate__(self, state: object) -> None:
        _contents(self).append(state)

    def append(self, item: object) -> None:
        _contents(self).append(item)

    add = append

    def extend(self, items: object) -> None:
        _contents(self).append(items)

    def __setitem__(self, key: object, value: object) -> None:
        _contents(self).append((key, value))


def _contents(made: _Made) -> list[object]:
    """An object that was made without a call has none yet."""
    return vars(made).setdefault("contents", [])


def _shortened(load: Callable[[Walk], None]) -> Callable[[Walk], None]:
    def shortened(walk: Walk) -> None:
        load(walk)
        if len(walk.stack[-1]) > _KEPT_BYTES:
            walk.stack[-1] = b""

    return shortened


def _restored_by(function: type[_Made], arguments: tuple) -> int:
    """How many of the first arguments are classes whose objects the function restores without calling them (`cls.__new__`)."""
    module, name = function.imported or ("", "")
    if module == "copyreg" and name == "_reconstructor":
        # It calls the second one, the base, where that is not object.
        return 2 if len(arguments) > 1 and getattr(arguments[1], "imported", ("", ""))[0] == "builtins" else 0
    return 1 if module == "copyreg" and name in ("__newobj__", "__newobj_ex__") or name.startswith("__pyx_unpickle_") else 0


class Walk(pickle._Unpickler):
    """Reads one pickle.

    `uses` has what it imports: `restored` where objects of a class are restored and nothing else, `called` where it is called or passed on.
    """

    dispatch = dict(pickle._Unpickler.dispatch)

    def __init__(self, stream: BinaryIO, by_joblib: bool = False):
        super().__init__(stream)
        self._stream, self._by_joblib = stream, by_joblib
        self._classes: dict[tuple[str, str], type[_Made]] = {}
        self._called: set[type] = set()
        self._roots: list[object] = []

    def find_class(self, module: str, name: str) -> type[_Made]:
        if self.proto < 3:
            module, name = renamed(module, name)
        key = (module, name)
        if key not in self._classes:
            self._classes[key] = type("Imported", (_Made,), {"imported": key})
        return self._classes[key]

    @property
    def uses(self) -> Uses:
        called = self._called | {item for item in _reachable(self._roots) if isinstance(item, type)}
        return {key: "called" if stand_in in called else "restored" for key, stand_in in self._classes.items()}

    def walk(self) -> None:
        """Raises Unreadable."""
        try:
            self._roots.append(self.load())
        except KeyError as error:
            raise Unreadable("it has a part that no pickle has") from error
        except Exception as error:
            raise Unreadable(str(error) or type(error).__name__) from error

    def _call(self) -> None:
        function, arguments = self.stack[-2:]
        if isinstance(function, type) and issubclass(function, _Made) and isinstance(arguments, tuple):
            self._called.add(function)
            arguments = arguments[_restored_by(function, arguments) :]
            self.stack[-1] = arguments
        self._roots.append(arguments)
        self.load_reduce()

    dispatch[pickle.REDUCE[0]] = _call

    def _instantiate(self, klass: type, args: list) -> None:
        self._called.add(klass)
        self._roots.append(args)
        super()._instantiate(klass, args)  # type: ignore[misc]

    def _build(self) -> None:
        # What a class is given becomes part of it.
        if isinstance(self.stack[-2], type):
            raise pickle.UnpicklingError("it changes a class")
        self._roots.append(self.stack[-1])
        self.load_build()
        if self._by_joblib and getattr(self.stack[-1], "imported", None) == _ARRAY:
            self._skip_numbers(self.stack[-1])

    dispatch[pickle.BUILD[0]] = _build

    def _made_of_made(self, count: int) -> bool:
        """Stand for an object of a class that is itself the outcome of a call."""
        parts = self.stack[-count:]
        if not isinstance(parts[0], _Made):
            return False
        self.stack[-count:] = [_Made(*parts)]
        return True

    def _new(self) -> None:
        self._roots.append(self.stack[-1])
        if not self._made_of_made(2):
            self.load_newobj()

    dispatch[pickle.NEWOBJ[0]] = _new

    def _new_with_names(self) -> None:
        self._roots.extend(self.stack[-2:])
        if not self._made_of_made(3):
            self.load_newobj_ex()

    dispatch[pickle.NEWOBJ_EX[0]] = _new_with_names

    dispatch[pickle.BINBYTES[0]] = _shortened(pickle._Unpickler.load_binbytes)
    dispatch[pickle.BINBYTES8[0]] = _shortened(pickle._Unpickler.load_binbytes8)
    dispatch[pickle.BYTEARRAY8[0]] = _shortened(pickle._Unpickler.load_bytearray8)
    dispatch[pickle.BINSTRING[0]] = _shortened(pickle._Unpickler.load_binstring)

    def _skip_numbers(self, wrapper: _Made) -> None:
        state = wrapper.contents[-1]
        if not isinstance(state, dict) or not isinstance(state.get("shape"), tuple):
            raise pickle.UnpicklingError("an array of joblib has no shape")
        size, is_object = _item(state.get("dtype"))
        if is_object:
            # By pickle itself, which knows no numbers between opcodes.
            nested = Walk(self._stream)
            nested._classes = self._classes
            nested.walk()
            self._called |= nested._called
            self._roots += nested._roots
            return
        if state.get("numpy_array_alignment_bytes") is not None:
            _skip(self._stream, _exactly(self._stream, 1)[0])
        for length in state["shape"]:
            if not isinstance(length, int) or length < 0:
                raise pickle.UnpicklingError("an array of joblib has no shape")
            size *= length
        _skip(self._stream, size)


def _item(dtype: object) -> tuple[int, bool]:
    """Bytes of an item of a numpy dtype, and whether it holds objects, by how numpy pickles it: `dtype('f8')`, or with its size in the state."""
    contents = getattr(dtype, "contents", [])
    try:
        kind = str(contents[0][0])
        state = contents[2] if len(contents) > 2 else ()
        # Version, byte order, sub-array, names, fields, size, alignment, flags; the first flag means that it holds objects.
        flags = state[7] if len(state) > 7 else 0
        if kind.startswith("O") or flags & 1:
            return 0, True
        own = state[5] if len(state) > 5 and state[5] > 0 else None
        return own or {"b1": 1}.get(kind) or int(kind.lstrip("<>|=")[1:].partition("[")[0]), False
    except (IndexError, TypeError, ValueError) as error:
        raise pickle.UnpicklingError("an array of joblib has a type that is not known") from error


def _exactly(stream: BinaryIO, count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise EOFError("it is cut off")
    return data


def _skip(stream: BinaryIO, count: int) -> None:
    while count > 0:
        count -= len(_exactly(stream, min(count, 1 << 20)))


def _reachable(roots: list[object]) -> Iterator[object]:
    waiting, seen = list(roots), set()
    while waiting:
        item = waiting.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        yield item
        if isinstance(item, dict):
            waiting.extend(item.keys())
            waiting.extend(item.values())
        elif isinstance(item, (list, tuple, set, frozenset)):
            waiting.extend(item)
        elif isinstance(item, _Made):
            waiting.extend(vars(item).get("contents", []))


_COMPRESSED = (
    (b"\x1f\x8b", lambda stream: gzip.GzipFile(fileobj=stream)),
    (b"BZ", bz2.BZ2File),
    (b"\x5d\x00", lzma.LZMAFile),
    (b"\xfd7zXZ", lzma.LZMAFile),
    (b"x", lambda stream: io.BufferedReader(_Zlib(stream))),
)
_LZ4 = b"\x04\x22\x4d\x18"


class _Zlib(io.RawIOBase):
    def __init__(self, stream: BinaryIO):
        self._stream, self._inflate = stream, zlib.decompressobj()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]
        while True:
            data = self._inflate.decompress(self._inflate.unconsumed_tail or self._stream.read(1 << 16), len(buffer))
            if data or self._inflate.eof or not (self._inflate.unconsumed_tail or self._stream.peek(1)):
                buffer[: len(data)] = data
                return len(data)


class _Bounded(io.RawIOBase):
    """A decompressed stream that ends with an error where it grows beyond all measure."""

    def __init__(self, stream: BinaryIO, limit: int):
        self._stream, self._left = stream, limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]
        data = self._stream.read(min(len(buffer), 1 << 20))
        self._left -= len(data)
        if self._left < 0:
            raise Unreadable("it grows beyond all measure when it is decompressed")
        buffer[: len(data)] = data
        return len(data)


def decompressed(path: Path) -> BinaryIO | None:
    """The content of a file that joblib would decompress; None for another. Raises Unreadable for a compression that Python does not have."""
    stream = path.open("rb")
    start = stream.peek(8)[:8]  # type: ignore[attr-defined]
    if start.startswith(_LZ4):
        stream.close()
        raise Unreadable("it is compressed by LZ4; log it with another compression")
    for prefix, opened in _COMPRESSED:
        if start.startswith(prefix):
            limit = max(_LARGEST, _LARGEST_GROWTH * path.stat().st_size)
            return io.BufferedReader(_Bounded(opened(stream), limit))  # type: ignore[arg-type,return-value]
    stream.close()
    return None


def begins_like_a_pickle(start: bytes) -> bool:
    """Whether a file begins with the protocol of a pickle (PROTO, from protocol 2 on)."""
    return len(start) > 1 and start[0] == 0x80 and start[1] <= pickle.HIGHEST_PROTOCOL


def imports_of(stream: BinaryIO, by_joblib: bool) -> Uses:
    """What a pickle imports and how it uses it. Raises Unreadable.

    `by_joblib` reads the numbers of arrays that joblib writes between the opcodes; any other unpickler takes them for opcodes.
    """
    walk = Walk(stream, by_joblib)
    walk.walk()
    return walk.uses

"""The rows of a chunk of a batch, by the format of their file; what cannot even be read is rejected here."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import orjson

from .errors import InvalidInput, RequestError, SchemaMismatch, UnsupportedMediaType
from .inputs import ModelInput, Raw, Whole, enforce
from .invocations import from_document, read_csv
from .signature import NUMPY_TYPES, Column, Signature


@dataclass(frozen=True)
class Reject:
    """A row that has no prediction. `row` counts from 0 in the chunk."""

    row: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class Given:
    """The rows that could be read, in their order."""

    rows: int
    #: What the model gets for the rows from the first number up to the second.
    input: Callable[[int, int], ModelInput]
    #: The columns that the output repeats; those of records that all differ have no names.
    kept_names: list[str]
    #: Their values for the rows from the first number up to the second, a list a column.
    kept: Callable[[int, int], list[Sequence]]
    #: As `kept`, as a dictionary a row.
    kept_records: Callable[[int, int], list[dict]]
    rejects: list[Reject]
    #: Where the rows that could be read stood in the chunk.
    places: list[int]
    #: Rows that the signature will hardly take.
    suspects: list[int]
    #: As this, of some of its rows alone.
    only: Callable[[list[int]], Given]


def _require_kept(keep: tuple[str, ...] | None, present: Sequence[str]) -> list[str]:
    missing = [name for name in keep or () if name not in present]
    if missing:
        raise SchemaMismatch(f"The file has no column {missing[0]} that the output could repeat; it has {', '.join(map(str, present))[:500]}.")
    return list(present if keep is None else keep)


def read_csv_rows(body: bytes, signature: Signature, keep: tuple[str, ...] | None) -> Given:
    """CSV with a line of names. A row that a type of the signature does not take is left for its own refusal."""
    try:
        import pandas as pd
    except ImportError as error:
        raise UnsupportedMediaType("CSV needs pandas in the model's environment. Add it to the model's requirements, or score JSON Lines.") from error
    rejects: list[Reject] = []
    places: list[int] | None = None
    suspects: set[int] = set()
    try:
        frame = read_csv(pd, body, signature)
        if not isinstance(frame.index, pd.RangeIndex):
            raise SchemaMismatch("Rows have more fields than the header.")
    except RequestError:
        body, rejects, places = _readable(body)
        try:
            frame = read_csv(pd, body, signature)
        except RequestError:
            frame = pd.read_csv(io.BytesIO(body), dtype=object)
            for column in signature.columns if signature.named else ():
                if column.name in frame.columns:
                    values = [_of_text(value, column) for value in frame[column.name]]
                    suspects.update(row for row, value in enumerate(values) if _is_suspect(value, column))
                    frame[column.name] = pd.Series(values, dtype=object, index=frame.index)
    names = _require_kept(keep, list(frame.columns))
    _require_columns(signature, list(frame.columns))
    texts = pd.read_csv(io.BytesIO(body), usecols=names, dtype=str, keep_default_na=False)[names] if names else None
    places = list(range(len(frame))) if places is None else places
    return _of_frame(frame, texts, names, signature, places, rejects, sorted(suspects))


def _of_frame(frame: object, texts: object, names: list[str], signature: Signature, places: list[int], rejects: list[Reject], suspects: list[int]) -> Given:
    if signature.inputs is None or signature.left_to_model:

        def given(start: int, end: int) -> ModelInput:
            return Whole(frame.iloc[start:end], end - start)
    else:
        columns = {name: _values(frame[name], signature) for name in frame.columns}

        def given(start: int, end: int) -> ModelInput:
            return enforce(Raw({name: values[start:end] for name, values in columns.items()}, end - start), signature, text_from_any=False)

    lists = [] if texts is None else [texts[name].tolist() for name in names]

    def kept(start: int, end: int) -> list[Sequence]:
        return [values[start:end] for values in lists]

    def kept_records(start: int, end: int) -> list[dict]:
        return [dict(zip(names, row)) for row in zip(*kept(start, end))] if names else [{}] * (end - start)

    def only(rows: list[int]) -> Given:
        return _of_frame(frame.iloc[rows], None if texts is None else texts.iloc[rows], names, signature, [places[row] for row in rows], rejects, [])

    return Given(len(frame), given, names, kept, kept_records, rejects, places, suspects, only)


def _require_columns(signature: Signature, present: Sequence[str]) -> None:
    """What every row lacks is no row's fault. Raises SchemaMismatch."""
    if signature.named:
        missing = [column.name for column in signature.columns if column.required and column.name not in present]
        if missing:
            raise SchemaMismatch(f"The file has no column {', '.join(map(str, missing))[:500]}, which the model takes; it has {', '.join(map(str, present))[:500]}.")
    elif len(present) < len(signature.columns):
        raise SchemaMismatch(f"The model takes {len(signature.columns)} columns, the file has {len(present)}.")


def _values(column: object, signature: Signature) -> Sequence:
    """A column as `columns.convert` takes it. An array that has its type needs no list in between."""
    wanted = {NUMPY_TYPES.get(item.type) for item in signature.columns if item.name == column.name}
    return column.to_numpy() if wanted == {str(column.dtype)} and str(column.dtype) != "bool" else column.tolist()


def _readable(body: bytes) -> tuple[bytes, list[Reject], list[int] | None]:
    """The lines of a CSV that have no more fields than there are names, and are UTF-8."""
    lines = csv.reader(io.StringIO(body.decode("utf-8", "surrogateescape"), newline=""))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    rejects, places = [], []
    try:
        names = next(lines, [])
        writer.writerow(names)
        rows = 0
        for line in lines:
            if not line:
                continue
            shown = ",".join(line)
            if len(line) > len(names):
                rejects.append(Reject(rows, "", _plain(shown), f"The row has {len(line)} fields, the header {len(names)}."))
            elif not shown.isascii() and _plain(shown) != shown:
                rejects.append(Reject(rows, "", _plain(shown), "The row is not UTF-8."))
            else:
                writer.writerow(line)
                places.append(rows)
            rows += 1
    except csv.Error as error:
        raise InvalidInput(f"The file cannot be read as CSV: {error}.") from error
    return text.getvalue().encode(), rejects, places if rejects else None


def _plain(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")[:200]


_WHOLE = re.compile(r"\s*[+-]?[0-9]+\s*\Z")
_BOOLEANS = {"True": True, "TRUE": True, "true": True, "False": False, "FALSE": False, "false": False}


def _of_text(value: object, column: Column) -> object:
    """The value of a field as pandas reads one of its type; the text where it is none, which the conversion then refuses."""
    if not isinstance(value, str):
        return value
    if column.type in ("integer", "long"):
        return int(value) if _WHOLE.match(value) else value
    if column.type in ("float", "double") and "_" not in value:
        try:
            return float(value)
        except ValueError:
            return value
    return _BOOLEANS.get(value, value) if column.type == "boolean" else value


def _is_suspect(value: object, column: Column) -> bool:
    """Whether a field is text where the type is none, or missing where the type has nothing for that."""
    if isinstance(value, str):
        return column.type in ("integer", "long", "float", "double", "boolean")
    return value != value and column.type in ("integer", "long")


def read_json_lines(body: bytes, signature: Signature, keep: tuple[str, ...] | None) -> Given:
    """JSON Lines: an object a row, or whatever else the model takes as one item of `inputs`."""
    records: list = []
    rejects, places = [], []
    required = [column.name for column in signature.columns if column.required] if signature.named else []
    row = 0
    for line in body.split(b"\n"):
        if not line.strip():
            continue
        problem = None
        try:
            record = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            record, problem = None, f"The line is no JSON: {error}."
        if isinstance(record, dict):
            missing = [name for name in required if name not in record]
            problem = f"The row has no {missing[0]}, which the model takes." if missing else None
        if problem is None:
            records.append(record)
            places.append(row)
        else:
            column = missing[0] if isinstance(record, dict) else ""
            rejects.append(Reject(row, str(column), "" if column else _plain(line.decode("utf-8", "replace")), problem))
        row += 1
    objects = all(isinstance(record, dict) for record in records)
    if not objects and any(isinstance(record, dict) for record in records):
        raise InvalidInput("The lines of the file are objects and other values; a file has one kind.")

    names = [] if keep is None or not objects else list(keep)
    return _of_records(records, objects, names, keep is None, signature, places, rejects)


def _of_records(records: list, objects: bool, names: list[str], whole: bool, signature: Signature, places: list[int], rejects: list[Reject]) -> Given:
    def given(start: int, end: int) -> ModelInput:
        form = "dataframe_records" if objects and not signature.from_type_hint else "inputs"
        return from_document({form: records[start:end]}, signature)

    def kept(start: int, end: int) -> list[Sequence]:
        return [[record.get(name) for record in records[start:end]] for name in names]

    def kept_records(start: int, end: int) -> list[dict]:
        if whole and objects:
            return records[start:end]
        return [{name: record.get(name) for name in names} if objects else {} for record in records[start:end]]

    def only(rows: list[int]) -> Given:
        return _of_records([records[row] for row in rows], objects, names, whole, signature, [places[row] for row in rows], rejects)

    return Given(len(records), given, names, kept, kept_records, rejects, places, [], only)

"""The input of one prediction, ready to be joined with that of other requests."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .columns import MISSING, as_text, convert, filled
from .errors import InvalidInput, SchemaMismatch
from .signature import NUMPY_TYPES, Signature, Tensor


@dataclass(frozen=True, kw_only=True)
class _Input:
    #: What the request gives beside its rows, by the signature's names; None where it gives nothing.
    params: dict | None = None


@dataclass(frozen=True)
class Table(_Input):
    """Columns in the order of the signature. `kinds` are those of `columns.convert`."""

    names: tuple
    kinds: str
    values: tuple
    rows: int

    def key(self) -> object:
        return self.names, self.kinds


@dataclass(frozen=True)
class Matrix(_Input):
    """Rows of one numpy array."""

    values: np.ndarray

    @property
    def rows(self) -> int:
        return self.values.shape[0]

    def key(self) -> object:
        return self.values.dtype.str, self.values.shape[1:]


@dataclass(frozen=True)
class Tensors(_Input):
    """The tensors of the signature, by their names. They are joined where the first length of each is the number of rows."""

    values: dict[str, np.ndarray]
    rows: int
    joins: bool

    def key(self) -> object:
        return tuple((name, array.dtype.str, array.shape[1:]) for name, array in self.values.items()) if self.joins else None


@dataclass(frozen=True)
class Whole(_Input):
    """Anything that cannot be joined with another request: what came without a signature, or an array whose first length is fixed."""

    values: object
    rows: int

    def key(self) -> None:
        return None


ModelInput = Table | Matrix | Tensors | Whole


@dataclass
class Raw:
    """Columns as they came, by name or position; each a list with one value per row."""

    columns: dict
    rows: int


def enforce(raw: Raw, signature: Signature, text_from_any: bool) -> ModelInput:
    """Bring raw columns to the signature: types first, then missing columns; extra columns are dropped.

    `text_from_any` is how MLflow's tensor formats read string columns. Raises InvalidInput or SchemaMismatch naming the
    column.
    """
    if signature.tensor is not None:
        return _enforce_tensor_from_columns(raw, signature.tensor)
    if signature.tensors:
        return enforce_tensors(raw.columns, signature.tensors)
    if raw.rows == 0 and raw.columns:
        raise InvalidInput("The input has no rows.")
    present = list(raw.columns)
    names, kinds, values, missing = [], [], [], []
    for position, column in enumerate(signature.columns):
        if signature.named:
            name = column.name
        elif position < len(present):
            name = present[position]
        else:
            raise SchemaMismatch(
                f"Model inference is missing inputs. The model signature declares {len(signature.columns)} inputs but the "
                f"provided value only has {len(present)} inputs. Note: the inputs were not named in the signature so we "
                "can only verify their count."
            )
        if name not in raw.columns:
            if column.required:
                missing.append(name)
            elif signature.fills_missing:
                filling, kind = filled(column, raw.rows)
                names.append(name)
                kinds.append(kind)
                values.append(filling)
            continue
        given = raw.columns[name]
        if text_from_any and column.type == "string":
            given = as_text(given)
        converted, kind = convert(column, name, given)
        names.append(name)
        kinds.append(kind)
        values.append(converted)
    if missing:
        wanted = {column.name for column in signature.columns}
        extra = [name for name in present if name not in wanted]
        note = f" Note that there were extra inputs: {_listed(extra)}." if extra else ""
        raise SchemaMismatch(f"Model is missing inputs {_listed(missing)}.{note}")
    return Table(tuple(names), "".join(kinds), tuple(values), raw.rows)


def _listed(names: list) -> str:
    shown = names[:50]
    more = f" and {len(names) - 50} more" if len(names) > 50 else ""
    return str([name if isinstance(name, int) else str(name)[:200] for name in shown]) + more


def enforce_tensors(values: dict, tensors: tuple[Tensor, ...]) -> ModelInput:
    """Bring values by name to the tensors of the signature; others are dropped. Raises InvalidInput or SchemaMismatch naming the tensor.

    The columns of a table are those of the only tensor, where none has its name.
    """
    [only, *others] = tensors
    if not others and only.name not in values and len(only.shape) == 2:
        rows = max((len(column) for column in values.values() if isinstance(column, list)), default=0)
        values = {only.name: [list(row) for row in zip(*values.values())] if rows else []}
    missing = [tensor.name for tensor in tensors if tensor.name not in values]
    if missing:
        raise SchemaMismatch(f"Model is missing inputs {_listed(missing)}.")
    arrays = {tensor.name: _fitting(_array(values[tensor.name], tensor), tensor) for tensor in tensors}
    lengths = {array.shape[0] if array.ndim else None for array in arrays.values()}
    varying = all(tensor.shape[:1] == (-1,) for tensor in tensors) and len(lengths) == 1
    rows = next(iter(lengths)) if len(lengths) == 1 else None
    return Tensors(arrays, 1 if rows is None else rows, varying)


def _array(value: object, tensor: Tensor) -> np.ndarray:
    try:
        return np.array(value, dtype=tensor.dtype)
    except (TypeError, ValueError, OverflowError) as error:
        named = "" if tensor.name is None else f"Failed to convert the tensor {tensor.name} to type '{tensor.dtype}'. "
        raise InvalidInput(f"{named}{error}") from error


def _of_one_tensor(array: np.ndarray, tensor: Tensor) -> Matrix | Whole:
    """Requests whose first length is fixed cannot be joined."""
    return Matrix(array) if tensor.shape[:1] == (-1,) else Whole(array, array.shape[0] if array.ndim else 1)


def _enforce_tensor_from_columns(raw: Raw, tensor: Tensor) -> Matrix | Whole:
    if raw.rows == 0:
        raise SchemaMismatch("Input DataFrame is empty.")
    arrays = []
    for name, values in raw.columns.items():
        try:
            array = np.array(values, dtype=tensor.dtype)
        except (TypeError, ValueError, OverflowError) as error:
            raise InvalidInput(
                f"Data is not compatible with model signature. Failed to convert column {name} to type '{tensor.dtype}'. "
                f"Error: '{type(error).__name__}: {error}'"
            ) from error
        arrays.append(array)
    if len(arrays) == 1:
        array = arrays[0]
        return _of_one_tensor(_fitting(array.reshape(-1, 1) if array.ndim == 1 and len(tensor.shape) == 2 else array, tensor), tensor)
    if any(array.ndim != 1 for array in arrays):
        raise SchemaMismatch("columns of nested values do not fit the tensor of the model signature")
    return _of_one_tensor(_fitting(np.column_stack(arrays), tensor), tensor)


def _fitting(array: np.ndarray, tensor: Tensor) -> np.ndarray:
    fits = array.ndim == len(tensor.shape) and all(wanted in (-1, size) for wanted, size in zip(tensor.shape, array.shape))
    if not fits:
        shape = ", ".join(["-1", *map(str, array.shape[1:])])
        named = "" if tensor.name is None else f" {tensor.name}"
        raise SchemaMismatch(f"Shape of input{named} ({shape}) does not match expected shape {tensor.shape}.")
    if array.shape and array.shape[0] == 0:
        raise InvalidInput("The input has no rows.")
    return array


def enforce_array(value: object, signature: Signature) -> ModelInput:
    """A bare list (MLflow's `inputs` and `instances` without column names)."""
    if signature.inputs is None:
        array = np.array(value)
        return Whole(array, len(array) if array.ndim else 1)
    if signature.tensor is not None:
        return _of_one_tensor(_fitting(_array(value, signature.tensor), signature.tensor), signature.tensor)
    if len(signature.tensors) == 1:
        return enforce_tensors({signature.tensors[0].name: value}, signature.tensors)
    if signature.tensors:
        raise SchemaMismatch(f"The model takes {len(signature.tensors)} tensors by name, {_listed([tensor.name for tensor in signature.tensors])}; a list has no names.")
    if len(signature.columns) == 1 and signature.named and isinstance(value, list):
        return enforce(Raw({signature.columns[0].name: value}, len(value)), signature, text_from_any=True)
    first = signature.columns[0].type
    try:
        array = np.array(value, dtype=NUMPY_TYPES.get(first, "str" if first == "string" else None))
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidInput(
            f"A list without column names cannot be read as '{first}', the type of the first input. Error: '{error}'"
        ) from error
    if array.ndim == 0:
        array = array.reshape(1, 1)
    elif array.ndim == 1:
        array = array.reshape(-1, 1)
    elif array.ndim > 2:
        raise SchemaMismatch(f"Must pass 2-d input. shape={array.shape}")
    columns = {index: array[:, index].tolist() for index in range(array.shape[1])}
    return enforce(Raw(columns, array.shape[0]), signature, text_from_any=True)


def fill_rows(records: list) -> Raw:
    """Records with their columns in order of appearance; a key that a record lacks is missing there."""
    first = records[0]
    if all(record.keys() == first.keys() for record in records):
        return Raw({name: [record[name] for record in records] for name in first}, len(records))
    names: dict = {}
    for record in records:
        for name in record:
            names[name] = None
    return Raw({name: [record.get(name, MISSING) for record in records] for name in names}, len(records))

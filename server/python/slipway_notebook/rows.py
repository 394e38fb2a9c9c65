"""Tables of a notebook as CSV: DataFrames of pandas and polars, arrays, lists, and pairs of inputs and labels."""

from __future__ import annotations

from collections.abc import Iterator

ROWS_PER_PIECE = 50_000


def as_table(rows: object) -> object:
    """A DataFrame of pandas or an array as it is, one of polars as pandas', lists as an array."""
    if hasattr(rows, "iloc") or type(rows).__module__.partition(".")[0] == "numpy":
        return rows
    import pandas

    if type(rows).__module__.partition(".")[0] == "polars":
        return pandas.DataFrame({name: rows[name].to_list() for name in rows.columns})
    import numpy

    return numpy.asarray(rows)


def csv_pieces(data: object, label: str | None) -> Iterator[bytes]:
    """The lines of a table in pieces, with a line of names first; columns without names have their positions. Raises ValueError, TypeError."""
    frame = _frame(data, label)
    for start in range(0, max(1, len(frame)), ROWS_PER_PIECE):
        yield frame.iloc[start : start + ROWS_PER_PIECE].to_csv(index=False, header=start == 0).encode()


def _frame(data: object, label: str | None):
    import pandas

    labels = None
    if isinstance(data, tuple):
        if len(data) != 2:
            raise ValueError(f"data: a pair of inputs and labels has two members, not {len(data)}.")
        data, labels = data
    table = as_table(data)
    if getattr(table, "ndim", 2) > 2:
        raise ValueError(f"data: rows of a table are wanted, not an array of {table.ndim} dimensions.")
    frame = pandas.DataFrame(table)
    if label is not None and labels is None and label not in frame.columns:
        raise ValueError(f"data: it has no column {label}.")
    if labels is not None:
        values = as_table(labels)
        values = values.to_numpy() if hasattr(values, "to_numpy") else values
        values = values.ravel() if values.ndim == 2 and values.shape[1] == 1 else values
        if values.ndim != 1 or len(values) != len(frame):
            raise ValueError(f"data: {len(frame)} rows of inputs want as many labels.")
        name = label or getattr(labels, "name", None) or "label"
        frame = frame.assign(**{str(name): values})
    return frame

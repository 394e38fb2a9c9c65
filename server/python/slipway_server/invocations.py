"""The bodies of MLflow's `/invocations`: four JSON formats, CSV and Parquet.

Source of the formats, error codes and wording: mlflow/pyfunc/scoring_server and mlflow/utils/proto_json_utils.
"""

from __future__ import annotations

import io
import json
from dataclasses import replace

import numpy as np
import orjson

from .errors import InvalidFormat, InvalidInput, RequestError, SchemaMismatch, UnsupportedMediaType
from .inputs import ModelInput, Raw, Whole, enforce, enforce_array, enforce_tensors, fill_rows
from .params import checked_params
from .signature import NUMPY_TYPES, Signature

FORMATS = ("dataframe_split", "dataframe_records", "instances", "inputs")
REQUIRED_FORMAT = (
    "The input must be a JSON dictionary with exactly one of the input fields "
    "{'dataframe_split', 'dataframe_records', 'instances', 'inputs'}"
)
CONTENT_TYPES = ["text/csv", "application/json", "application/vnd.apache.parquet"]


def read_json(body: bytes) -> dict:
    """Read a JSON object. NaN and the infinities are accepted, as Python's own reader does."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        try:
            document = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise InvalidInput(f"Ensure that input is a valid JSON formatted string. Error: '{error!r}'") from error
    if isinstance(document, dict):
        return document
    received = "a list" if isinstance(document, list) else f"unexpected input type '{type(document).__name__}'"
    raise InvalidInput(f"{REQUIRED_FORMAT}. Received {received}.")


def parse(body: bytes, content_type: str | None, signature: Signature) -> ModelInput:
    """The input of one request to `/invocations`. Raises a RequestError with MLflow's status and code."""
    mime = _mime(content_type)
    if mime == "application/json":
        return from_document(read_json(body), signature)
    try:
        import pandas as pd
    except ImportError as error:
        raise UnsupportedMediaType(f"{mime} needs pandas in the model's environment. Send application/json.") from error
    frame = read_csv(pd, body, signature) if mime == "text/csv" else _read_parquet(pd, body)
    if signature.inputs is None or signature.left_to_model:
        return Whole(frame, len(frame))
    return enforce(_from_frame(frame), signature, text_from_any=False)


def _mime(content_type: str | None) -> str:
    """Check the content type as MLflow does: UTF-8 only, no parameter but charset."""
    if content_type == "application/json":
        return content_type
    mime, *pairs = [part.strip() for part in (content_type or "").split(";")]
    parameters = {key: value for key, _, value in (pair.partition("=") for pair in pairs)}
    if parameters.get("charset", "utf-8").lower().strip('"') != "utf-8":
        raise UnsupportedMediaType("The scoring server only supports UTF-8")
    unexpected = sorted(set(parameters) - {"charset"})
    if unexpected:
        raise UnsupportedMediaType(f"Unrecognized content type parameters: {', '.join(unexpected)}.")
    if mime not in CONTENT_TYPES:
        raise UnsupportedMediaType(
            f"This predictor only supports the following content types: Types: {CONTENT_TYPES}. Got '{content_type or ''}'."
        )
    return mime


def from_document(document: dict, signature: Signature) -> ModelInput:
    """The input of a JSON object with exactly one of the formats and, beside it, `params`. Raises a RequestError with MLflow's status and code."""
    present = [name for name in FORMATS if name in document]
    if len(present) != 1:
        keys = [str(key)[:200] for key in list(document)[:20]]
        raise InvalidFormat(f"{REQUIRED_FORMAT}. Received dictionary with input fields: {keys}.")
    name = present[0]
    value = document[name]
    if signature.left_to_model:
        parsed: ModelInput = _left_to_model(name, value, signature)
    elif name == "dataframe_split":
        parsed = _table(_split(value), signature)
    elif name == "dataframe_records":
        parsed = _table(_records(value), signature)
    else:
        parsed = _tensors(value, signature, same_length=name == "instances")
    params = checked_params(document.get("params"), signature)
    return replace(parsed, params=params) if params else parsed


def _left_to_model(name: str, value: object, signature: Signature) -> Whole:
    """The input as MLflow reads it before it checks it: tables as DataFrames, arrays by name as a dictionary, anything else as it came."""
    if signature.from_type_hint and name != "inputs":
        raise SchemaMismatch(f"The model takes what its type hint says, under the key inputs. Received the key {name}.")
    if name.startswith("dataframe_"):
        import pandas as pd

        raw = _split(value) if name == "dataframe_split" else _records(value)
        return Whole(pd.DataFrame(raw.columns), raw.rows)
    if name == "instances" and isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        value = fill_rows(value).columns
    return as_given(value, signature)


def as_given(value: object, signature: Signature) -> Whole:
    """Values for a model that checks them itself. Without a signature lists are arrays, as MLflow reads them."""
    counted = next(iter(value.values()), None) if isinstance(value, dict) and signature.inputs is None else value
    rows = len(counted) if isinstance(counted, list) else 1
    if signature.inputs is not None or signature.from_type_hint:
        return Whole(value, rows)
    if isinstance(value, dict):
        return Whole({name: _array(item) if isinstance(item, list) else item for name, item in value.items()}, rows)
    plain = isinstance(value, list) and any(isinstance(item, dict) for item in value)
    return Whole(value if plain else _array(value), rows)


def _array(value: object) -> np.ndarray:
    try:
        return np.array(value)
    except ValueError:
        # Lists of different lengths.
        return np.array(value, dtype=object)


def _table(raw: Raw, signature: Signature) -> ModelInput:
    if signature.inputs is not None:
        return enforce(raw, signature, text_from_any=False)
    import pandas as pd

    return Whole(pd.DataFrame(raw.columns), raw.rows)


def _split(value: object) -> Raw:
    if not isinstance(value, dict):
        raise InvalidInput(
            f"Dataframe split format must be a dictionary. Got {'list' if isinstance(value, list) else f'type {type(value).__name__}'}."
        )
    if "data" not in value or value.keys() - {"columns", "data", "index"}:
        raise InvalidInput(
            "Dataframe split format must have 'data' field and optionally 'columns' and 'index' fields. "
            f"Got {sorted(map(str, value))[:20]}."
        )
    data, columns, index = value["data"], value.get("columns"), value.get("index")
    if not isinstance(data, list) or not (columns is None or isinstance(columns, list)):
        raise _not_a_frame("split", "data and columns must be lists")
    if data and all(isinstance(row, dict) for row in data):
        raw = fill_rows(data)
        return raw if columns is None else Raw({name: raw.columns.get(name, [None] * raw.rows) for name in columns}, raw.rows)
    if not all(isinstance(row, list) for row in data):
        if columns is not None and len(columns) != 1:
            raise _not_a_frame("split", "each row of data must be a list")
        data = [[item] for item in data]
    width = max(map(len, data), default=0)
    if columns is None:
        columns = list(range(width))
    if data and len(columns) != width:
        raise _not_a_frame("split", f"{len(columns)} columns passed, passed data had {width} columns")
    if any(isinstance(name, (list, dict)) for name in columns):
        raise _not_a_frame("split", "column names must be strings")
    if len(set(columns)) != len(columns):
        raise _not_a_frame("split", "column names must differ")
    if isinstance(index, list) and len(index) != len(data):
        raise _not_a_frame("split", f"{len(index)} index entries for {len(data)} rows")
    if any(len(row) != width for row in data):
        data = [row + [None] * (width - len(row)) for row in data]
    return Raw({name: [row[position] for row in data] for position, name in enumerate(columns)}, len(data))


def _records(value: object) -> Raw:
    if not isinstance(value, list):
        shown = "dictionary" if isinstance(value, dict) else f"type {type(value).__name__}"
        raise InvalidInput(f"Dataframe records format must be a list of records. Got {shown}.")
    if not value:
        return Raw({}, 0)
    if not all(isinstance(record, dict) for record in value):
        if any(isinstance(record, dict) for record in value):
            raise _not_a_frame("records", "each record must be a dictionary")
        return _split({"data": value})
    return fill_rows(value)


def _not_a_frame(orient: str, reason: str) -> InvalidInput:
    return InvalidInput(
        f"Provided dataframe_{orient} field is not a valid dataframe representation in '{orient}' format. Error: '{reason}'"
    )


def _tensors(value: object, signature: Signature, same_length: bool) -> ModelInput:
    """`inputs` and `instances`: a matrix, a dictionary of columns, or a list of records."""
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        if signature.tensor is not None:
            raise _unnamed(value)
        names = {name for record in value for name in record}
        required = [column.name for column in signature.columns if column.required]
        if same_length and any(name in names and any(name not in record for record in value) for name in required):
            raise InvalidInput("The length of values for each input/column name are not the same")
        return _table(fill_rows(value), signature) if signature.inputs is None else enforce(fill_rows(value), signature, True)
    if isinstance(value, dict):
        if signature.tensor is not None:
            raise _unnamed(value)
        if signature.tensors:
            return enforce_tensors(value, signature.tensors)
        raw = _columns(value, same_length)
        return _table(raw, signature) if signature.inputs is None else enforce(raw, signature, True)
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        raise InvalidInput("A list must hold either only records or only rows.")
    return enforce_array(value, signature)


def _unnamed(value: object) -> InvalidInput:
    return InvalidInput(
        "Failed to parse input data. This model contains an un-named  model signature which expects a single n-dimensional "
        f"array or a single value as input, however, an input of type {type(value).__name__} was found."
    )


def _columns(value: dict, same_length: bool) -> Raw:
    """Columns by name; single values are repeated for every row, as pandas does."""
    lengths = {len(column) for column in value.values() if isinstance(column, list)}
    if len(lengths) > 1:
        if same_length:
            raise InvalidInput("The length of values for each input/column name are not the same")
        raise SchemaMismatch(
            "This model contains a column-based signature, which suggests a DataFrame input. There was an error casting the "
            "input data to a DataFrame: All arrays must be of the same length"
        )
    rows = lengths.pop() if lengths else 1
    return Raw({name: column if isinstance(column, list) else [column] * rows for name, column in value.items()}, rows)


def read_csv(pd: object, body: bytes, signature: Signature) -> object:
    """A DataFrame with the types of the signature. Raises a RequestError that names the column at fault."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"Ensure that input is a valid UTF-8 encoded string. Error: '{error!r}'") from error
    types = {column.name: NUMPY_TYPES.get(column.type, object) for column in signature.columns if column.type != "datetime"}
    types |= {column.name: object for column in signature.columns if column.type == "datetime"}
    try:
        return pd.read_csv(io.StringIO(text), dtype=types if signature.named else None)
    except Exception as error:
        culprit = _column_at_fault(pd, text, types)
        raise RequestError(
            "Failed to parse input as a Pandas DataFrame. Ensure that the input is a valid CSV-formatted Pandas DataFrame "
            f"produced using the `pandas.DataFrame.to_csv()` method. {culprit}Error: '{error}'"
        ) from error


def _column_at_fault(pd: object, text: str, types: dict) -> str:
    """Which column a typed read of CSV failed at; pandas does not say."""
    header = pd.read_csv(io.StringIO(text), nrows=0).columns if text.strip() else []
    for name, numpy_type in types.items():
        if name not in header:
            continue
        try:
            pd.read_csv(io.StringIO(text), usecols=[name], dtype={name: numpy_type})
        except Exception:
            return f"Failed to convert column {name} to type '{numpy_type}'. "
    return ""


def _read_parquet(pd: object, body: bytes) -> object:
    try:
        return pd.read_parquet(io.BytesIO(body))
    except ImportError as error:
        raise UnsupportedMediaType("application/vnd.apache.parquet needs pyarrow in the model's environment.") from error
    except Exception as error:
        raise RequestError(
            "Failed to parse input as a Pandas DataFrame. Ensure that the input is a valid Parquet Pandas DataFrame produced "
            "using the `pandas.DataFrame.to_parquet()` method."
        ) from error


def _from_frame(frame: object) -> Raw:
    return Raw({name: frame[name].tolist() for name in frame.columns}, len(frame))

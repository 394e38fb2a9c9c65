"""Parquet files by the library that most write them with: `write FOLDER` makes two and prints how many rows they have, `read FILE` prints what one is."""

import datetime
import json
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


def write(folder: Path) -> dict:
    folder.mkdir()
    at = datetime.datetime(2026, 1, 2, 3, 4, 5, 678901)
    names = {"id": pa.int64(), "a": pa.float64(), "b": pa.float64(), "at": pa.timestamp("us"), "note": pa.string()}
    first = {"id": [2**53 + 1, 2, 3], "a": [1.0, -5.0, 5.0], "b": [0.0] * 3, "at": [at] * 3, "note": ["ü", None, "x,y"]}
    second = {"id": [4, 5, 6, 7], "a": [1.0, 2.0, 101.0, 3.0], "b": [0.0] * 4, "at": [at] * 4, "note": ["k"] * 4}
    for name, columns, options in (("1", first, {"compression": "zstd", "row_group_size": 2}), ("2", second, {})):
        pq.write_table(pa.table({column: pa.array(values, names[column]) for column, values in columns.items()}), folder / f"{name}.parquet", **options)
    return {"rows": 7}


def read(file: Path) -> dict:
    table = pq.read_table(file)
    return {
        "types": {field.name: str(field.type) for field in table.schema},
        "first": table.slice(0, 1).to_pylist()[0],
        "rows": table.num_rows,
        "lineage": json.loads(table.schema.metadata[b"slipway"]),
    }


if __name__ == "__main__":
    print(json.dumps({"write": write, "read": read}[sys.argv[1]](Path(sys.argv[2]))))

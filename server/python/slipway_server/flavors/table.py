"""The table of flavors, `flavors.json`: what can be served. The companion reads the same table and refuses before it installs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).with_name("flavors.json")


@dataclass(frozen=True)
class Flavor:
    """One row. The fields are described where the companion reads them, in models/flavors.ts."""

    name: str
    label: str
    logger: str
    module: str
    packages: tuple[str, ...]
    version_field: str | None
    file_fields: tuple[str, ...]
    predict_methods: tuple[str, ...]
    serialization_field: str
    unsaid_serialization: str
    serialization_by_class: dict[str, str]
    serializations: tuple[str, ...]
    pickled: tuple[str, ...]
    by_mlflow: bool
    forks: bool


def _flavor(row: dict) -> Flavor:
    serialization = row["serialization"]
    return Flavor(
        name=row["name"],
        label=row["label"],
        logger=row["logger"],
        module=row["module"],
        packages=tuple(row["packages"]),
        version_field=row.get("versionField"),
        file_fields=tuple(row["fileFields"]),
        predict_methods=tuple(row["predictMethods"]),
        serialization_field=serialization["field"],
        unsaid_serialization=serialization["unsaid"],
        serialization_by_class=dict(serialization.get("byClass", {})),
        serializations=tuple(serialization["served"]),
        pickled=tuple(serialization["pickled"]),
        by_mlflow=bool(row.get("byMlflow", False)),
        forks=bool(row.get("forks", True)),
    )


#: In the order in which they are preferred where a model has several.
FLAVORS = tuple(_flavor(row) for row in json.loads(TABLE.read_text("utf-8")))


def flavor_of(present: dict) -> Flavor | None:
    """The flavor that a model is served by, of those that its MLmodel file has; None when it has none that is."""
    return next((row for row in FLAVORS if isinstance(present.get(row.name), dict)), None)


def loaded_by_mlflow(present: dict) -> bool:
    flavor = flavor_of(present)
    return flavor is not None and flavor.by_mlflow

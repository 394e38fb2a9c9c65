"""What the server and a flavor's file agree on."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np

from ..pickles.policy import Policy
from ..signature import Signature


class Takes(enum.Enum):
    """The form in which a model takes its rows: columns as one numpy matrix, which is several times faster, or a pandas DataFrame.

    It says what becomes of columns. A tensor comes as a numpy array, and what came without a signature comes as it was read. TENSORS is as FRAME,
    but what has names and is no table, such as several tensors, comes as a dictionary of arrays.
    """

    MATRIX = "matrix"
    FRAME = "frame"
    TENSORS = "tensors"


@dataclass(frozen=True)
class SavedModel:
    """A model on disk and what its MLmodel file says about it."""

    #: The file or folder that holds the model. Of a model that mlflow loads, its whole folder.
    path: Path
    #: The flavor's entry of the MLmodel file.
    settings: dict
    #: How the file was written; one that the table of flavors lists.
    serialization: str
    #: The method that predicts; one that the table of flavors lists.
    method: str
    signature: Signature
    #: What its pickles may import.
    policy: Policy
    #: The file that is unpickled; None where none is said to be.
    pickled: Path | None = None


@dataclass(frozen=True)
class Records:
    """Several predictions per row, by name; each array has one item per row."""

    columns: dict[str, np.ndarray]


class Model(Protocol):
    """A loaded model. It is called by one thread, and by another at the same time only while a call takes long (`batcher.py`).

    A classifier that gives probabilities also has `classes`, an array of its K labels, and two methods that take the same rows:
    `probabilities`, an array of shape [rows, K] in their order, and `labels`, the library's own decision. Others have none of the three.
    """

    takes: Takes

    def predict(self, rows: object) -> object:
        """One prediction per row, as the library gives it: an array, a DataFrame or Series, a sparse matrix, a list, records, or a dictionary of arrays."""
        ...


@runtime_checkable
class TakesParams(Protocol):
    """A model that a request may give parameters beside its rows, those of its signature."""

    def predict_with(self, rows: object, params: dict) -> object:
        """As `Model.predict`."""
        ...


class FlavorFile(Protocol):
    """The file `flavors/<name>.py` of a flavor."""

    def load(self, saved: SavedModel) -> Model:
        """Load a model. The library's version is compared before.

        Raises a ReplicaError that says what to do; ModuleNotFoundError and any other error are explained by the caller.
        """
        ...

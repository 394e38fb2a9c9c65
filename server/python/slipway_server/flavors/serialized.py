"""Estimators that were written object by object: by pickle and what builds on it, or by skops."""

from __future__ import annotations

from pathlib import Path

from ..errors import ModelNotLoadable
from ..pickles.guard import import_refused, judge_loaded
from ..pickles.policy import Policy, refused
from ..pickles.walk import Unreadable, decompressed, imports_of
from .flavor import SavedModel


def check_pickle(path: Path, policy: Policy, compressed: bool, by_joblib: bool) -> None:
    """Refuse a pickle for what it does with its imports, which can be seen only by reading it. Raises ImportRefused, and ModelNotLoadable for one that cannot be followed."""
    try:
        plain = decompressed(path) if compressed else None
        with plain or path.open("rb") as stream:
            refusals = refused(policy, imports_of(stream, by_joblib))
    except Unreadable as error:
        raise ModelNotLoadable(f"The pickle {path.name} cannot be checked: {error}.") from error
    if refusals:
        raise import_refused(path.name, refusals)


def _trusted(saved: SavedModel) -> list[str] | None:
    """The types that the model asks skops to trust; they are made as those of a pickle are. Raises ImportRefused."""
    types = [str(item) for item in saved.settings.get("skops_trusted_types") or []]
    verdicts = [judge_loaded(saved.policy, *item.rpartition(".")[::2]) for item in types]
    refusals = [verdict for verdict in verdicts if verdict is not None]
    if refusals:
        raise import_refused(saved.path.name, refusals)
    return types or None


def load_estimator(saved: SavedModel) -> object:
    """Read an estimator. Raises ImportRefused, ModelNotLoadable, and what the library raises for a file that it cannot read."""
    if saved.serialization == "skops":
        import skops.io

        return skops.io.load(saved.path, trusted=_trusted(saved))
    by_joblib = saved.serialization == "joblib"
    check_pickle(saved.path, saved.policy, by_joblib, by_joblib)
    if saved.serialization == "joblib":
        import joblib

        return joblib.load(saved.path)
    with saved.path.open("rb") as stream:
        if saved.serialization == "cloudpickle":
            import cloudpickle

            return cloudpickle.load(stream)
        import pickle

        return pickle.load(stream)


def use_one_thread(estimator: object) -> None:
    """One row is slower on several threads; the server scales by processes."""
    parameters = getattr(estimator, "get_params", None)
    if parameters is None:
        return
    try:
        wanted = {key: 1 for key, value in parameters(deep=True).items() if key.split("__")[-1] == "n_jobs" and value not in (None, 1)}
        if wanted:
            estimator.set_params(**wanted)
    except Exception:
        # A custom estimator need not follow the conventions of get_params; it is then served as it is.
        return

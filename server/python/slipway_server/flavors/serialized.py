"""Estimators that were written object by object: by pickle and what builds on it, or by skops."""

from __future__ import annotations

from .flavor import SavedModel


def load_estimator(saved: SavedModel) -> object:
    """Read an estimator. Raises what the library raises for a file that it cannot read."""
    if saved.serialization == "skops":
        import skops.io

        return skops.io.load(saved.path, trusted=saved.settings.get("skops_trusted_types") or None)
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

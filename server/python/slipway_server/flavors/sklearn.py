"""scikit-learn estimators, and those of other libraries that were logged by mlflow.sklearn.

Source of the settings: mlflow/sklearn, `save_model`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

from ..errors import ModelNotLoadable, VersionMismatch
from ..signature import Signature
from .classes import add_classes
from .flavor import Model, SavedModel, Takes
from .names import forget_names
from .serialized import load_estimator, use_one_thread


class Estimator:
    """A fitted estimator. It takes a matrix where it was fitted without feature names or does not use them."""

    def __init__(self, estimator: object, method: str, signature: Signature):
        forget_names(estimator, signature)
        self.predict: Callable[[object], object] = getattr(estimator, method)
        add_classes(self, estimator)
        on_matrix = hasattr(estimator, "n_features_in_") and not hasattr(estimator, "feature_names_in_")
        self.takes = Takes.MATRIX if on_matrix else Takes.FRAME


def _inconsistent_version_warning() -> type[Warning]:
    """What scikit-learn warns with when it loads an estimator of another version; scikit-learn < 1.3 has no class for it."""
    import sklearn.exceptions

    return getattr(sklearn.exceptions, "InconsistentVersionWarning", type("NeverRaised", (UserWarning,), {}))


def load(saved: SavedModel) -> Model:
    """Load an estimator. Raises VersionMismatch for parts that another scikit-learn wrote, whatever MLmodel says."""
    InconsistentVersionWarning = _inconsistent_version_warning()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", InconsistentVersionWarning)
            estimator = load_estimator(saved)
    except InconsistentVersionWarning as error:
        raise VersionMismatch.of("scikit-learn", "scikit-learn", error.original_sklearn_version, error.current_sklearn_version) from error
    if not callable(getattr(estimator, saved.method, None)):
        raise ModelNotLoadable(f"The model ({type(estimator).__name__}) has no method {saved.method}.")
    use_one_thread(estimator)
    return Estimator(estimator, saved.method, saved.signature)

"""What makes a served model a classifier, for estimators that follow scikit-learn's conventions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def add_classes(model: object, estimator: object, through: Callable[[Callable], Callable] = lambda method: method) -> None:
    """Give a model `classes`, `probabilities` and `labels` where its estimator has one list of classes and their probabilities.

    `through` wraps a method of the estimator that takes rows, as the model wraps its own.
    """
    classes = getattr(estimator, "classes_", None)
    # An SVC has predict_proba only where it was fitted for it.
    probabilities = getattr(estimator, "predict_proba", None)
    if not isinstance(classes, np.ndarray) or classes.ndim != 1 or probabilities is None:
        return
    model.classes = classes
    model.probabilities = through(probabilities)
    model.labels = through(estimator.predict)

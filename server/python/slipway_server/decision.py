"""Which class the probabilities of a classifier come to: by a threshold for each class, or by what a wrong class costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .errors import DecisionRefused
from .flavors.flavor import Model
from .release import Serving

#: From probabilities, one row a sample and one column a class, to the positions of classes.
Decide = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Classified:
    """What a classifier gave for some rows: `labels` of shape [rows], `probabilities` of shape [rows, classes]; None for what is not to be answered."""

    labels: np.ndarray | None
    probabilities: np.ndarray | None
    #: One number a row for the log: the probability of the second of two classes, of several that of the label.
    scores: np.ndarray
    names: tuple[str, ...]


def class_names(classes: np.ndarray) -> tuple[str, ...]:
    return tuple(str(value) for value in classes.tolist())


def _by_threshold(threshold: float, position: int) -> Decide:
    """The class where its probability reaches the threshold, else the other one, as scikit-learn's FixedThresholdClassifier decides."""
    return lambda probabilities: np.where(probabilities[:, position] >= threshold, position, 1 - position)


def _by_thresholds(thresholds: np.ndarray) -> Decide:
    """The class with the largest p / threshold, as Spark's `thresholds` decide; of two classes with t and 1 - t that is p >= t."""
    return lambda probabilities: np.argmax(probabilities / thresholds, axis=1)


def _by_costs(costs: np.ndarray) -> Decide:
    """The class of the least expected cost (C. Elkan, The Foundations of Cost-Sensitive Learning, 2001). Rows are what is true, columns what is said."""
    return lambda probabilities: np.argmin(probabilities @ costs, axis=1)


def decider(serving: Serving, names: tuple[str, ...]) -> Decide | None:
    """How a release decides among classes; None where the likeliest one is answered. Raises DecisionRefused naming the setting and what to do."""
    classes = f"its classes are {', '.join(names[:50])}{' …' if len(names) > 50 else ''}"
    if serving.costs is not None:
        costs = np.asarray(serving.costs, dtype=np.float64)
        if costs.shape != (len(names), len(names)):
            raise DecisionRefused(
                f"The costs have {len(costs)} rows and columns, the model has {len(names)} classes; {classes}. Give --costs with a row for each class that can be true, "
                "and in it the cost of each class that can be said."
            )
        return _by_costs(costs)
    threshold = serving.threshold
    if threshold is None:
        return None
    if not isinstance(threshold, dict):
        if len(names) != 2:
            raise DecisionRefused(f"One threshold decides between two classes, the model has {len(names)}; {classes}. Give --threshold CLASS=VALUE for each of them.")
        return _by_threshold(threshold, 1)
    unknown = [name for name in threshold if name not in names]
    if unknown:
        raise DecisionRefused(f"The model has no class {unknown[0]}, for which there is a threshold; {classes}. Give --threshold for those.")
    missing = [name for name in names if name not in threshold]
    if len(names) == 2 and len(missing) == 1:
        position = names.index(next(iter(threshold)))
        return _by_threshold(threshold[names[position]], position)
    if missing:
        raise DecisionRefused(f"There is no threshold for the class {missing[0]}; {classes}. Give --threshold CLASS=VALUE for each of them.")
    return _by_thresholds(np.array([threshold[name] for name in names], dtype=np.float64))


class _Deciding:
    """A classifier that answers labels, probabilities or both, with labels decided by the release."""

    def __init__(self, model: Model, classes: np.ndarray, method: str | None, decide: Decide | None):
        self.takes = model.takes
        self._model = model
        self._classes = classes
        self._names = class_names(classes)
        self._labels = method != "predict_proba"
        self._probabilities = method in ("predict_proba", "both")
        self._decide = decide

    def predict(self, rows: object) -> Classified:
        probabilities = np.asarray(self._model.probabilities(rows))
        labels = None
        positions = None
        if self._decide is not None:
            positions = self._decide(probabilities)
            labels = self._classes[positions]
        elif self._labels:
            labels = np.asarray(self._model.labels(rows))
        if len(self._names) == 2:
            scores = probabilities[:, 1]
        elif positions is not None:
            scores = probabilities[np.arange(len(positions)), positions]
        else:
            scores = probabilities.max(axis=1, initial=0.0)
        return Classified(labels, probabilities if self._probabilities else None, scores, self._names)


def decided(model: Model, serving: Serving) -> Model:
    """A model that answers as its release says; itself where that says nothing. Raises DecisionRefused for a model that cannot."""
    wants_both = serving.method == "both"
    if not (wants_both or serving.method == "predict_proba" or serving.threshold is not None or serving.costs is not None):
        return model
    classes = getattr(model, "classes", None)
    if classes is None:
        what = "--threshold" if serving.threshold is not None else "--costs" if serving.costs is not None else f"--method {serving.method}"
        raise DecisionRefused(f"The model gives no probabilities of classes (predict_proba), which {what} needs. Deploy it without, or log a classifier that has them.")
    return _Deciding(model, classes, serving.method, decider(serving, class_names(classes)))

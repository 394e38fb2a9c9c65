"""The model of most kinds of log_models.py, logged with it as code of its own."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin


class Rule(ClassifierMixin, BaseEstimator):
    def __init__(self, kind="steady", threshold=0.0):
        self.kind = kind
        self.threshold = threshold
        self.classes_ = np.array([0, 1])

    def predict(self, rows):
        values = np.asarray(rows, dtype=float)[:, 0]
        if self.kind == "fickle":
            return np.random.default_rng().normal(size=len(values))
        if self.kind == "brittle" and (values > 100).any():
            raise ValueError("a is too large")
        if self.kind == "slow":
            import time

            time.sleep(1)
        if self.kind == "broken":
            raise RuntimeError("no prediction today")
        return (values > self.threshold).astype("int64")

    def __sklearn_is_fitted__(self):
        return True

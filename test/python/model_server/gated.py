"""A model whose predictions a test can hold back: it waits while the file named by GATE exists."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
from sklearn.base import BaseEstimator


class Gated(BaseEstimator):
    """Gives twice the column `x`; raises when a row is negative. Each call is noted in the file named by CALLS."""

    def fit(self, features: object, labels: object = None) -> Gated:
        self.feature_names_in_ = np.array(["x"], dtype=object)
        self.n_features_in_ = 1
        return self

    def predict(self, features: object) -> np.ndarray:
        if calls := os.environ.get("CALLS"):
            with open(calls, "a", encoding="ascii") as stream:
                stream.write(f"{len(features)}\n")
        gate = os.environ.get("GATE")
        while gate and Path(gate).exists():
            time.sleep(0.01)
        x = features["x"].to_numpy()
        if (x < 0).any():
            raise ValueError("negative row in /srv/private/model.py")
        return x * 2

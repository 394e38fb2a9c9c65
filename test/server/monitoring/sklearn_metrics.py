"""Metrics by scikit-learn: reads named data sets from standard input, writes their metrics as JSON."""

import json
import sys

import numpy as np
from sklearn import metrics
from sklearn.calibration import calibration_curve


def binary(labels, predictions, scores):
    share, mean = calibration_curve(labels, scores, n_bins=10)
    weights = np.bincount(np.searchsorted(np.linspace(0, 1, 11)[1:-1], scores), minlength=10)
    weights = weights[weights > 0]
    return {
        "accuracy": metrics.accuracy_score(labels, predictions),
        "precision": metrics.precision_score(labels, predictions),
        "recall": metrics.recall_score(labels, predictions),
        "f1": metrics.f1_score(labels, predictions),
        "auc": metrics.roc_auc_score(labels, scores),
        "log-loss": metrics.log_loss(labels, scores),
        "brier": metrics.brier_score_loss(labels, scores),
        "calibration-error": float(np.sum(np.abs(share - mean) * weights) / len(scores)),
    }


def multiclass(labels, predictions, _scores):
    more = {"average": "macro", "zero_division": 0}
    return {
        "accuracy": metrics.accuracy_score(labels, predictions),
        "precision": metrics.precision_score(labels, predictions, **more),
        "recall": metrics.recall_score(labels, predictions, **more),
        "f1": metrics.f1_score(labels, predictions, **more),
    }


def regression(labels, predictions, _scores):
    return {
        "mae": metrics.mean_absolute_error(labels, predictions),
        "rmse": float(np.sqrt(metrics.mean_squared_error(labels, predictions))),
        "r2": metrics.r2_score(labels, predictions),
    }


kinds = {"binary": binary, "multiclass": multiclass, "regression": regression}
json.dump({name: kinds[kind](labels, predictions, scores) for name, (kind, labels, predictions, scores) in json.load(sys.stdin).items()}, sys.stdout)

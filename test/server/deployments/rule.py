"""The model of most kinds of log_models.py, logged with it as code of its own.

It follows scikit-learn's conventions without importing it: that would take most of the time of a replica's start, and a replica of it starts hundreds
of times in a run of the tests. It is fitted without names of columns, so that its rows come as a matrix and no pandas is needed either.
"""

import os
import pwd
import socket
import sys
import tempfile

import numpy as np


class Rule:
    def __init__(self, kind="steady", threshold=0.0):
        self.kind = kind
        self.threshold = threshold
        self.classes_ = np.array([0, 1])
        self.n_features_in_ = 2

    def predict(self, rows):
        values = np.asarray(rows, dtype=float)[:, 0]
        if self.kind == "fickle":
            return np.random.default_rng().normal(size=len(values))
        if self.kind == "brittle" and (values > 100).any():
            raise ValueError("a is too large")
        if self.kind == "slow":
            import time

            time.sleep(1)
        if self.kind == "prying":
            return np.array([pry(value) if value >= 100 else value > self.threshold for value in values], dtype="int64")
        if self.kind == "broken":
            raise RuntimeError("no prediction today")
        return (values > self.threshold).astype("int64")

    def predict_proba(self, rows):
        likely = 1 / (1 + np.exp(self.threshold - np.asarray(rows, dtype=float)[:, 0]))
        return np.column_stack([1 - likely, likely])

def start_processes():
    import joblib

    joblib.Parallel(n_jobs=2)(joblib.delayed(abs)(number) for number in (-1, 2))


def pry(code):
    """What a model of the kind `prying` tries for an `a` from 100 on: 1 where it can, 0 where it is refused. The data home is in PRY_HOME."""
    home = os.environ.get("PRY_HOME", "")
    attempts = {
        100: lambda: open(os.path.join(home, "token")).read(),
        101: lambda: os.listdir(home),
        102: lambda: os.listdir(pwd.getpwuid(os.getuid()).pw_dir),
        103: lambda: open(f"/proc/{os.environ['PRY_PID']}/environ").read(),
        104: lambda: open(os.path.join(os.getcwd(), "left"), "w"),
        105: lambda: open(os.path.join(sys.pycache_prefix, "left"), "w"),
        106: lambda: socket.create_connection((os.environ.get("PRY_HOST", "127.0.0.1"), int(os.environ["PRY_PORT"])), 5).close(),
        107: lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9)),
        108: lambda: socket.socket(socket.AF_UNIX).connect(os.environ["PRY_SOCKET"]),
        109: lambda: os.kill(int(os.environ["PRY_PID"]), 0),
        110: lambda: os.listdir(os.environ["PRY_FOLDER"]),
        111: lambda: os.environ["SECRET_OF_THE_USER"],
        120: lambda: tempfile.TemporaryFile().write(b"x"),
        121: start_processes,
        122: lambda: os.waitpid(os.fork() or os._exit(0), 0),
        123: lambda: open(os.path.expanduser("~/kept"), "w").close(),
    }
    try:
        attempts[int(code)]()
    except (OSError, KeyError):
        return 0
    return 1

"""Slipway in a notebook: `slipway.log(accuracy=0.9)` adds metrics to the captured run of the notebook, `slipway.log_labels(frame,
endpoint="churn")` says what was true of rows that an endpoint predicted, `slipway.register(model, "churn", data=(X, y))` makes a trained model the next version
of a registered one. Imports the standard library only.

Where it is imported, a call of mlflow that could not be delivered is told in the output.
"""

from slipway_notebook.labels import log_labels
from slipway_notebook.registration import Registered, register
from slipway_notebook.undelivered import tell
from slipway_notebook.values import NotConnectedError, log

__all__ = ["NotConnectedError", "Registered", "log", "log_labels", "register"]

tell()

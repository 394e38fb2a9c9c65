"""Slipway in a notebook: `slipway.log(accuracy=0.9)` adds metrics to the captured run of the notebook. Standard library only."""

from slipway_notebook.values import NotConnectedError, log

__all__ = ["NotConnectedError", "log"]

"""The model server: one MLflow model of one release behind HTTP."""

__version__ = "0.1.0"

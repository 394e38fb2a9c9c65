"""ONNX, by ONNX Runtime on the processor.

Source of the settings: mlflow/onnx, `save_model`, and its `_OnnxModelWrapper`: a table is the only input as one matrix, or the inputs by the names of its
columns; tensors are the inputs by their names. Numbers are cast to what the model takes. Answers of tables are records of all outputs, those of tensors
the outputs by their names.
"""

from __future__ import annotations

import numpy as np
import onnxruntime

from ..errors import InvalidInput
from .flavor import Model, Records, SavedModel, Takes

#: numpy dtypes of ONNX Runtime's names (https://onnxruntime.ai/docs/api/python, `NodeArg.type`); others are left as they come.
_DTYPES = {
    "tensor(float16)": np.float16,
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(int8)": np.int8,
    "tensor(int16)": np.int16,
    "tensor(int32)": np.int32,
    "tensor(int64)": np.int64,
    "tensor(uint8)": np.uint8,
    "tensor(uint16)": np.uint16,
    "tensor(uint32)": np.uint32,
    "tensor(uint64)": np.uint64,
    "tensor(bool)": np.bool_,
    "tensor(string)": object,
}


def load(saved: SavedModel) -> Model:
    """Load a graph; data outside of its file lies beside it."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(saved.path), options, providers=["CPUExecutionProvider"])
    signature = saved.signature
    if signature.tensors:
        return _Graph(session, Takes.TENSORS)
    return _Graph(session, Takes.MATRIX if signature.inputs is not None and len(session.get_inputs()) == 1 else Takes.FRAME, bool(signature.columns))


class _Graph:
    def __init__(self, session: onnxruntime.InferenceSession, takes: Takes, table: bool = False):
        self.takes = takes
        self._session = session
        self._table = table
        self._inputs = session.get_inputs()
        self._outputs = [output.name for output in session.get_outputs()]

    def predict(self, rows: object) -> object:
        table = self._table or hasattr(rows, "columns")
        answers = self._session.run(self._outputs, self._feed(rows))
        named = {name: _array(answer) for name, answer in zip(self._outputs, answers)}
        return Records({name: _column(values) for name, values in named.items()}) if table else named

    def _feed(self, rows: object) -> dict[str, np.ndarray]:
        by_name = isinstance(rows, dict) or (hasattr(rows, "columns") and len(self._inputs) > 1)
        if by_name:
            missing = [item.name for item in self._inputs if item.name not in rows]
            if missing:
                raise InvalidInput(f"The model takes the inputs {', '.join(item.name for item in self._inputs)}; missing are {', '.join(missing)}.")
            return {item.name: _cast(np.asarray(rows[item.name]), item) for item in self._inputs}
        if len(self._inputs) > 1:
            raise InvalidInput(f"The model takes the inputs {', '.join(item.name for item in self._inputs)} by name; one without a name was given.")
        return {self._inputs[0].name: _cast(np.asarray(rows), self._inputs[0])}


def _cast(array: np.ndarray, item: onnxruntime.NodeArg) -> np.ndarray:
    """Raises InvalidInput for what is no number where the model takes one."""
    dtype = _DTYPES.get(item.type)
    try:
        cast = array if dtype is None else array.astype(dtype, copy=False)
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"The input {item.name} cannot be read as {item.type}: {error}") from error
    # A column is often a tensor of the shape [n, 1].
    return cast.reshape(-1, 1) if cast.ndim == 1 and len(item.shape) == 2 else cast


def _array(answer: object) -> np.ndarray:
    """Outputs are arrays, or lists of maps, as classifiers of scikit-learn have them."""
    if isinstance(answer, np.ndarray):
        return answer
    items = list(answer) if isinstance(answer, (list, tuple)) else [answer]
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


def _column(values: np.ndarray) -> np.ndarray:
    return values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values

"""Execute a notebook in a real kernel and tell each step as one JSON object per line.

    python -m slipway_notebook.execute NOTEBOOK [--parameters JSON] [--kernel NAME] [--output FILE] [--ack]

Events on stdout, in this order: `kernel`, then `cell-begin` and `cell-end` per code cell, then `done` or `error`. With `--ack`
a cell runs only after a line has come on stdin for its `cell-begin`, so that whoever records it knows of it in time.
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import json
import os
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from .outputs import cell_outputs
from .parameters import INJECTED_TAG, TAG, assigned_names, assignments

EXIT_CODES = {"no-such-kernel": 3, "broken-notebook": 4, "cell-failed": 5, "no-nbclient": 6, "caller-gone": 7, "interrupted": 8}

#: Jupyter's tag of cells that are passed over, as nbclient has it.
SKIP_TAG = "skip-execution"

_INSTALLED_PACKAGES = Path(__file__).with_name("installed_packages.py")


class ExecutionError(Exception):
    """Why a notebook was not executed to its end. `reason` is a key of EXIT_CODES."""

    def __init__(self, reason: str, message: str):
        super().__init__(message)
        self.reason = reason


@dataclass
class Step:
    """A code cell to run: its index and id are those of the notebook file, or of the cell that it follows."""

    cell: dict
    index: int
    cell_id: str
    position: int = field(default=0)


class Interruption:
    """SIGINT or SIGTERM to this process: the running cell ends, the kernel is shut down."""

    def __init__(self) -> None:
        self.came = False

    def watch(self) -> None:
        """Cancel the running task when a signal comes. Replaces nbclient's handlers, which leave the cell hanging."""
        task = asyncio.current_task()
        loop = asyncio.get_running_loop()

        def interrupt() -> None:
            self.came = True
            task.cancel()

        if os.name == "posix":
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, interrupt)


class Events:
    """Writes events to the caller, and waits for its line where asked to."""

    def __init__(self, stream: TextIO, ack: bool):
        self._stream = stream
        self._ack = ack

    def emit(self, event: str, **fields: object) -> None:
        self._stream.write(json.dumps({"event": event, **fields}) + "\n")
        self._stream.flush()

    async def acknowledged(self) -> None:
        if self._ack and not await asyncio.to_thread(sys.stdin.readline):
            raise ExecutionError("caller-gone", "The caller closed its side before the notebook was executed to its end.")


def read_notebook(path: Path) -> tuple[dict, list[str]]:
    """The notebook as nbformat 4 and the ids of its cells. Raises ExecutionError (broken-notebook)."""
    import nbformat

    try:
        text = path.read_text("utf-8")
    except FileNotFoundError as error:
        raise ExecutionError("broken-notebook", f"The notebook {path.name} does not exist.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ExecutionError("broken-notebook", f"The notebook {path.name} cannot be read: {error}") from error
    try:
        document = json.loads(text)
        given = [cell.get("id") for cell in document.get("cells", [])]
        notebook = nbformat.reads(text, as_version=4)
        nbformat.validate(notebook)
    except Exception as error:
        first_line = (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
        raise ExecutionError("broken-notebook", f"{path.name} is not a valid notebook: {first_line}") from error
    ids = [str(name) if name else f"cell-{index}" for index, name in enumerate(given)]
    return notebook, ids if len(ids) == len(notebook.cells) else [f"cell-{index}" for index in range(len(notebook.cells))]


def plan(notebook: dict, ids: list[str], parameters: dict) -> list[Step]:
    """The code cells to run, in order, with the injected cell after the one tagged `parameters` (or first).

    The injected cell is put into the notebook too.
    """
    import nbformat

    language = notebook.metadata.get("kernelspec", {}).get("language") or notebook.metadata.get("language_info", {}).get("name", "python")
    steps = [Step(cell, index, ids[index]) for index, cell in enumerate(notebook.cells)]
    if parameters:
        if language.lower() != "python":
            raise ExecutionError("broken-notebook", f"Parameters can be set in Python notebooks only; this one is in {language}.")
        try:
            source = assignments(parameters)
        except ValueError as error:
            raise ExecutionError("broken-notebook", f"The parameters cannot be set: {error}.") from error
        injected = nbformat.v4.new_code_cell(source, metadata={"tags": [INJECTED_TAG]})
        tagged = next((step for step in steps if TAG in step.cell.metadata.get("tags", [])), None)
        if tagged is None:
            _warn(f"no cell has the tag '{TAG}': the parameters are set before the first cell")
        else:
            unknown = sorted(set(parameters) - assigned_names(tagged.cell.source))
            if unknown:
                _warn(f"the cell tagged '{TAG}' does not assign {', '.join(unknown)}")
        after = steps.index(tagged) + 1 if tagged else 0
        steps.insert(after, Step(injected, tagged.index if tagged else 0, INJECTED_TAG))
        notebook.cells.insert(after, injected)
    for position, step in enumerate(steps):
        step.position = position
    return [
        step
        for step in steps
        if step.cell.cell_type == "code" and step.cell.source.strip() and SKIP_TAG not in step.cell.metadata.get("tags", [])
    ]


def _warn(message: str) -> None:
    print(f"warning: {message}", file=sys.stderr, flush=True)


def _now() -> int:
    return int(time.time() * 1000)


async def _installed(client: object) -> tuple[str, list[str]]:
    """Python version and `name==version` lines of the kernel; empty for kernels that are not Python."""
    program = _INSTALLED_PACKAGES.read_text(encoding="utf-8")
    expression = f"(lambda space: exec({program!r}, space) or space['found'])({{}})"
    message = client.kc.execute("", silent=True, store_history=False, user_expressions={"installed": expression})
    message = await message if asyncio.iscoroutine(message) else message
    reply = await client.async_wait_for_reply(message)
    result = (reply or {}).get("content", {}).get("user_expressions", {}).get("installed", {})
    if result.get("status") != "ok":
        return "", []
    found = json.loads(ast.literal_eval(result["data"]["text/plain"]))
    return found["python"], found["packages"][:5000]


async def run(notebook: dict, steps: list[Step], kernel: str, folder: Path, events: Events) -> None:
    """Execute the steps in one kernel, started in `folder`. Raises ExecutionError."""
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    client = NotebookClient(
        notebook, timeout=None, kernel_name=kernel, resources={"metadata": {"path": str(folder)}}, coalesce_streams=True
    )
    started = False
    interruption = Interruption()
    try:
        async with client.async_setup_kernel():
            started = True
            interruption.watch()
            python_version, packages = await _installed(client)
            events.emit("kernel", pythonVersion=python_version, packages=packages)
            for count, step in enumerate(steps, start=1):
                await _run_cell(client, step, count, events, interruption, CellExecutionError, DeadKernelError)
    except asyncio.CancelledError as error:
        raise ExecutionError("interrupted", "The execution was interrupted.") from error
    except NoSuchKernel as error:
        raise ExecutionError("no-such-kernel", _missing_kernel(kernel)) from error
    except ExecutionError:
        raise
    except Exception as error:
        if started:
            raise ExecutionError("cell-failed", f"The kernel ended: {error}") from error
        raise ExecutionError("no-such-kernel", f"The kernel {kernel} cannot be started: {error}") from error


async def _run_cell(client: object, step: Step, count: int, events: Events, interruption: Interruption, failed: type, died: type) -> None:
    started_at = _now()
    events.emit("cell-begin", cellId=step.cell_id, cellIndex=step.index, startedAt=started_at)
    await events.acknowledged()
    problem = None
    try:
        await client.async_execute_cell(step.cell, step.position, execution_count=count)
    except failed as error:
        problem = f"Cell {step.index + 1} raised {error.ename}: {error.evalue}"
    except (died, asyncio.CancelledError):
        # nbclient takes the cancelling of its caller for the death of the kernel.
        what = "The execution was interrupted" if interruption.came else "The kernel died"
        problem = f"{what} while cell {step.index + 1} was running."
    outputs = step.cell.get("outputs", [])
    execution = {
        "cellId": step.cell_id,
        "cellIndex": step.index,
        "language": "python",
        "tags": [str(tag) for tag in step.cell.metadata.get("tags", [])],
        "source": step.cell.source,
        "startedAt": started_at,
        "endedAt": _now(),
        "success": problem is None and not any(output.get("output_type") == "error" for output in outputs),
        "outputs": cell_outputs(outputs),
    }
    if isinstance(step.cell.get("execution_count"), int):
        execution["executionCount"] = step.cell["execution_count"]
    events.emit("cell-end", execution=execution)
    if problem is not None:
        raise ExecutionError("interrupted" if interruption.came else "cell-failed", problem)


def _missing_kernel(kernel: str) -> str:
    from jupyter_client.kernelspec import KernelSpecManager

    names = sorted(KernelSpecManager().find_kernel_specs())
    known = f"Installed are: {', '.join(names)}." if names else "None is installed: install ipykernel."
    return f"There is no kernel named {kernel}. {known}"


def _write(notebook: dict, path: Path) -> None:
    import nbformat

    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(nbformat.writes(notebook), "utf-8")
    os.replace(partial, path)


def execute(options: argparse.Namespace, events: Events) -> None:
    """Execute one notebook as the options say. Raises ExecutionError."""
    try:
        import nbclient  # noqa: F401
        import nbformat  # noqa: F401
    except ImportError as error:
        raise ExecutionError(
            "no-nbclient", f"The Python environment lacks {error.name}. Install it with: pip install nbclient ipykernel"
        ) from error
    path: Path = options.notebook.resolve()
    notebook, ids = read_notebook(path)
    steps = plan(notebook, ids, options.parameters)
    kernel = options.kernel or notebook.metadata.get("kernelspec", {}).get("name") or "python3"
    try:
        asyncio.run(run(notebook, steps, kernel, path.parent, events))
    finally:
        if options.output is not None:
            _write(notebook, options.output)


def _parameters(text: str) -> dict:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not valid JSON: {error}") from error
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError("must be a JSON object of names and values")
    return value


def main(arguments: list[str], stream: TextIO) -> int:
    """Returns 0, or the exit code of the reason."""
    parser = argparse.ArgumentParser(prog="slipway_notebook.execute", description="Execute a notebook and report each cell.")
    parser.add_argument("notebook", type=Path)
    parser.add_argument("--parameters", type=_parameters, default={}, help="a JSON object")
    parser.add_argument("--kernel", help="a kernel's name; the notebook's own by default")
    parser.add_argument("--output", type=Path, help="where to write the executed notebook")
    parser.add_argument("--ack", action="store_true", help="run each cell only after a line on stdin")
    options = parser.parse_args(arguments)
    events = Events(stream, options.ack)
    try:
        execute(options, events)
    except ExecutionError as error:
        events.emit("error", reason=error.reason, message=str(error))
        return EXIT_CODES[error.reason]
    events.emit("done", ok=True)
    return 0


if __name__ == "__main__":
    # What kernels and their child processes write to file descriptor 1 must not get between the events.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as own_stdout:
        os.dup2(2, 1)
        exit_code = main(sys.argv[1:], own_stdout)
    sys.exit(exit_code)

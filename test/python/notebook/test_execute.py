"""Notebooks executed in a real kernel, as the companion does: one process, events on stdout, a line back per cell."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

PACKAGE_FOLDER = Path(__file__).parents[3] / "server" / "python"


def write(path: Path, *cells: object) -> Path:
    nbformat.write(new_notebook(cells=list(cells)), path)
    return path


def code(source: str, *tags: str, name: str | None = None) -> object:
    cell = new_code_cell(source, metadata={"tags": list(tags)} if tags else {})
    if name is not None:
        cell["id"] = name
    return cell


def start(notebook: Path, *arguments: str, python_flags: tuple[str, ...] = ()) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, *python_flags, "-m", "slipway_notebook.execute", str(notebook), *arguments],
        env={**os.environ, "PYTHONPATH": str(PACKAGE_FOLDER)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def execute(notebook: Path, *arguments: str) -> tuple[int, list[dict], str]:
    """Exit code, events and stderr of a whole execution."""
    process = start(notebook, *arguments)
    output, errors = process.communicate(timeout=120)
    return process.returncode, [json.loads(line) for line in output.splitlines()], errors


def executions(events: list[dict]) -> list[dict]:
    return [event["execution"] for event in events if event["event"] == "cell-end"]


def text_of(execution: dict) -> str:
    return "".join(item["content"] for item in execution["outputs"] if item["mime"] == "application/vnd.code.notebook.stdout")


def test_each_code_cell_is_reported_before_and_after_it_ran(tmp_path: Path) -> None:
    notebook = write(
        tmp_path / "a.ipynb",
        new_markdown_cell("# Title"),
        code("x = 20", name="first"),
        code(""),
        code("print(x + 1)\nx + 2", "show", name="last"),
        code("raise ValueError('passed over, as by nbclient')", "skip-execution"),
    )
    exit_code, events, _ = execute(notebook)
    assert exit_code == 0
    assert [event["event"] for event in events] == ["kernel", "cell-begin", "cell-end", "cell-begin", "cell-end", "done"]
    assert events[0]["pythonVersion"] == ".".join(map(str, sys.version_info[:3]))
    assert any(line.startswith("nbclient==") for line in events[0]["packages"])
    begin, (first, last) = events[3], executions(events)
    assert (begin["cellId"], begin["cellIndex"]) == (last["cellId"], last["cellIndex"]) == ("last", 3)
    assert first["outputs"] == [] and first["executionCount"] == 1
    assert (last["source"], last["tags"], last["success"], last["executionCount"]) == ("print(x + 1)\nx + 2", ["show"], True, 2)
    assert begin["startedAt"] == last["startedAt"] <= last["endedAt"]
    assert last["outputs"] == [
        {"mime": "application/vnd.code.notebook.stdout", "content": "21\n", "encoding": "text", "truncated": False},
        {"mime": "text/plain", "content": "22", "encoding": "text", "truncated": False},
    ]


def test_parameters_override_the_tagged_cell_and_are_written_as_python(tmp_path: Path) -> None:
    defaults = "C = 0.1\nname = 'a'\nflag = True\nnothing = 1\nmany = []"
    notebook = write(tmp_path / "a.ipynb", code(defaults, "parameters", name="p"), code("print([C, name, flag, nothing, many])"))
    values = {"C": 1.0, "name": 'it\'s "b"\n', "flag": False, "nothing": None, "many": [1, {"k": True}]}
    output = tmp_path / "out.ipynb"
    exit_code, events, _ = execute(notebook, "--parameters", json.dumps(values), "--output", str(output))
    assert exit_code == 0
    tagged, injected, shown = executions(events)
    assert (tagged["cellId"], tagged["tags"]) == ("p", ["parameters"])
    assert injected["tags"] == ["injected-parameters"]
    assert "nothing = None" in injected["source"] and "flag = False" in injected["source"]
    assert text_of(shown) == f"{list(values.values())}\n"
    assert shown["cellIndex"] == 1
    written = nbformat.read(output, as_version=4)
    assert [cell.metadata.get("tags", []) for cell in written.cells] == [["parameters"], ["injected-parameters"], []]
    assert len(nbformat.read(notebook, as_version=4).cells) == 2


def test_parameters_without_a_tagged_cell_come_first_with_a_warning(tmp_path: Path) -> None:
    exit_code, events, errors = execute(write(tmp_path / "a.ipynb", code("print(C)")), "--parameters", '{"C": 3}')
    assert exit_code == 0
    assert text_of(executions(events)[-1]) == "3\n"
    assert "no cell has the tag 'parameters'" in errors


def test_a_parameter_that_the_notebook_does_not_have_is_warned_of(tmp_path: Path) -> None:
    notebook = write(tmp_path / "a.ipynb", code("C = 1\ndepth: int = 2", "parameters"))
    _, _, errors = execute(notebook, "--parameters", '{"C": 3, "depth": 4, "dpeth": 5}')
    assert "does not assign dpeth" in errors


def test_the_kernel_runs_beside_the_notebook(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("a,b\n", "utf-8")
    _, events, _ = execute(write(tmp_path / "a.ipynb", code("print(open('data.csv').read())")))
    assert text_of(executions(events)[0]) == "a,b\n\n"


def test_a_cell_runs_only_after_its_begin_was_acknowledged(tmp_path: Path) -> None:
    process = start(write(tmp_path / "a.ipynb", code("open('mark', 'w').close()"), code("2")), "--ack")
    assert process.stdin and process.stdout
    assert json.loads(process.stdout.readline())["event"] == "kernel"
    assert json.loads(process.stdout.readline())["event"] == "cell-begin"
    assert not (tmp_path / "mark").exists()
    process.stdin.write("ok\n")
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["event"] == "cell-end"
    assert (tmp_path / "mark").exists()
    process.stdin.write("ok\n")
    process.stdin.close()
    # Not communicate(): it would leave out the lines that readline() has read ahead.
    assert [json.loads(line)["event"] for line in process.stdout] == ["cell-begin", "cell-end", "done"]
    assert process.wait(timeout=60) == 0


def test_nothing_more_runs_when_the_caller_is_gone(tmp_path: Path) -> None:
    process = start(write(tmp_path / "a.ipynb", code("open('mark', 'w').close()")), "--ack")
    output, _ = process.communicate("", timeout=60)
    assert process.returncode == 7
    assert json.loads(output.splitlines()[-1])["reason"] == "caller-gone"
    assert not (tmp_path / "mark").exists()


def test_what_a_child_process_prints_does_not_get_between_the_events(tmp_path: Path) -> None:
    exit_code, events, _ = execute(write(tmp_path / "a.ipynb", code("import os\nos.system('echo child')\nos.write(1, b'raw')")))
    assert (exit_code, events[-1]["event"]) == (0, "done")


def test_a_cell_that_fails_ends_the_execution_with_its_error_recorded(tmp_path: Path) -> None:
    exit_code, events, _ = execute(
        write(tmp_path / "a.ipynb", code("print('before')\n1 / 0"), code("print('never')")), "--output", str(tmp_path / "out.ipynb")
    )
    assert exit_code == 5
    (failed,) = executions(events)
    assert failed["success"] is False
    assert text_of(failed) == "before\n"
    error = json.loads(failed["outputs"][-1]["content"])
    assert (failed["outputs"][-1]["mime"], error["name"], error["message"]) == (
        "application/vnd.code.notebook.error",
        "ZeroDivisionError",
        "division by zero",
    )
    assert events[-1] == {"event": "error", "reason": "cell-failed", "message": "Cell 1 raised ZeroDivisionError: division by zero"}
    assert (tmp_path / "out.ipynb").exists()


def test_a_cell_that_may_raise_is_recorded_as_failed_and_the_rest_runs(tmp_path: Path) -> None:
    exit_code, events, _ = execute(write(tmp_path / "a.ipynb", code("1 / 0", "raises-exception"), code("1")))
    assert exit_code == 0
    assert [execution["success"] for execution in executions(events)] == [False, True]


def test_a_kernel_that_dies_is_one_clear_error(tmp_path: Path) -> None:
    exit_code, events, _ = execute(write(tmp_path / "a.ipynb", code("import os\nos._exit(9)"), code("1")))
    assert exit_code == 5
    assert executions(events)[0]["success"] is False
    assert events[-1]["message"] == "The kernel died while cell 1 was running."


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_interrupted_execution_records_the_cell_and_leaves_no_kernel(tmp_path: Path, number: signal.Signals) -> None:
    source = "import os, time\nopen('pid.part', 'w').write(str(os.getpid()))\nos.rename('pid.part', 'pid')\ntime.sleep(600)"
    process = start(write(tmp_path / "a.ipynb", code(source)))
    end = time.monotonic() + 60
    while not (tmp_path / "pid").exists() and time.monotonic() < end:
        time.sleep(0.05)
    process.send_signal(number)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 8, errors
    events = [json.loads(line) for line in output.splitlines()]
    assert executions(events)[0]["success"] is False
    assert events[-1] == {"event": "error", "reason": "interrupted", "message": "The execution was interrupted while cell 1 was running."}
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_long_text_and_large_images_are_cut_and_marked(tmp_path: Path) -> None:
    image = "from IPython.display import Image, display\nimport os, struct, zlib\n"
    small = image + "display(Image(data=b'\\x89PNG\\r\\n\\x1a\\n' + os.urandom(1000), format='png'))"
    large = image + "display(Image(data=b'\\x89PNG\\r\\n\\x1a\\n' + os.urandom(1_200_000), format='png'))"
    notebook = write(tmp_path / "a.ipynb", code("print('é' * 60_000)"), code(small), code(large))
    _, events, _ = execute(notebook)
    text, kept, cut = (execution["outputs"] for execution in executions(events))
    assert text[0]["truncated"] is True
    assert len(text[0]["content"].encode()) == 64 * 1024
    kept_image = next(item for item in kept if item["mime"] == "image/png")
    assert (kept_image["encoding"], kept_image["truncated"], len(kept_image["content"]) > 1300) == ("base64", False, True)
    cut_image = next(item for item in cut if item["mime"] == "image/png")
    assert (cut_image["truncated"], cut_image["content"]) == (True, "")


def test_many_outputs_are_limited(tmp_path: Path) -> None:
    _, events, _ = execute(write(tmp_path / "a.ipynb", code("for i in range(300):\n    display(i)")))
    assert len(executions(events)[0]["outputs"]) == 200


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "does not exist"),
        ("not json", "is not a valid notebook"),
        ("[]", "is not a valid notebook"),
        ('{"cells": 3}', "is not a valid notebook"),
    ],
)
def test_a_notebook_that_cannot_be_read_is_one_clear_error(tmp_path: Path, content: str | None, expected: str) -> None:
    notebook = tmp_path / "broken.ipynb"
    if content is not None:
        notebook.write_text(content, "utf-8")
    exit_code, events, _ = execute(notebook)
    assert exit_code == 4
    assert len(events) == 1
    assert events[0]["reason"] == "broken-notebook"
    assert expected in events[0]["message"] and "broken.ipynb" in events[0]["message"]


def test_a_missing_kernel_is_one_clear_error_that_names_the_installed_ones(tmp_path: Path) -> None:
    exit_code, events, _ = execute(write(tmp_path / "a.ipynb", code("1")), "--kernel", "julia-9")
    assert exit_code == 3
    assert events == [{"event": "error", "reason": "no-such-kernel", "message": events[0]["message"]}]
    assert "julia-9" in events[0]["message"] and "python3" in events[0]["message"]


def test_an_environment_without_nbclient_says_what_to_install(tmp_path: Path) -> None:
    process = start(write(tmp_path / "a.ipynb", code("1")), python_flags=("-S",))
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 6
    event = json.loads(output)
    assert event["reason"] == "no-nbclient"
    assert "pip install nbclient ipykernel" in event["message"]


@pytest.mark.parametrize("parameters", ['{"not a name": 1}', '{"class": 1}'])
def test_a_parameter_that_python_cannot_assign_is_refused(tmp_path: Path, parameters: str) -> None:
    exit_code, events, _ = execute(write(tmp_path / "a.ipynb", code("1")), "--parameters", parameters)
    assert exit_code == 4
    assert "is not a name" in events[-1]["message"]


@pytest.mark.parametrize("parameters", ["[1]", "{"])
def test_parameters_that_are_not_an_object_are_a_usage_error(tmp_path: Path, parameters: str) -> None:
    exit_code, events, errors = execute(write(tmp_path / "a.ipynb", code("1")), "--parameters", parameters)
    assert (exit_code, events) == (2, [])
    assert "--parameters" in errors

"""The word in the output of a kernel or a script when a call of mlflow could not be delivered."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

WORD = "could not be delivered"

# Each line that it reads lets it log once more.
SCRIPT = """
import sys
import mlflow
{before}
run = mlflow.start_run()
print("begun", run.info.run_id, flush=True)
for line in sys.stdin:
    mlflow.log_metric("loss", float(line))
    print("logged", flush=True)
"""


def _start(companion, source: str, **more: str) -> subprocess.Popen:
    environment = {**os.environ, "MLFLOW_TRACKING_URI": companion.url, "MLFLOW_TRACKING_USERNAME": "slipway", "MLFLOW_TRACKING_PASSWORD": companion.token}
    environment.update({"GIT_PYTHON_REFRESH": "quiet", "PYTHONWARNINGS": "error:Failure attempting to register", **more})
    return subprocess.Popen([sys.executable, "-c", source], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def _log(script: subprocess.Popen, value: int) -> None:
    script.stdin.write(f"{value}\n")
    script.stdin.flush()


def _lines_until(script: subprocess.Popen, wanted: str) -> list[str]:
    lines = []
    for line in script.stdout:
        lines.append(line)
        if wanted in line:
            return lines
    raise AssertionError("".join(lines))


def test_a_script_says_it_once_before_mlflow_gives_up_and_delivers_when_the_companion_is_back(own_companion):
    script = _start(own_companion, SCRIPT.format(before=""), PYTHONPATH=str(own_companion.home / "python"))
    _lines_until(script, "begun")
    _log(script, 1)
    assert WORD not in "".join(_lines_until(script, "logged"))
    own_companion.kill()
    own_companion.port = own_companion.lock["port"]
    _log(script, 2)
    # Nobody answers yet: what is read here was written while mlflow goes on trying.
    said = "".join(_lines_until(script, WORD))
    assert own_companion.url in said
    assert own_companion.token not in said
    own_companion.start()
    after = _lines_until(script, "logged")
    script.stdin.close()
    rest = "".join(after) + script.stdout.read()
    assert "slipway serve" in rest
    assert WORD not in rest
    assert script.wait() == 0


def test_a_kernel_that_runs_the_cell_says_it_too(own_companion):
    """Also one in which mlflow has looked for plugins before, where the folder was not named yet."""
    home = json.dumps(str(own_companion.home / "python"))
    script = _start(own_companion, SCRIPT.format(before=f"mlflow.start_run()\nmlflow.end_run()\nsys.path.append({home})\nimport slipway"), PYTHONPATH="")
    _lines_until(script, "begun")
    own_companion.kill()
    _log(script, 1)
    _lines_until(script, WORD)
    script.kill()
    script.wait()


def test_what_goes_elsewhere_is_not_told(tmp_path: Path):
    source = "import logging, slipway\nlogging.getLogger('urllib3.connectionpool').warning(\"Retrying (Retry(total=1)) after connection broken by '%s': %s\", 'x', '/api/2.0/mlflow/runs/create')"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3] / "server/python"), "MLFLOW_TRACKING_URI": "https://mlflow.example.com:8443"}
    ended = subprocess.run([sys.executable, "-c", source], env=environment, capture_output=True, text=True, check=True)
    assert WORD not in ended.stderr
    assert "Retrying" in ended.stderr, "what urllib3 says is shown as before"


def test_the_client_in_the_data_home_is_no_package_of_the_kernel():
    folder = Path(__file__).parents[3] / "server/python"
    assert [found.metadata["Name"] for found in distributions(path=[str(folder)])] == ["slipway-notebook"]
    program = folder / "slipway_notebook/installed_packages.py"
    ended = subprocess.run([sys.executable, "-c", f"{program.read_text()}\nprint(found)"], env={**os.environ, "PYTHONPATH": str(folder)}, capture_output=True, text=True, check=True)
    assert "slipway" not in ended.stdout

"""Scripts run as Python itself runs them, with a report of what they were called with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

PACKAGE_FOLDER = Path(__file__).parents[3] / "server" / "python"


def run(tmp_path: Path, source: str, *arguments: str) -> tuple[subprocess.CompletedProcess, dict]:
    script, report = tmp_path / "own name.py", tmp_path / "report.json"
    script.write_text(source, encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "slipway_notebook.script", str(report), str(script), *arguments],
        env={**os.environ, "PYTHONPATH": str(PACKAGE_FOLDER)},
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    return ended, json.loads(report.read_text(encoding="utf-8"))


ARGPARSE = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--alpha", type=float, default=0.1)
parser.add_argument("--layers", type=int, nargs="*", default=[8, 8])
parser.add_argument("--file", type=argparse.FileType())
commands = parser.add_subparsers()
fit = commands.add_parser("fit")
fit.add_argument("--balanced", action="store_true")
fit.set_defaults(go=print)
parser.parse_args().go("went")
"""


def test_what_argparse_made_of_the_arguments_is_told_with_its_subcommands(tmp_path):
    ended, report = run(tmp_path, ARGPARSE, "--alpha", "2", "fit", "--balanced")
    assert (ended.returncode, ended.stdout) == (0, "went\n"), ended.stderr
    assert report["parameters"] == {"alpha": 2.0, "layers": [8, 8], "balanced": True, "file": None}
    assert any(line.lower().startswith("mlflow") for line in report["packages"])


def test_what_click_made_of_the_arguments_is_told(tmp_path):
    source = """
import click
@click.command()
@click.option("--rate", type=float, default=0.5)
@click.argument("name")
def train(rate, name):
    click.echo(f"{name} {rate}")
train()
"""
    ended, report = run(tmp_path, source, "ada", "--rate", "0.25")
    assert (ended.returncode, ended.stdout) == (0, "ada 0.25\n"), ended.stderr
    assert report["parameters"] == {"rate": 0.25, "name": "ada"}


def test_a_script_is_main_finds_its_neighbours_and_is_pickled_as_such(tmp_path):
    (tmp_path / "neighbour.py").write_text("VALUE = 7", encoding="utf-8")
    source = """
import multiprocessing, pickle, sys, neighbour
class Own:
    pass
def double(value):
    return 2 * value
if __name__ == "__main__":
    assert pickle.loads(pickle.dumps(Own())).__class__ is Own
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.map(double, [neighbour.VALUE]), sys.argv[1:])
"""
    ended, _ = run(tmp_path, source, "--x")
    assert (ended.returncode, ended.stdout) == (0, "[14] ['--x']\n"), ended.stderr


def test_an_error_is_told_as_python_tells_it_and_exit_codes_stay(tmp_path):
    ended, report = run(tmp_path, "def fit():\n    return 1 / 0\nfit()\n")
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[0] == "Traceback (most recent call last):"
    assert "slipway_notebook" not in ended.stderr
    assert ended.stderr.splitlines()[-1] == "ZeroDivisionError: division by zero"
    assert report["parameters"] == {}
    assert run(tmp_path, "raise SystemExit(7)")[0].returncode == 7
    assert run(tmp_path, "raise SystemExit('why')")[0].stderr == "why\n"

"""The gate of fairness beside the real fairlearn: the same ratios and rates to 1e-9."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parents[1]))

from kept_packages import kept_packages  # noqa: E402

PACKAGES = ("fairlearn==0.15.0", "narwhals==2.0.0")
ROOT = Path(__file__).parents[3]
NODE = ROOT / "node_modules" / ".bin" / "node"

sys.path.append(str(kept_packages(f"fairlearn-{hashlib.sha256(chr(10).join([*PACKAGES, sys.version]).encode()).hexdigest()[:12]}", *PACKAGES)))

from fairlearn.metrics import MetricFrame, demographic_parity_ratio, equalized_odds_ratio, selection_rate  # noqa: E402


def _case(seed: int, rows: int, groups: int, skew: float) -> dict:
    draw = np.random.default_rng(seed)
    group = draw.integers(0, groups, rows)
    labels = draw.integers(0, 2, rows)
    likely = np.clip(0.3 + 0.3 * labels + skew * group / groups, 0, 1)
    return {"groups": [f"g{each}" for each in group], "labels": labels.tolist(), "predictions": (draw.random(rows) < likely).astype(int).tolist()}


CASES = [_case(seed, rows, groups, skew) for seed, (rows, groups, skew) in enumerate([(40, 2, 0.0), (200, 2, 0.4), (500, 3, -0.3), (1000, 7, 0.2), (3000, 4, 0.0)])]


@pytest.fixture(scope="module")
def ours() -> list[dict]:
    run = subprocess.run([str(NODE) if NODE.exists() else "node", str(Path(__file__).with_name("measure.ts"))], input=json.dumps(CASES), capture_output=True, text=True, check=True, cwd=ROOT)
    return json.loads(run.stdout)


@pytest.mark.parametrize("number", range(len(CASES)))
def test_ratios_and_rates_are_fairlearns(ours: list[dict], number: int) -> None:
    case, answer = CASES[number], ours[number]
    given = {"y_true": case["labels"], "y_pred": case["predictions"], "sensitive_features": case["groups"]}
    assert answer["parity"] == pytest.approx(demographic_parity_ratio(**given), abs=1e-9)
    assert answer["odds"] == pytest.approx(equalized_odds_ratio(**given), abs=1e-9)
    rates = MetricFrame(metrics=selection_rate, **given).by_group.to_dict()
    assert answer["rates"] == pytest.approx(rates, abs=1e-9)

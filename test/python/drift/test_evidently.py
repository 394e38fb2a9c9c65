"""The drift methods beside the real Evidently: the same scores, verdicts and default methods, of the TypeScript that a companion runs."""

from __future__ import annotations

import json
import math
import subprocess
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from evidently_library import use_evidently

use_evidently()

from evidently.legacy.calculations.stattests.registry import get_registered_stattest, get_stattest  # noqa: E402
from evidently.legacy.calculations.stattests.utils import permutation_test  # noqa: E402
from evidently.legacy.core import ColumnType  # noqa: E402

ROOT = Path(__file__).parents[3]

OURS_OF = {
    "ks": "ks",
    "chisquare": "evidently-chi-square",
    "z": "z",
    "wasserstein": "wasserstein",
    "jensenshannon": "evidently-jensen-shannon",
    "psi": "evidently-psi",
    "kl_div": "kl",
    "hellinger": "hellinger",
    "ed": "energy",
    "cramer_von_mises": "cramer-von-mises",
}
NUMERIC = ("ks", "wasserstein", "jensenshannon", "psi", "kl_div", "hellinger", "ed", "cramer_von_mises")
CATEGORICAL = ("chisquare", "jensenshannon", "psi", "kl_div", "hellinger")


@dataclass
class Pair:
    kind: ColumnType
    baseline: pd.Series
    window: pd.Series


def _numbers(baseline: object, window: object, dtype: str = "float64") -> Pair:
    return Pair(ColumnType.Numerical, pd.Series(baseline, dtype=dtype), pd.Series(window, dtype=dtype))


def _categories(baseline: object, window: object, dtype: str | None = "object") -> Pair:
    return Pair(ColumnType.Categorical, pd.Series(baseline, dtype=dtype), pd.Series(window, dtype=dtype))


def _pairs() -> dict[str, Pair]:
    draw = np.random.default_rng(7)
    normal = draw.normal
    nan, inf = math.nan, math.inf

    def words(values: str, count: int, shares: list[float] | None = None) -> list[str]:
        return draw.choice(list(values), count, p=shares).tolist()

    days = pd.date_range("2025-01-01", periods=30).strftime("%Y-%m-%d").tolist()
    pairs = {
        "normal, the same": _numbers(normal(0, 1, 800), normal(0, 1, 300)),
        "normal, moved": _numbers(normal(0, 1, 800), normal(0.5, 1, 300)),
        "normal, wider": _numbers(normal(0, 1, 1000), normal(0, 2, 1000)),
        "normal, large baseline": _numbers(normal(0, 1, 5000), normal(0.1, 1, 1000)),
        "normal, larger window": _numbers(normal(0, 1, 300), normal(0.1, 1, 2000)),
        "one more than a thousand": _numbers(normal(0, 1, 1001), normal(0, 1, 101)),
        "a thousand": _numbers(normal(0, 1, 1000), normal(0, 1, 101)),
        "lognormal": _numbers(draw.lognormal(3, 1, 900), draw.lognormal(3.1, 1, 333)),
        "heavy tails": _numbers(draw.standard_cauchy(1500), draw.standard_cauchy(400)),
        "exponential": _numbers(draw.exponential(2, 700), draw.exponential(2.4, 700)),
        "two humps": _numbers(np.r_[normal(-3, 1, 400), normal(3, 1, 400)], np.r_[normal(-3, 1, 50), normal(3, 1, 150)]),
        "nothing in common": _numbers(normal(0, 1, 200), normal(50, 1, 200)),
        "tiny": _numbers([1.0, 2.5, 3.5], [2.0, 2.7]),
        "twenty": _numbers(normal(0, 1, 20), normal(1, 1, 17)),
        "twenty, ties": _numbers(draw.integers(0, 9, 20), draw.integers(0, 9, 20)),
        "twenty-one": _numbers(normal(0, 1, 21), normal(0, 1, 20)),
        "a single live value": _numbers(normal(0, 1, 100), [0.3]),
        "whole numbers": _numbers(draw.integers(0, 500, 900), draw.integers(0, 520, 300), "int64"),
        "whole numbers of a small range": _numbers(draw.integers(0, 30, 2000), draw.integers(3, 33, 300), "int64"),
        "the same as fractions": _numbers(draw.integers(0, 30, 2000), draw.integers(3, 33, 300)),
        "many ties": _numbers(np.round(normal(0, 1, 900), 1), np.round(normal(0.2, 1, 400), 1)),
        "counts": _numbers(draw.poisson(3, 800), draw.poisson(4, 200), "int64"),
        "two numbers": _numbers(draw.integers(0, 2, 500), draw.integers(0, 2, 90), "int64"),
        "two numbers, large baseline": _numbers(draw.integers(0, 2, 1500), draw.integers(0, 2, 90), "int64"),
        "four numbers": _numbers(draw.integers(0, 4, 500), draw.integers(0, 4, 90), "int64"),
        "four numbers, large baseline": _numbers(draw.integers(0, 4, 1500), draw.integers(0, 4, 90), "int64"),
        "a constant": _numbers([4.2] * 300, [4.2] * 100),
        "a constant that changed": _numbers([4.2] * 300, [4.3] * 100),
        "became constant": _numbers(normal(0, 1, 300), [0.0] * 100),
        "nulls": _numbers([nan if index % 7 == 0 else value for index, value in enumerate(normal(0, 1, 700))], [nan if index % 2 == 0 else value for index, value in enumerate(normal(0, 1, 300))]),
        "infinities": _numbers([inf if index % 50 == 0 else value for index, value in enumerate(normal(0, 1, 700))], [-inf if index % 40 == 0 else value for index, value in enumerate(normal(0, 1, 300))]),
        "large numbers": _numbers(normal(1e12, 1e3, 600), normal(1e12 + 300, 1e3, 200)),
        "small numbers": _numbers(normal(0, 1e-9, 600), normal(0, 1e-9, 200)),
        "seconds since 1970": _numbers(draw.integers(1_600_000_000, 1_700_000_000, 900), draw.integers(1_690_000_000, 1_700_000_000, 200), "int64"),
        "three categories": _categories(words("abc", 500), words("abc", 200)),
        "three categories, moved": _categories(words("abc", 500, [0.5, 0.3, 0.2]), words("abc", 200, [0.3, 0.3, 0.4])),
        "three categories, large baseline": _categories(words("abc", 3000), words("abc", 400)),
        "two categories": _categories(words("yn", 400, [0.7, 0.3]), words("yn", 150, [0.6, 0.4])),
        "two categories, large baseline": _categories(words("yn", 4000, [0.7, 0.3]), words("yn", 150, [0.6, 0.4])),
        "a new category": _categories(words("abc", 60), words("abcd", 60)),
        "a lost category": _categories(words("abcd", 60), words("abc", 60)),
        "rare categories": _categories(["usual"] * 990 + words("xyz", 10), ["usual"] * 190 + words("xyz", 10)),
        "a share of a ten-thousandth": _categories(["usual"] * 19_998 + ["rare"] + ["other"], ["usual"] * 99 + ["new"]),
        "one category": _categories(["a"] * 50, ["a"] * 50),
        "one category that changed": _categories(["a"] * 50, ["b"] * 50),
        "missing categories": _categories([None if index % 5 == 0 else value for index, value in enumerate(words("abc", 100))], [None, "a", "b", None, "c", "a"]),
        "few rows": _categories(list("aabbbcc"), list("abcc")),
        "booleans": _categories(draw.random(90) < 0.3, draw.random(40) < 0.5, "bool"),
        "numbers as categories": _categories(draw.integers(0, 6, 600), draw.integers(0, 7, 300), "int64"),
        "dates as texts": _categories(draw.choice(days[:25], 600).tolist(), draw.choice(days[5:], 300).tolist()),
        "thirty categories": _categories(draw.integers(0, 30, 1500).astype(str).tolist(), draw.integers(0, 30, 200).astype(str).tolist()),
        "nothing of the same": _categories(words("abc", 40), words("xyz", 40)),
    }
    assert len(pairs) >= 50
    return pairs


PAIRS = _pairs()


def _cleaned(column: pd.Series) -> pd.Series:
    """As `evidently.legacy.calculations.data_drift.get_one_column_drift` does first."""
    return column.replace([-math.inf, math.inf], math.nan).dropna()


def _plain(value: object) -> object:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    return str(value) if isinstance(value, float) and math.isinf(value) else value


@cache
def _ours() -> dict[str, dict]:
    asked = [
        {
            "kind": "numeric" if pair.kind == ColumnType.Numerical else "categorical",
            "isWhole": pair.baseline.dtype == "int64" and pair.window.dtype == "int64",
            "baseline": [_plain(value) for value in pair.baseline.tolist()],
            "window": [_plain(value) for value in pair.window.tolist()],
        }
        for pair in PAIRS.values()
    ]
    node = ROOT / "node_modules" / ".bin" / "node"
    script = Path(__file__).parent / "measure.ts"
    answer = subprocess.run([str(node) if node.exists() else "node", str(script)], input=json.dumps(asked), text=True, check=True, capture_output=True, timeout=300)
    return dict(zip(PAIRS, json.loads(answer.stdout), strict=True))


def _assert_same(name: str, test: object, pair: Pair) -> None:
    ours = _ours()[name]["results"][OURS_OF[test.name]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            theirs = test(_cleaned(pair.baseline), _cleaned(pair.window), pair.kind, None)
        except TypeError:
            # Of five values in all Evidently counts in bytes, and numpy refuses.
            assert test.name == "cramer_von_mises" and ours["kind"] == "evaluated", test.name
            return
    score = float(theirs.drift_score)
    if math.isnan(score):
        assert ours["kind"] == "not-evaluated", (test.name, score, ours)
        return
    assert ours["kind"] == "evaluated", (test.name, score, ours)
    # Of 20 and 20 values Evidently counts the orders in floats of 32 bits.
    precision = 1e-6 if test.name == "cramer_von_mises" and max(len(pair.baseline), len(pair.window)) == 20 else 1e-9
    assert ours["statistic"] == pytest.approx(score, rel=precision, abs=1e-9), test.name
    assert ours["isBeyond"] == bool(theirs.drifted), (test.name, score)
    assert ours["threshold"] == theirs.actual_threshold, test.name


@pytest.mark.parametrize("name", PAIRS)
def test_scores_and_verdicts(name: str) -> None:
    pair = PAIRS[name]
    baseline, window = _cleaned(pair.baseline), _cleaned(pair.window)
    for test in NUMERIC if pair.kind == ColumnType.Numerical else CATEGORICAL:
        if test == "cramer_von_mises" and min(len(baseline), len(window)) < 2:
            # Evidently raises.
            assert _ours()[name]["results"]["cramer-von-mises"]["kind"] == "not-evaluated"
            continue
        _assert_same(name, get_registered_stattest(test, pair.kind), pair)
    if pair.kind == ColumnType.Categorical and pd.concat([baseline, window]).nunique() <= 2:
        _assert_same(name, get_registered_stattest("z", pair.kind), pair)


@pytest.mark.parametrize("name", PAIRS)
def test_default_method(name: str) -> None:
    pair = PAIRS[name]
    usual = get_stattest(_cleaned(pair.baseline), _cleaned(pair.window), pair.kind, None)
    assert _ours()[name]["usual"] == OURS_OF[usual.name]
    if usual.name not in (NUMERIC if pair.kind == ColumnType.Numerical else CATEGORICAL):
        _assert_same(name, usual, pair)


def _distance(baseline: pd.Series, window: pd.Series) -> float:
    """Evidently's, without rounding before the end: of equal distances its sums may differ, by the order of a set of texts."""
    counts = pd.concat([baseline.value_counts(), window.value_counts()], axis=1).fillna(0).astype(int)
    gap = sum(abs(before * len(window) - now * len(baseline)) for before, now in counts.itertuples(index=False))
    return gap / (2 * len(baseline) * len(window))


@pytest.mark.parametrize("name", ["few rows", "booleans"])
def test_permutations_of_the_total_variation(name: str) -> None:
    pair = PAIRS[name]
    # Which rows a permutation takes depends on their order: here each side's stand together by value.
    first = {value: index for index, value in enumerate(dict.fromkeys([*_cleaned(pair.baseline), *_cleaned(pair.window)]))}
    baseline, window = [pd.Series(sorted(_cleaned(column), key=first.__getitem__), dtype=column.dtype) for column in (pair.baseline, pair.window)]
    theirs = permutation_test(baseline, window, _distance(baseline, window), _distance, iterations=1000)
    ours = _ours()[name]["results"]["evidently-total-variation"]
    assert ours["statistic"] == pytest.approx(theirs, abs=1e-9)
    assert ours["isBeyond"] == (theirs < ours["threshold"])
    assert ours["threshold"] == get_registered_stattest("TVD", pair.kind).default_threshold


def test_two_samples_as_scipy_compares_them() -> None:
    from scipy.stats import chi2_contingency

    for name, pair in PAIRS.items():
        counts = pd.concat([_cleaned(pair.baseline).value_counts(), _cleaned(pair.window).value_counts()], axis=1).fillna(0)
        if pair.kind == ColumnType.Categorical and len(counts) > 1:
            ours = _ours()[name]["results"]["chi-square"]["statistic"]
            assert ours == pytest.approx(chi2_contingency(counts.to_numpy().T, correction=False).pvalue, rel=1e-9, abs=1e-12), name


def test_texts_and_empty_columns_are_not_evaluated() -> None:
    many = [f"customer {index}" for index in range(300)]
    asked = [
        {"kind": "categorical", "isWhole": False, "baseline": many, "window": many},
        {"kind": "numeric", "isWhole": False, "baseline": [None, "inf"], "window": [1, 2, 3]},
        {"kind": "categorical", "isWhole": False, "baseline": ["a"], "window": [None]},
    ]
    node = ROOT / "node_modules" / ".bin" / "node"
    script = Path(__file__).parent / "measure.ts"
    answer = subprocess.run([str(node) if node.exists() else "node", str(script)], input=json.dumps(asked), text=True, check=True, capture_output=True, timeout=300)
    for each in json.loads(answer.stdout):
        assert "usual" not in each
        assert {result["kind"] for result in each["results"].values()} == {"not-evaluated"}

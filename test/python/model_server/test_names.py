"""Estimators that only check the names of their columns are given a matrix, and predict exactly what they did before."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import trained
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier
from slipway_server.flavors.flavor import Takes
from slipway_server.flavors.sklearn import Estimator
from slipway_server.signature import Column, Signature

FEATURES, LABELS = trained.iris_frame()


def signature(*names: str, kind: str = "double") -> Signature:
    return Signature(tuple(Column(name, kind) for name in names or FEATURES.columns))


ONLY_CHECK = {
    "logistic regression": LogisticRegression(max_iter=500),
    "scaled": make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)),
    "forest": RandomForestClassifier(20, random_state=1),
    "vote": VotingClassifier([("a", DecisionTreeClassifier(random_state=1)), ("b", make_pipeline(StandardScaler(), LogisticRegression()))]),
}
USE_NAMES = {
    "columns by name": make_pipeline(ColumnTransformer([("a", StandardScaler(), ["petal width"])]), LogisticRegression()),
    "a function": make_pipeline(FunctionTransformer(lambda frame: frame[["petal width"]]), LogisticRegression()),
    "frames between steps": make_pipeline(StandardScaler().set_output(transform="pandas"), LogisticRegression()),
    "categories by dtype": HistGradientBoostingClassifier(max_iter=5, categorical_features="from_dtype"),
    "a vote with columns by name": VotingClassifier(
        [("a", Pipeline([("c", ColumnTransformer([("a", StandardScaler(), ["petal width"])])), ("m", LogisticRegression())]))]
    ),
}


@pytest.mark.parametrize("name", ONLY_CHECK)
def test_a_matrix_is_predicted_exactly_like_the_frame(name: str) -> None:
    fitted = ONLY_CHECK[name].fit(FEATURES, LABELS)
    expected = fitted.predict(FEATURES)
    model = Estimator(pickle.loads(pickle.dumps(fitted)), "predict", signature())
    assert model.takes is Takes.MATRIX
    assert np.array_equal(model.predict(FEATURES.to_numpy()), expected)


@pytest.mark.parametrize("name", USE_NAMES)
def test_estimators_that_use_names_keep_them(name: str) -> None:
    model = Estimator(USE_NAMES[name].fit(FEATURES, LABELS), "predict", signature())
    assert model.takes is Takes.FRAME
    assert len(model.predict(FEATURES)) == len(FEATURES)


@pytest.mark.parametrize(
    "of_request",
    [signature(*FEATURES.columns[::-1]), signature(*FEATURES.columns[:3]), signature(kind="string"), Signature()],
    ids=["another order", "fewer columns", "text columns", "no signature"],
)
def test_names_are_kept_where_the_check_could_fail(of_request: Signature) -> None:
    assert Estimator(LogisticRegression(max_iter=500).fit(FEATURES, LABELS), "predict", of_request).takes is Takes.FRAME

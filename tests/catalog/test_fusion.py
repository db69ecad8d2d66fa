"""Scores become probabilities: of each service, and that none is meant."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from catalog.find import FEATURES
from catalog.fusion import Fusion

FUSION = Fusion(features=("a", "b"), scale=(1.0, 0.5), weights=(2.0, 1.0), none=1.0)
ANY = arrays.arrays(np.float32, (7, 2), elements=st.floats(-1, 1, width=32))


@given(ANY)
def test_probabilities_are_between_nought_and_one_and_leave_room_for_none(
    features: np.ndarray,
) -> None:
    found = FUSION.probabilities(features)
    assert found.shape == (7,)
    assert (found >= 0).all()
    assert found.sum() < 1


@given(ANY, st.integers(0, 6), st.integers(0, 1))
def test_a_better_match_never_lowers_a_service(
    features: np.ndarray, service: int, feature: int
) -> None:
    better = features.copy()
    better[service, feature] += np.float32(0.5)
    assert FUSION.probabilities(better)[service] >= FUSION.probabilities(features)[service] - 1e-9


@given(ANY, st.floats(-0.5, 0.5, width=32))
def test_a_score_that_all_services_share_decides_nothing(
    features: np.ndarray, shared: float
) -> None:
    found = FUSION.probabilities(features + np.float32(shared))
    assert found == pytest.approx(FUSION.probabilities(features), abs=1e-4)


def test_the_likelier_stands_higher() -> None:
    found = FUSION.probabilities(np.array([[0.9, 0.9], [0.5, 0.5], [0.1, 0.1]], np.float32))
    assert found[0] > found[1] > found[2]


def test_scores_that_are_huge_or_none_overflow_nothing() -> None:
    huge = np.array([[1e6, 1e6], [-1e6, -1e6]], np.float32)
    assert np.isfinite(FUSION.probabilities(huge)).all()
    assert FUSION.probabilities(huge)[0] == pytest.approx(1.0)


def test_the_shipped_fusion_fits_the_features_of_the_search() -> None:
    shipped = Fusion.shipped()
    assert shipped.features == FEATURES
    assert len(shipped.scale) == len(shipped.weights) == len(FEATURES)
    assert all(scale > 0 for scale in shipped.scale)
    assert all(weight >= 0 for weight in shipped.weights)


def test_what_is_saved_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FUSION.save(tmp_path / "fusion.json")
    monkeypatch.setattr("catalog.fusion.FILE", tmp_path / "fusion.json")
    assert Fusion.shipped() == FUSION

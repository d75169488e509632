from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oner.errors import InputError
from oner.film import Shot, Transition, TransitionKind
from oner.judging.measure import judge
from oner.judging.ranking import SEAM_WEIGHT, WEIGHTS, Candidate, choose, difference, score, seam
from oner.timing import Span

RATE = Fraction(24)


def shot(number: int, continues: str | None = None, kind: TransitionKind = TransitionKind.CUT) -> Shot:
    span = Span(24 * number, 24 * number + 24)
    return Shot(f"s{number}", span, "a lake", "static", Transition(kind), 2, 1, continues=continues)


def spoiled(frames: list[np.ndarray], other: list[np.ndarray]) -> dict[str, list[np.ndarray]]:
    """The same pan with one fault each."""
    return {
        "cuts": frames[:18] + other[18:],
        "black": frames[:8] + [np.zeros_like(frames[0])] * 9 + frames[17:],
        "freeze": frames[:10] + [frames[10]] * 16 + frames[10:20],
        "flicker": [np.clip(f.astype(int) + 9 * (-1) ** i, 0, 255).astype(np.uint8) for i, f in enumerate(frames)],
        "camera": frames[::-1],
        "exposure": [(f * (1 - i / 45)).astype(np.uint8) for i, f in enumerate(frames)],
    }


def test_every_fault_costs_its_own_part_and_rank(made, other):
    """A clean take beats the same take with any one fault, and the fault shows in the part named for it."""
    frames = made.pan(x=0.2)
    clean = score(judge(frames, RATE, "pan left"), "clean")
    assert clean.remarks == ()
    assert clean.total > 0.85
    for fault, clip in spoiled(frames, other.pan(x=0.2)).items():
        judged = score(judge(clip, RATE, "pan left"), fault)
        assert judged.total < clean.total - 0.02, fault
        assert judged.measures[fault] < clean.measures[fault] - 0.2, fault


def test_total_is_the_weighted_sum_of_the_visible_parts(made):
    """Weights sum to one over the parts that are known, and every part is between 0 and 1."""
    measured = judge(made.pan(x=0.2), RATE, "pan left")
    for judged in (score(measured, "t"), score(measured, "t", seam=0.5, difference=0.2)):
        assert all(0 <= value <= 1 for value in judged.measures.values())
        whole = sum(WEIGHTS[name] for name in judged.measures)
        total = sum(WEIGHTS[name] * value for name, value in judged.measures.items()) / whole
        assert judged.total == pytest.approx(total, abs=1e-3)
    assert {"seam", "difference"} <= score(measured, "t", 0.5, 0.2).measures.keys() == WEIGHTS.keys()


def test_remarks_say_what_is_wrong(made, other):
    """Faults are told in words, with frames and the move that was seen instead."""
    faults = spoiled(made.pan(x=0.2), other.pan(x=0.2))
    said = {name: " ".join(score(judge(clip, RATE, "pan left"), name).remarks) for name, clip in faults.items()}
    assert "cut inside the take at frame 18" in said["cuts"]
    assert "black for 9 frames" in said["black"]
    assert "frozen for 16 frames" in said["freeze"]
    assert "camera looks like pan right, not pan left" in said["camera"]


def test_seams(made, other):
    """A take that goes on where the other ended joins best; at a cut, the same picture again is a jump."""
    pan = made.pan(x=0.2, frames=72)
    first, second = judge(pan[:36], RATE, "pan left"), judge(pan[36:], RATE, "pan left")
    stranger = judge([(f * 0.3).astype(np.uint8) for f in other.pan(x=-0.2)], RATE, "pan right")
    assert seam(first, second, continues=True) > 0.85
    assert seam(first, stranger, continues=True) < 0.4
    assert seam(first, second) < 0.45
    assert seam(first, judge(other.pan(x=0.2), RATE, "pan left")) > 0.75


def test_difference_between_takes(made, other):
    """Copies differ by nothing, shifted views by a little, other pictures by much."""
    one, shifted, far = (
        judge(clip, RATE, "pan left") for clip in (made.pan(x=0.2), made.pan(x=0.22), other.pan(x=0.2))
    )
    assert difference(one, one) == 0
    assert 0 < difference(one, shifted) < difference(one, far)
    assert difference(one, far) > 0.3


@pytest.fixture(scope="module")
def measurements(made, other):
    """Six different short takes."""
    clips = [c.pan(x=x, frames=8) for c in (made, other) for x in (0.3, -0.3)]
    clips += [[(f * 0.25).astype(np.uint8) for f in clips[0]], [255 - f for f in clips[2]]]
    return [judge(clip, RATE, "static") for clip in clips]


@given(
    st.lists(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 5)), min_size=1, max_size=3), min_size=1, max_size=5),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_choice_is_the_best_of_all_films(measurements, totals, chained):
    """No other combination of takes has a higher sum of totals and seams."""
    shots = [shot(i, f"s{i - 1}" if i and chained else None) for i in range(len(totals))]
    rows = [
        [Candidate(f"{i}.{j}", total, measurements[m]) for j, (total, m) in enumerate(row)]
        for i, row in enumerate(totals)
    ]

    def worth(film):
        joins = sum(seam(a.measured, b.measured, chained) for a, b in pairwise(film))
        return sum(candidate.total for candidate in film) + SEAM_WEIGHT * joins

    picks = choose(shots, {s.id: row for s, row in zip(shots, rows, strict=True)}, {})
    chosen = [next(c for c in row if c.take == picks[s.id]) for s, row in zip(shots, rows, strict=True)]
    assert worth(chosen) == pytest.approx(max(worth(film) for film in product(*rows)))


def test_fixed_picks_stay_and_pull_their_neighbours(made, other):
    """The user's pick is kept whatever it scores, and the take beside it is chosen to fit it."""
    shots = [shot(0), shot(1, continues="s0")]
    halves = [
        [judge(half, RATE, "pan left") for half in (pan[:20], pan[20:])] for pan in (made.pan(0.1), other.pan(0.1))
    ]
    (a, c), (b, d) = halves
    candidates = {
        "s0": [Candidate("a", 0.9, a), Candidate("b", 0.1, b)],
        "s1": [Candidate("c", 0.7, c), Candidate("d", 0.65, d)],
    }
    assert choose(shots, candidates, {}) == {"s0": "a", "s1": "c"}
    assert choose(shots, candidates, {"s0": "b"}) == {"s0": "b", "s1": "d"}


def test_shots_without_takes_are_left_out_and_first_of_equals_wins(measurements):
    """A gap breaks the chain without an error; equal candidates keep their order."""
    same = [Candidate(name, 0.5, measurements[0]) for name in "xyz"]
    assert choose([shot(0), shot(1), shot(2)], {"s0": same, "s2": same}, {}) == {"s0": "x", "s2": "x"}
    assert choose([], {}, {}) == {}


def test_a_pick_that_is_not_there_is_refused(measurements):
    """The error names the takes that there are."""
    with pytest.raises(InputError, match="take q is not there; its takes are: x"):
        choose([shot(0)], {"s0": [Candidate("x", 0.5, measurements[0])]}, {"s0": "q"})

"""Windows over latent frames: every wanted frame once, never more in view than fits, always something to go on from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oner.model.windows import windows_of

LONGEST, OVERLAP = 9, 3


def run(known: list[bool]):
    """The windows, checked: what is in view is known or wanted, and within the length."""
    done = list(known)
    windows = windows_of(known, LONGEST, OVERLAP)
    for window in windows:
        anchored = window.frames[0] == 0 and len(window.frames) > 1 and window.frames[1] > 1
        assert len(window.frames) <= LONGEST + anchored
        assert list(window.frames) == sorted(set(window.frames))
        for frame in window.frames:
            assert done[frame] != (frame in window.wanted)
        for frame in window.wanted:
            done[frame] = True
    assert all(done)
    assert sum(len(window.wanted) for window in windows) == known.count(False)
    return windows


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_any_choice_of_given_frames_is_filled_once(known):
    """Whatever is given, the windows make exactly the rest, and only after what they look back on."""
    run(known)


def test_what_fits_is_one_window():
    """A short clip is made at once with all that is given in view; a clip that is all given needs no window."""
    (window,) = run([True, False, False, True, False])
    assert window.frames == (0, 1, 2, 3, 4)
    assert windows_of([True] * 4, LONGEST, OVERLAP) == []


def test_forwards_sees_the_last_frames_and_the_anchor():
    """A long clip goes on from its last frames, with frame 0 in view."""
    windows = run([False] * 25)
    assert windows[0].frames == tuple(range(9))
    assert windows[1].frames == (0, 6, 7, 8, 9, 10, 11, 12, 13, 14)
    assert windows[2].frames[:4] == (0, 12, 13, 14)


def test_backwards_goes_from_the_end():
    """With only the end given, the windows run backwards in time."""
    windows = run([False] * 20 + [True] * 4)
    assert windows[0].frames == tuple(range(14, 23))
    assert windows[0].wanted == tuple(range(14, 20))
    assert windows[1].frames[-3:] == (14, 15, 16)
    assert windows[-1].frames[0] == 0


def test_between_two_ends_both_sides_grow_and_the_last_window_joins_them():
    """The joining window sees frames of both sides and comes last."""
    windows = run([True] * 4 + [False] * 22 + [True] * 4)
    last = windows[-1]
    assert last.wanted[0] - last.frames[0] == OVERLAP
    assert last.frames[-1] - last.wanted[-1] == OVERLAP
    assert 4 in windows[0].wanted
    assert any(25 in window.wanted for window in windows[1:-1])


@pytest.mark.parametrize("overlap", [0, 5])
def test_an_overlap_that_leaves_no_room_is_refused(overlap):
    """Contexts on both sides have to leave room for what is made."""
    with pytest.raises(ValueError, match="overlap="):
        windows_of([False] * 20, LONGEST, overlap)

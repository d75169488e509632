"""Which latent frames the transformer sees together, and in which order: plain numbers, no tensors.

A clip of any length is made through windows of a fixed longest length. A window holds frames that are known (given by
the user, or made by an earlier window) and frames that it makes. Frames wanted behind something known are made
forwards in time, frames wanted before something known backwards; between two known parts both sides grow towards
each other, and the last window joins them with both in view.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..timing import Span


@dataclass(frozen=True)
class Window:
    """`frames`: latent frames in view, ascending; `wanted`: those of them that this window makes."""

    frames: tuple[int, ...]
    wanted: tuple[int, ...]


def windows_of(known: Sequence[bool], longest: int, overlap: int) -> list[Window]:
    """Windows that make every frame that is not known, each once, in the order in which they are to be run.

    `longest` is the most frames in view, `overlap` how many known frames a window sees on the side that it goes on
    from; forwards it also sees the clip's first frame, the anchor against drifting away, over and above `longest`.
    Raises ValueError unless 1 <= overlap <= (longest - 1) // 2: contexts on both sides have to leave room.
    """
    if not 1 <= overlap <= (longest - 1) // 2:
        raise ValueError(f"overlap={overlap}: from 1 to {(longest - 1) // 2} for windows of {longest} latent frames")
    if len(known) <= longest:
        wanted = tuple(frame for frame, is_known in enumerate(known) if not is_known)
        return [Window(tuple(range(len(known))), wanted)] if wanted else []
    done = list(known)
    windows: list[Window] = []
    for run in unknown_runs(known):
        for window in _windows_of_run(done, run, longest, overlap):
            windows.append(window)
            for frame in window.wanted:
                done[frame] = True
    return windows


def unknown_runs(known: Sequence[bool]) -> Iterator[Span]:
    """Spans of neighbouring frames that are not known."""
    start = None
    for frame, is_known in enumerate([*known, True]):
        if is_known and start is not None:
            yield Span(start, frame)
            start = None
        elif not is_known and start is None:
            start = frame


def _windows_of_run(known: list[bool], run: Span, longest: int, overlap: int) -> Iterator[Window]:
    before, after = run.start, _known_after(known, run.end)
    if not after:
        yield from _forwards(run, longest, overlap)
    elif not before:
        yield from _backwards(run, longest, overlap, after)
    else:
        outside = max(0, len(run) - (longest - 2 * overlap))  # what the joining window has no room for
        left = Span(run.start, run.start + outside - outside // 2)
        right = Span(run.end - outside // 2, run.end)
        yield from _forwards(left, longest, overlap)
        yield from _backwards(right, longest, overlap, after)
        middle = Span(left.end, right.start)
        in_view = middle.widened(min(overlap, middle.start), min(overlap, len(right) + after))
        yield _window(middle, range(in_view.start, in_view.end))


def _forwards(run: Span, longest: int, overlap: int) -> Iterator[Window]:
    """Windows behind what is known: everything before `run` is."""
    position = run.start
    while position < run.end:
        before = position if position <= overlap + 1 else overlap
        anchor = (0,) if position > before else ()
        end = min(run.end, position + longest - before)
        yield _window(Span(position, end), (*anchor, *range(position - before, end)))
        position = end


def _backwards(run: Span, longest: int, overlap: int, after: int) -> Iterator[Window]:
    """Windows before what is known: the `after` frames behind `run` are."""
    position = run.end
    while position > run.start:
        shown = min(overlap, run.end + after - position)
        start = max(run.start, position - (longest - shown))
        yield _window(Span(start, position), range(start, position + shown))
        position = start


def _window(wanted: Span, frames: Sequence[int]) -> Window:
    return Window(tuple(frames), tuple(range(wanted.start, wanted.end)))


def _known_after(known: Sequence[bool], frame: int) -> int:
    """How many frames from `frame` on are known without a gap."""
    end = frame
    while end < len(known) and known[end]:
        end += 1
    return end - frame

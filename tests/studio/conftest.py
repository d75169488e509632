"""A film on paper for tests of shoots: small enough that a take is made in milliseconds."""

from fractions import Fraction

from oner.film import Look, Shot, Storyboard, Transition
from oner.timing import Span


def storyboard(
    shots: int = 3, takes: int = 2, length: int = 6, size: tuple[int, int] = (64, 36), handle: int = 2
) -> Storyboard:
    """Shots s0, s1, ... of `length` frames at 24 fps, made by the engine testcard."""
    return Storyboard(
        title="small",
        rate=Fraction(24),
        width=size[0],
        height=size[1],
        frames=shots * length,
        engine="testcard",
        handle=handle,
        look=Look(),
        characters=(),
        shots=tuple(
            Shot(f"s{n}", Span(n * length, (n + 1) * length), f"place {n}", "static", Transition(), takes, 100 + n)
            for n in range(shots)
        ),
        song_span=Span(0, 48000),
    )

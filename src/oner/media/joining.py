"""Putting a video together from pieces of others."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ..timing import Rate, Span
from .given import covering
from .pictures import FrameWriter, read_frames


def join(
    parts: Sequence[tuple[Path, Span]],
    out: Path,
    width: int,
    height: int,
    rate: Rate,
    metadata: Mapping[str, str] | None = None,
    report: Callable[[float], None] = lambda done: None,
) -> None:
    """Write frames `span` of each file one after the other, whole or not at all. `report` hears progress, 0..1.

    Pictures of another size are scaled to cover it. Raises MediaError if a file ends before its span does.
    """
    total, written = sum(len(span) for _, span in parts), 0
    with FrameWriter(out, width, height, rate, quality="take", metadata=metadata, threads=1) as writer:
        for path, span in parts:
            for frame in read_frames(path, span):
                writer.write(covering(frame, width, height))
                written += 1
                report(written / total)

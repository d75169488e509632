"""A small film on disk: takes written by the real encoder, a song with known clicks, and the plan that joins them."""

from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from oner.film import (
    Beat,
    ClipRequest,
    Look,
    MediaRef,
    PromptSpan,
    Section,
    SectionLabel,
    Shot,
    SongAnalysis,
    Storyboard,
    Take,
    Transition,
    TransitionKind,
)
from oner.media import FrameWriter, media_ref, write_sound
from oner.timing import Span, sample_at


@dataclass
class FilmKit:
    """Shots of a few frames with takes whose pictures are known; `files` knows where each take lies."""

    folder: Path
    rate: Fraction = Fraction(24)
    width: int = 96
    height: int = 64
    handle: int = 6
    sample_rate: int = 48000
    files: dict[str, Path] = field(default_factory=dict)

    def locate(self, media: MediaRef) -> Path:
        return self.files[media.sha256]

    def take(self, shot: str, number: int, frames: np.ndarray, rate: Fraction | None = None) -> Take:
        """Write frames (F, H, W, 3) as a take of a shot."""
        rate = rate or self.rate
        path = self.folder / "takes" / f"{shot}-{number}.mp4"
        count, height, width = frames.shape[:3]
        with FrameWriter(path, width, height, rate, "take") as writer:
            for frame in frames:
                writer.write(frame)
        media = media_ref(path)
        self.files[media.sha256] = path
        prompt = PromptSpan(shot, Span(0, count))
        request = ClipRequest((prompt,), width, height, count, rate, seed=number)
        return Take(f"{shot}-{number}", shot, number, request, "test@1", media, "2026-01-01T00:00:00Z", 0.0)

    def shots(self, lengths: list[int], **transitions: tuple[str, int]) -> tuple[Shot, ...]:
        """Shots s0, s1, ... of these lengths; `s1=("dissolve", 4)` sets the transition into one."""
        edges = np.concatenate([[0], np.cumsum(lengths)]).tolist()
        return tuple(
            Shot(
                f"s{n}",
                Span(edges[n], edges[n + 1]),
                "a field",
                "static",
                Transition(TransitionKind(kind), frames),
                takes=2,
                seed=n,
            )
            for n in range(len(lengths))
            for kind, frames in [transitions.get(f"s{n}", ("cut", 0))]
        )

    def storyboard(self, shots: tuple[Shot, ...], song_start: int = 0) -> Storyboard:
        frames = shots[-1].span.end
        span = Span(song_start, song_start + sample_at(frames, self.sample_rate, self.rate))
        return Storyboard(
            "Röses & \"Thorns\"", self.rate, self.width, self.height, frames, "testcard", self.handle, Look(), (),
            shots, span,
        )  # fmt: skip

    def song(self, seconds: float, suffix: str = ".wav", channels: int = 2) -> tuple[Path, SongAnalysis]:
        """A quiet tone with a click of one sample at 0.5 s, and its analysis at 120 BPM."""
        n = round(seconds * self.sample_rate)
        time = np.arange(n) / self.sample_rate
        samples = np.stack([0.25 * np.sin(2 * np.pi * 440 * time + c) for c in range(channels)]).astype(np.float32)
        click = self.sample_rate // 2
        samples[:, click - 200 : click + 200] = 0
        samples[:, click] = 0.9
        path = self.folder / f"the song's é{suffix}"
        write_sound(path, samples, self.sample_rate)
        beats = tuple(Beat(k * self.sample_rate // 2, k // 4, k % 4) for k in range(int(seconds * 2)))
        half = n // 2
        sections = (
            Section(SectionLabel.VERSE, Span(0, half), 0.5),
            Section(SectionLabel.VERSE, Span(half, n), 1.0),
        )
        analysis = SongAnalysis(
            media_ref(path), self.sample_rate, n, channels, 120.0, 4, 1.0, beats, sections, (0.5,), n, -20.0, -1.0
        )
        return path, analysis

    def numbered(self, count: int, base: int = 40, step: int = 4) -> np.ndarray:
        """Frames of one grey each, `base + step * n`, so that a frame tells its own number."""
        levels = np.arange(count, dtype=np.uint8) * step + base
        return np.broadcast_to(levels[:, None, None, None], (count, self.height, self.width, 3)).copy()

    def with_rate(self, rate: Fraction) -> "FilmKit":
        return replace(self, rate=rate)


@pytest.fixture
def kit(tmp_path):
    return FilmKit(tmp_path)

"""The nouns: every type that travels between rooms.

Wanted, made, used: a `Shot` is wanted, a `Take` is made, a `Clip` is used. All are frozen; `to_json` and `from_json`
write and check them. Positions on the film are frames, positions in the song are samples, spans are half-open.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

import msgspec

from .errors import InputError
from .timing import Rate, Span

T = TypeVar("T")


# ------------------------------------------------------------------------------------------------ media


@dataclass(frozen=True)
class MediaRef:
    """A file by its content. `suffix` keeps the dot."""

    sha256: str
    bytes: int
    suffix: str


# ------------------------------------------------------------------------------------------------- song


@dataclass(frozen=True)
class Beat:
    """One beat: `bar` counts from 0, `position` is 0 on the downbeat. A pick-up before the first downbeat is bar -1."""

    sample: int
    bar: int
    position: int


class SectionLabel(StrEnum):
    INTRO = "intro"
    VERSE = "verse"
    CHORUS = "chorus"
    BRIDGE = "bridge"
    INSTRUMENTAL = "instrumental"
    OUTRO = "outro"


@dataclass(frozen=True)
class Section:
    """A part of the song. `span` is in samples; `energy` is 0..1, relative to the song's loudest section."""

    label: SectionLabel
    span: Span
    energy: float


@dataclass(frozen=True)
class LyricLine:
    """A sung line. `span` is in samples."""

    span: Span
    text: str


@dataclass(frozen=True)
class SongAnalysis:
    """What was heard in a song.

    `confidence` is 0..1; a song without a regular beat has `confidence` near 0, `bpm` None and no beats: never a
    made-up grid. `energy` is 0..1, one value every `energy_hop` samples. `lufs` is integrated loudness (EBU R128),
    `true_peak` is in dBTP; both are None for digital silence.
    """

    song: MediaRef
    sample_rate: int
    samples: int
    channels: int
    bpm: float | None
    meter: int
    confidence: float
    beats: tuple[Beat, ...]
    sections: tuple[Section, ...]
    energy: tuple[float, ...]
    energy_hop: int
    lufs: float | None
    true_peak: float | None
    lyrics: tuple[LyricLine, ...] = ()
    notes: tuple[str, ...] = ()  # sentences for people: "no regular beat found", "tempo given by hand"

    @property
    def downbeats(self) -> tuple[Beat, ...]:
        return tuple(beat for beat in self.beats if beat.position == 0)


# ----------------------------------------------------------------------------------------------- script


@dataclass(frozen=True)
class Character:
    """Somebody who must look the same in every shot: `@handle` in a prompt stands for `description`."""

    handle: str
    description: str
    picture: str | None = None  # path of a reference picture, relative to the project


@dataclass(frozen=True)
class Lora:
    """A file of small weights that are added to a model's own, by its content, and how strongly they count."""

    file: MediaRef
    weight: float = 1.0


@dataclass(frozen=True)
class Look:
    """Words that every prompt of the film ends with, and LoRA files that the film's engine is given with every shot.

    `lora_paths` are the files of `loras`, as film.toml names them: relative to the project, absolute or from `~`.
    """

    text: str = ""
    loras: tuple[Lora, ...] = ()
    lora_paths: tuple[str, ...] = ()


class TransitionKind(StrEnum):
    CUT = "cut"
    DISSOLVE = "dissolve"
    DIP = "dip"  # to black and back
    WHIP = "whip"  # whip pan
    ZOOM = "zoom"  # match zoom: the outgoing picture grows through the incoming one


@dataclass(frozen=True)
class Transition:
    """How a clip is entered. `frames` is the whole length, centred on the cut; 0 for a plain cut."""

    kind: TransitionKind = TransitionKind.CUT
    frames: int = 0


@dataclass(frozen=True)
class Still:
    """A picture file by its content; `path` is its name in film.toml, relative to the project."""

    file: MediaRef
    path: str


@dataclass(frozen=True)
class Shot:
    """What is wanted: `span` in frames of the film, `prompt` as the engine gets it (characters and look spelled out).

    `continues` names the shot whose scene this one carries on without a change of place (one-take films). Every take
    of it begins with the picture `first` and ends with `last`, handles included, where these are given.
    `camera` is the camera move asked for, one of `CAMERA_MOVES`, also present in the prompt's words. `engine` makes
    this shot where it is not the film's, with `engine_options` and LoRA files (as `Look` has them) of its own.
    """

    id: str
    span: Span
    prompt: str
    camera: str
    transition: Transition  # into this shot
    takes: int
    seed: int
    section: SectionLabel | None = None
    continues: str | None = None
    lyric: str | None = None
    engine: str | None = None
    engine_options: dict[str, str | int | float | bool] = field(default_factory=dict)
    first: Still | None = None
    last: Still | None = None
    loras: tuple[Lora, ...] = ()
    lora_paths: tuple[str, ...] = ()

    @property
    def stills(self) -> tuple[Still, ...]:
        """The pictures that are given, the first one first."""
        return tuple(still for still in (self.first, self.last) if still is not None)


@dataclass(frozen=True)
class Storyboard:
    """A film on paper: its shots cover `0..frames` without gap or overlap.

    `song_span` is the part of the song that is heard, in samples of the song. `handle` is the number of spare frames
    that each take carries on both sides.
    """

    title: str
    rate: Rate
    width: int
    height: int
    frames: int
    engine: str
    handle: int
    look: Look
    characters: tuple[Character, ...]
    shots: tuple[Shot, ...]
    song_span: Span
    engine_options: dict[str, str | int | float | bool] = field(default_factory=dict)


CAMERA_MOVES = (
    "static", "push in", "pull back", "pan left", "pan right", "tilt up", "tilt down",
    "orbit", "crane up", "tracking", "fly-through", "handheld",
)  # fmt: skip


# ---------------------------------------------------------------------------------------------- engines


DEFAULT_ENGINE = "native"  # what makes clips and takes where nobody says otherwise


@dataclass(frozen=True)
class PromptSpan:
    """A prompt and the frames of the clip that it is for."""

    text: str
    span: Span


@dataclass(frozen=True)
class GivenFrame:
    """A picture that frame number `frame` of the clip must show: `picture`, or frame `source` of it if it is a clip."""

    frame: int
    picture: MediaRef
    source: int = 0


@dataclass(frozen=True)
class ClipRequest:
    """Everything that an engine needs to make one clip, nothing else: equal requests give equal pixels.

    `prompts` cover `0..frames` in order. `start` is the frame of the scene's own time at which this clip begins: a
    clip that continues another of n frames has start n. What is given is kept at `strength` 1; below that the request
    is a remix, which begins from the given frames and may leave them that far (0: not at all). `options` are the
    engine's own, sorted by name. `loras` are added to the engine's weights, in order.
    """

    prompts: tuple[PromptSpan, ...]
    width: int
    height: int
    frames: int
    rate: Rate
    seed: int
    start: int = 0
    given: tuple[GivenFrame, ...] = ()
    strength: float = 1.0
    options: dict[str, str | int | float | bool] = field(default_factory=dict)
    loras: tuple[Lora, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Hex digest of the request; with the engine's name it identifies a take."""
        told = to_json(self)
        if not self.loras:  # as before there were any: older takes are found again (quotes inside text are escaped)
            told = told.replace(b'"loras":[],', b"")
        return hashlib.sha256(told).hexdigest()[:32]

    @property
    def files(self) -> tuple[MediaRef, ...]:
        """Every file that the engine will ask for, each once."""
        return tuple(dict.fromkeys([*(g.picture for g in self.given), *(lora.file for lora in self.loras)]))


@dataclass(frozen=True)
class EngineLimits:
    """What an engine can make. Sizes are pixels, both sides multiples of `size_step`, the longer at most `max_shape`
    times the other (None: any); lengths are 1..`max_frames` frames of the form `first_frames + k * frame_step`, and no
    longer than `max_seconds` at the request's rate (None: any). `price_per_second` is in dollars of delivered video, 0
    if free; a project spends `spending_limit` dollars at most. `workers` is how many clips at a time suit the engine
    (None: one for each core); `draws_probe` says that drawing a few frames to learn its speed is cheap.
    `carries_on_from_frames`: a shot that continues another is made from the last frames of its take; other engines make
    the scene again from its beginning, the same to the pixel.
    """

    min_side: int = 16
    max_side: int = 4096
    size_step: int = 2
    max_frames: int = 7200
    first_frames: int = 1
    frame_step: int = 1
    max_seconds: int | None = None
    max_shape: int | None = None
    takes_given_frames: bool = False  # pictures and clips
    takes_loras: bool = False
    carries_on_from_frames: bool = False
    price_per_second: float = 0.0
    spending_limit: float | None = None
    workers: int | None = None
    draws_probe: bool = True


Locate = Callable[[MediaRef], Path]  # where a given picture or clip lies
Report = Callable[[float, str], None]  # progress 0..1 and a word about it; raises Cancelled to stop the engine


@runtime_checkable
class Engine(Protocol):
    """One way to make a clip."""

    name: str  # kept on every take, with the version that decides its pixels: "worlds@1"
    limits: EngineLimits

    def check(self, request: ClipRequest) -> None:
        """Raise RequestError, naming the nearest legal request, unless `render` can make exactly this."""
        ...

    def explain(self, request: ClipRequest) -> dict[str, str]:
        """What the engine made of the prompt ("understood", "ignored", ...), kept on the take. Cheap: draws nothing.

        Right after `render` of the same request also what happened meanwhile, such as "memory" or "remote id". Engines
        that cost money give "cost", in dollars.
        """
        ...

    def render(self, request: ClipRequest, locate: Locate, out: Path, report: Report) -> None:
        """Write exactly the requested clip to `out` (an .mp4 path that does not exist yet).

        Nothing is left at `out` or beside it after an error. Raises RequestError, EngineError or Cancelled.
        """
        ...

    def close(self) -> None:
        """Free what the engine holds; it is not used again."""
        ...


# ------------------------------------------------------------------------------------------ takes, cuts


@dataclass(frozen=True)
class Take:
    """What was made. Never overwritten; `number` counts from 1 within its shot."""

    id: str
    shot: str
    number: int
    request: ClipRequest
    engine: str
    media: MediaRef
    created: str  # ISO 8601, UTC
    seconds: float  # computing time
    notes: dict[str, str] = field(default_factory=dict)  # from Engine.explain


@dataclass(frozen=True)
class Score:
    """What the judge saw in a take: each measure 0..1 with 1 the best, and their weighted sum `total`."""

    take: str
    total: float
    measures: dict[str, float]
    remarks: tuple[str, ...] = ()  # "black for 12 frames", "cut inside the take at frame 31"


@dataclass(frozen=True)
class Clip:
    """What is used: frames `source` of a take, at `place` on the film (equal lengths), entered by `transition`.

    `available` is the take's whole range; what lies outside `source` is handle. `alternates` are the takes not used.
    """

    shot: str
    take: str
    media: MediaRef
    source: Span
    available: Span
    place: Span
    transition: Transition
    camera: str
    continues: str | None = None
    alternates: tuple[tuple[str, MediaRef], ...] = ()
    engine: str = ""  # that made the take, by its full name


@dataclass(frozen=True)
class Marker:
    """A named place on the film: `kind` is "section" or "downbeat"."""

    frame: int
    kind: str
    name: str


@dataclass(frozen=True)
class Timeline:
    """The cut: clips cover `0..frames` without gap or overlap; the song runs under all of it, untouched."""

    title: str
    rate: Rate
    width: int
    height: int
    frames: int
    clips: tuple[Clip, ...]
    song: MediaRef
    song_span: Span  # samples of the song that are heard
    sample_rate: int
    markers: tuple[Marker, ...] = ()


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Job:
    """A take that is to be made, as the ledger knows it."""

    id: int
    shot: str
    number: int
    engine: str
    request: ClipRequest
    state: JobState
    tries: int
    progress: float = 0.0
    error: str | None = None
    take: str | None = None


# ----------------------------------------------------------------------------------------------- as JSON


def _encode(value: Any) -> Any:
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if hasattr(value, "item"):  # a numpy scalar
        return value.item()
    raise NotImplementedError(type(value))


def _decode(kind: type, value: Any) -> Any:
    if kind is Fraction:
        return Fraction(value)
    raise NotImplementedError(kind)


def to_json(value: Any) -> bytes:
    """Canonical JSON of any noun: keys sorted, no spaces, rates as "24/1"."""
    return msgspec.json.encode(value, enc_hook=_encode, order="deterministic")


def from_json(data: bytes | str, kind: type[T]) -> T:
    """Read and check a noun. Raises InputError naming the field that does not fit."""
    try:
        return msgspec.json.decode(data, type=kind, dec_hook=_decode)
    except (msgspec.DecodeError, ValueError) as error:
        raise InputError(f"not a {kind.__name__}: {error}") from error

"""What a film will cost before anything is made: takes, frames, time, disk and money."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..film import Storyboard
from ..timing import clock


@dataclass(frozen=True)
class ShotPlan:
    """One shot's part of the plan. `frames` are those of one take, handles included; `left` are takes to be made.

    `first` and `last` are the files of given pictures, as film.toml names them.
    """

    id: str
    place: str  # m:ss.cc on the film
    seconds: float
    camera: str
    transition: str
    takes: int
    left: int
    frames: int
    prompt: str
    first: str | None = None
    last: str | None = None

    @property
    def pictures(self) -> str:
        """What the shot is given, in words; empty where it is nothing."""
        begin = f"begins with {self.first}" if self.first else ""
        end = f"ends with {self.last}" if self.last else ""
        return ", ".join(filter(None, (begin, end)))


@dataclass(frozen=True)
class Plan:
    """Totals of what is left to make. `seconds` is computing time, `bytes` disk, `money` dollars."""

    shots: tuple[ShotPlan, ...]
    takes: int
    done: int
    left: int
    frames: int
    seconds: float
    bytes: int
    money: float


def plan(
    storyboard: Storyboard,
    done: Mapping[str, int],
    seconds_per_frame: float,
    bytes_per_frame: float,
    price_per_second: float = 0.0,
) -> Plan:
    """Count what is left to make. `done` gives the takes that each shot has; `price_per_second` is in dollars of video.

    Takes beyond those wanted do not make up for another shot's.
    """
    shots = tuple(
        ShotPlan(
            id=shot.id,
            place=clock(shot.span.start, storyboard.rate),
            seconds=float(len(shot.span) / storyboard.rate),
            camera=shot.camera,
            transition=shot.transition.kind.value,
            takes=shot.takes,
            left=max(0, shot.takes - done.get(shot.id, 0)),
            frames=len(shot.span) + 2 * storyboard.handle,
            prompt=shot.prompt,
            first=shot.first.path if shot.first else None,
            last=shot.last.path if shot.last else None,
        )
        for shot in storyboard.shots
    )
    frames = sum(shot.left * shot.frames for shot in shots)
    takes, left = sum(shot.takes for shot in shots), sum(shot.left for shot in shots)
    return Plan(
        shots=shots,
        takes=takes,
        done=takes - left,
        left=left,
        frames=frames,
        seconds=frames * seconds_per_frame,
        bytes=round(frames * bytes_per_frame),
        money=float(frames / storyboard.rate) * price_per_second,
    )


HEADINGS = ("shot", "at", "seconds", "enters by", "camera", "takes left", "prompt")


def rows(plan: Plan) -> list[tuple[str, ...]]:
    """The plan as lines of a table with the columns `HEADINGS`."""
    return [
        (
            shot.id,
            shot.place,
            f"{shot.seconds:.2f}",
            shot.transition,
            shot.camera,
            f"{shot.left} of {shot.takes}",
            shot.prompt,
        )
        for shot in plan.shots
    ]


def totals(plan: Plan) -> list[tuple[str, str]]:
    """The plan's sums as names and values for people; money only where it costs some."""
    lines = [
        ("shots", str(len(plan.shots))),
        ("takes", f"{plan.left} to make, {plan.done} of {plan.takes} made"),
        ("frames", f"{plan.frames:,}".replace(",", " ")),
        ("time", _duration(plan.seconds)),
        ("disk", _size(plan.bytes)),
    ]
    return [*lines, ("money", f"${plan.money:,.2f}")] if plan.money else lines


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"about {whole} s"
    if whole < 3600:
        return f"about {whole // 60} min {whole % 60:02d} s"
    return f"about {whole // 3600} h {whole % 3600 // 60:02d} min"


def _size(count: int) -> str:
    size, units = float(count), ["B", "kB", "MB", "GB", "TB"]
    while size >= 1000 and len(units) > 1:
        size, units = size / 1000, units[1:]
    return f"{size:.0f} {units[0]}" if units[0] == "B" else f"{size:.1f} {units[0]}"

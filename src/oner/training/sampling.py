"""What the data engine renders: random worlds as plans of clips and pictures.

Samples come in groups that share one place, because setting up a place takes longer than a second of pictures. Most
clips are one take of one world; some change in mid-clip in the same place, some go through an opening into another.
"""

from dataclasses import dataclass, replace
from random import Random

from ..worlds.camera import PACED
from ..worlds.description import LOOKS, TIMES, WEATHERS, Description
from ..worlds.guesses import INDOORS
from ..worlds.held_out import is_held_out
from ..worlds.passage import KINDS as OPENINGS
from ..worlds.random_worlds import ACTIONS_OF_KIND, random_description

VERSION = 3  # of the generator: raise it when the same seed would give other samples
RATE = 8
SHARD = 256  # samples
# probe: as training, of other seeds; pictures: without clips, at a quarter of the cost; clips: without pictures
KINDS = ("train", "held-out", "probe", "pictures", "clips")
SIZES = {"16:9": (288, 160), "9:16": (160, 288), "1:1": (224, 224)}
SHARES = {"16:9": 0.70, "9:16": 0.15, "1:1": 0.15}
CLIPS = 0.55  # share of clips; the others are pictures
CLIPS_OF_KIND = {"pictures": 0.0, "clips": 1.0}
LENGTHS = {9: 0.38, 17: 0.44, 33: 0.15, 65: 0.02, 121: 0.006, 241: 0.004}  # frames, 1 + 4k
STARTS = ((0, 0, 0.5), (1, 10, 0.35), (11, 50, 0.15))  # scene time of the first frame: from, to (times 4), share
REACH = 64  # frames of scene time over which the pictures of a scene are spread
SPEEDS = {"normal": 0.6, "slow": 0.2, "fast": 0.2}  # of the camera, in the moves that have a speed
CHANGES, PASSAGES = 0.08, 0.08  # shares of the clips
TRIES = 2000


@dataclass(frozen=True)
class Turn:
    """A clip's second world: it begins at `frame` (1 + 4k) by a cut, a dissolve, or through an opening.

    `length` is how many frames a dissolve lasts from `frame` on, or an approach before `frame`.
    """

    frame: int
    description: Description
    kind: str  # "cut", "dissolve" or a kind of opening
    length: int = 0
    aside: float = 0.0  # how far off the picture's middle an opening stands, in half pictures

    @property
    def passage(self) -> bool:
        return self.kind in OPENINGS


@dataclass(frozen=True)
class Plan:
    """What one sample is to be. `times` are frames of scene time: of a clip every one, of pictures some."""

    key: str
    description: Description
    seed: int
    aspect: str
    times: tuple[int, ...]
    clip: bool
    captions: int  # seed of the captions' wording
    speed: str = "normal"
    turn: Turn | None = None


def plan_shard(seed: int, kind: str, number: int, samples: int = SHARD) -> list[Plan]:
    """The first `samples` samples of a shard, those of one place next to each other."""
    rng = Random(f"oner data {VERSION} {kind} {seed} {number}")
    held_out = kind == "held-out"
    plans: list[Plan] = []
    while len(plans) < samples:
        setting = random_description(rng)
        for _ in range(rng.randint(6, 10)):
            key = f"{kind.replace('-', '')}-{seed}-{number:05d}-{len(plans):03d}"
            description = _drawn(rng, setting, held_out)
            if description is None:
                break
            plans.append(_planned(rng, key, description, held_out, CLIPS_OF_KIND.get(kind, CLIPS)))
    return plans[:samples]


def _drawn(rng: Random, setting: Description, held_out: bool) -> Description | None:
    """Another scene in the setting's place, hour and weather; None if no held-out one turns up."""
    for _ in range(TRIES):
        drawn = random_description(rng, setting.place)
        drawn = replace(drawn, time=setting.time, weather=setting.weather, accent=setting.accent)
        if is_held_out(drawn) == held_out:
            return drawn
    return None


def _planned(rng: Random, key: str, description: Description, held_out: bool, clips: float) -> Plan:
    low, high, _ = rng.choices(STARTS, [share for *_, share in STARTS])[0]
    clip, aspect = rng.random() < clips, rng.choices(list(SHARES), list(SHARES.values()))[0]
    turn, speed = None, "normal"
    if clip:
        start = 4 * rng.randint(low, high)
        length = rng.choices(list(LENGTHS), list(LENGTHS.values()))[0]
        if description.camera in PACED:
            speed = rng.choices(list(SPEEDS), list(SPEEDS.values()))[0]
        what = rng.random()
        if what < PASSAGES:
            start, length = 0, rng.choice((17, 33, 33))
            turn = _passage(rng, length, held_out)
        elif what < PASSAGES + CHANGES:
            length = max(length, 17)
            turn = _change(rng, length, description, held_out)
        times = tuple(range(start, start + length))
    else:
        step = REACH // 4
        times = tuple(step * i + rng.randrange(step) for i in range(4))
    return Plan(key, description, rng.randrange(2**31), aspect, times, clip, rng.randrange(2**31), speed, turn)


def _passage(rng: Random, length: int, held_out: bool) -> Turn:
    """Through an opening into another world, which is as much held out as the first."""
    while True:
        setting = random_description(rng)
        other = _drawn(rng, setting, held_out)
        if other is not None:
            break
    frame = 1 + 4 * rng.randint(2, (length - 1) // 4 - 1)
    aside = rng.uniform(-0.45, 0.45)
    return Turn(frame, other, rng.choice(OPENINGS), min(frame - 1, rng.randint(8, 16)), aside)


def _change(rng: Random, length: int, description: Description, held_out: bool) -> Turn | None:
    """In the same place another action, hour, weather or look; None where nothing fits."""
    frame = 1 + 4 * rng.randint(1, (length - 1) // 4 - 1)
    indoors = description.place in INDOORS
    for _ in range(40):
        what = rng.choice(("action", "action", "time", "look") if indoors else ("action", "time", "weather", "look"))
        other = description
        if what == "action" and description.subjects:
            first, *others = description.subjects
            action = rng.choice(ACTIONS_OF_KIND[first.kind] or (first.action,))
            other = replace(description, subjects=(replace(first, action=action), *others))
        elif what != "action":
            value = rng.choice({"time": TIMES, "weather": WEATHERS, "look": LOOKS}[what])
            other = replace(description, **{what: value})
        if other != description and is_held_out(other) == held_out:
            gradual = rng.random() < (0.2 if what == "action" else 0.6)
            kind = "dissolve" if gradual else "cut"
            return Turn(frame, other, kind, rng.choice((3, 7)) if gradual else 0)
    return None

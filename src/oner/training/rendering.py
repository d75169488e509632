"""The data engine: random worlds rendered to shards of captioned clips and pictures.

Shard k is a function of (seed, kind, k) and of the generator's version. Samples come in groups that share one place,
because setting up a place takes longer than a second of pictures; inside a shard they are shuffled.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image

from ..media import FrameWriter
from ..worlds.captions import caption
from ..worlds.description import Description
from ..worlds.held_out import is_held_out
from ..worlds.random_worlds import random_description
from .shards import write_shard

VERSION = 1  # of the generator: raise it when the same seed would give other samples
RATE = 8
SHARD = 256  # samples
KINDS = ("train", "held-out", "probe")  # probe: as training, of other seeds
SIZES = {"16:9": (288, 160), "9:16": (160, 288), "1:1": (224, 224)}
SHARES = {"16:9": 0.70, "9:16": 0.15, "1:1": 0.15}
CLIPS = 0.55  # share of clips; the others are pictures
LENGTHS = {9: 0.168, 17: 0.48, 33: 0.30, 65: 0.04, 121: 0.008, 241: 0.004}  # frames, 1 + 4k
STARTS = ((0, 0, 0.5), (1, 10, 0.35), (11, 50, 0.15))  # scene time of the first frame: from, to (times 4), share
REACH = 64  # frames of scene time over which the pictures of a scene are spread
TRIES = 2000


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


def plan_shard(seed: int, kind: str, number: int, samples: int = SHARD) -> list[Plan]:
    """The first `samples` samples of a shard, those of one place next to each other."""
    rng = Random(f"oner data {VERSION} {kind} {seed} {number}")
    plans: list[Plan] = []
    while len(plans) < samples:
        setting = random_description(rng)
        for _ in range(rng.randint(6, 10)):
            key = f"{kind.replace('-', '')}-{seed}-{number:05d}-{len(plans):03d}"
            description = _drawn(rng, setting, kind == "held-out")
            if description is None:
                break
            plans.append(_planned(rng, key, description))
    return plans[:samples]


def _drawn(rng: Random, setting: Description, held_out: bool) -> Description | None:
    """Another scene in the setting's place, hour and weather; None if no held-out one turns up."""
    for _ in range(TRIES):
        drawn = random_description(rng, setting.place)
        drawn = replace(drawn, time=setting.time, weather=setting.weather, accent=setting.accent)
        if is_held_out(drawn) == held_out:
            return drawn
    return None


def _planned(rng: Random, key: str, description: Description) -> Plan:
    low, high, _ = rng.choices(STARTS, [share for *_, share in STARTS])[0]
    clip, aspect = rng.random() < CLIPS, rng.choices(list(SHARES), list(SHARES.values()))[0]
    if clip:
        start = 4 * rng.randint(low, high)
        times = tuple(range(start, start + rng.choices(list(LENGTHS), list(LENGTHS.values()))[0]))
    else:
        step = REACH // 4
        times = tuple(step * i + rng.randrange(step) for i in range(4))
    return Plan(key, description, rng.randrange(2**31), aspect, times, clip, rng.randrange(2**31))


def captions_of(description: Description, seed: int) -> list[dict[str, str]]:
    """Captions of several lengths in both languages; the first is in English and says everything."""
    rng = Random(seed)
    wanted = [("en", "long", None), ("en", "long", rng), ("en", "long", rng), ("en", "short", rng)]
    wanted += [("fr", "long", None), ("fr", "long", rng), ("fr", "short", rng)]
    texts = [
        {"language": language, "length": length, "text": caption(description, language, chance, length)}
        for language, length, chance in wanted
    ]
    return list({text["text"]: text for text in texts}.values())


def about(plan: Plan, frames: int) -> dict:
    """The sample's JSON: see docs/DATA.md."""
    span = [0, frames]
    return {
        "version": VERSION,
        "seed": plan.seed,
        "size": list(SIZES[plan.aspect]),
        "frames": frames,
        "rate": RATE,
        "aspect": plan.aspect,
        "clip": plan.clip,
        "start": plan.times[0],
        "times": None if plan.clip else list(plan.times),
        "descriptions": [{"span": span, "description": asdict(plan.description)}],
        "captions": [{"span": span, "texts": captions_of(plan.description, plan.captions)}],
        "transition": None,
    }


def pictures_of(plan: Plan) -> Iterator[np.ndarray]:
    """Draw a sample's pictures: (H, W, 3) uint8 RGB each."""
    from ..worlds.stage import Stage

    width, height = SIZES[plan.aspect]
    with Stage(plan.description, plan.seed, width, height, len(plan.times), Fraction(RATE), samples=1) as stage:
        for time in plan.times:
            yield stage.frame(time)


def rendered(plan: Plan, folder: Path) -> dict[str, bytes]:
    """The members of a sample: its pictures compressed, and its JSON. `folder` is for temporary files."""
    members: dict[str, bytes] = {}
    if plan.clip:
        path = folder / "clip.mp4"
        with FrameWriter(path, *SIZES[plan.aspect], Fraction(RATE), quality="data", threads=1) as writer:
            for picture in pictures_of(plan):
                writer.write(picture)
        members["mp4"] = path.read_bytes()
    else:
        for number, picture in enumerate(pictures_of(plan)):
            file = BytesIO()
            Image.fromarray(picture).save(file, "JPEG", quality=95, subsampling=0)
            members[f"{number}.jpg"] = file.getvalue()
    members["json"] = json.dumps(about(plan, len(plan.times)), ensure_ascii=False).encode()
    return members


def render_shard(folder: Path, seed: int, kind: str, number: int, samples: int = SHARD, done=lambda: None) -> Path:
    """Render a shard unless it is there already; `done` is called after every sample."""
    path = folder / f"{kind}-{number:05d}.tar"
    if path.exists():
        return path
    plans = plan_shard(seed, kind, number, samples)
    partial = folder / f"{kind}-{number:05d}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    with tempfile.TemporaryDirectory(dir=partial) as temporary:
        names: dict[str, list[str]] = {}
        for plan in plans:
            members = rendered(plan, Path(temporary))
            for name, content in members.items():
                (partial / f"{plan.key}.{name}").write_bytes(content)
            names[plan.key] = list(members)
            done()
        keys = [plan.key for plan in plans]
        Random(f"{seed} {kind} {number}").shuffle(keys)
        write_shard(
            partial / path.name,
            ((key, {name: (partial / f"{key}.{name}").read_bytes() for name in names[key]}) for key in keys),
        )
        os.replace(partial / path.name, path)
    shutil.rmtree(partial)
    return path


def shards_of(samples: int) -> list[int]:
    """How many samples each shard holds."""
    return [min(SHARD, samples - first) for first in range(0, samples, SHARD)]


__all__ = [
    "KINDS", "RATE", "SHARD", "SIZES", "VERSION", "Plan", "captions_of", "plan_shard", "render_shard",
    "rendered", "shards_of",
]  # fmt: skip

"""The data engine: planned samples rendered to shards of captioned clips and pictures.

Shard k is a function of (seed, kind, k) and of the generator's version; inside a shard the samples are shuffled.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image

from ..media import FrameWriter, replacing
from ..worlds.camera import PACED
from ..worlds.captions import caption
from ..worlds.description import Description
from .sampling import RATE, SHARD, SIZES, VERSION, Plan, plan_shard
from .shards import write_shard

CAMERA_SPEEDS = {"slow": 0.5, "normal": 1.0, "fast": 1.9}
SPEED_WORDS = {
    "en": {
        "slow": ("The camera moves slowly", "Slow camera move"),
        "fast": ("The camera moves fast", "Fast camera move"),
    },
    "fr": {
        "slow": ("La caméra bouge lentement", "Mouvement de caméra lent"),
        "fast": ("La caméra bouge vite", "Mouvement de caméra rapide"),
    },
}
PASSAGE_WORDS = {
    "en": {
        "door": ("The camera flies through a door into another world", "The camera goes through an open door"),
        "window": ("The camera flies through a window into another world", "The camera goes through a window"),
        "mirror": ("The camera flies through a mirror into another world", "The camera goes into a mirror"),
        "dark": ("The camera flies into the dark and comes out in another world", "The camera goes into the dark"),
    },
    "fr": {
        "door": ("La caméra passe par une porte dans un autre monde", "La caméra passe par une porte ouverte"),
        "window": ("La caméra passe par une fenêtre dans un autre monde", "La caméra passe par une fenêtre"),
        "mirror": ("La caméra traverse un miroir vers un autre monde", "La caméra entre dans un miroir"),
        "dark": ("La caméra entre dans le noir et ressort dans un autre monde", "La caméra entre dans le noir"),
    },
}


def captions_of(
    description: Description, seed: int, speed: str = "normal", passage: str | None = None
) -> list[dict[str, str]]:
    """Captions of several lengths in both languages; the first is in English and says everything.

    Long ones also say how fast the camera is, all of them the opening that it goes through.
    """
    rng = Random(seed)
    speed = speed if description.camera in PACED else "normal"
    wanted = [("en", "long", None), ("en", "long", rng), ("en", "long", rng), ("en", "short", rng)]
    wanted += [("fr", "long", None), ("fr", "long", rng), ("fr", "short", rng)]
    texts = []
    for language, length, chance in wanted:
        text = caption(description, language, chance, length)
        if speed == "fast":
            text = text.replace("Slow p", "P").replace("slow p", "p")
        added = [SPEED_WORDS[language][speed]] if speed != "normal" and length == "long" else []
        added += [PASSAGE_WORDS[language][passage]] if passage in PASSAGE_WORDS[language] else []
        for words in added:
            text += f" {words[0] if chance is None else chance.choice(words)}."
        texts.append({"language": language, "length": length, "text": text})
    return list({text["text"]: text for text in texts}.values())


def about(plan: Plan, blocking: list[list[float]]) -> dict:
    """The sample's JSON: see docs/DATA.md."""
    frames = len(plan.times)
    spans = [[0, frames]] if plan.turn is None else [[0, plan.turn.frame], [plan.turn.frame, frames]]
    worlds = [plan.description] if plan.turn is None else [plan.description, plan.turn.description]
    kind = None if plan.turn is None else plan.turn.kind
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
        "camera_speed": plan.speed,
        "descriptions": [{"span": span, "description": asdict(world)} for span, world in zip(spans, worlds)],
        "captions": [
            {"span": span, "texts": captions_of(world, plan.captions + n, plan.speed, None if n else kind)}
            for n, (span, world) in enumerate(zip(spans, worlds))
        ],
        "transition": kind,
        "transition_frames": 0 if plan.turn is None else plan.turn.length,
        "blocking": blocking,
    }


def pictures_of(plan: Plan) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Draw a sample's pictures: (H, W, 3) uint8 RGB each, with its blocking (`worlds.blocking.NUMBERS`,)."""
    from ..worlds.blocking import Blocking, actors_with_words
    from ..worlds.passage import Passage
    from ..worlds.stage import Stage

    width, height = SIZES[plan.aspect]
    speed = CAMERA_SPEEDS[plan.speed]

    def stage(description: Description, seed: int) -> tuple[Stage, Blocking]:
        frames = len(plan.times)
        opened = Stage(description, seed, width, height, frames, Fraction(RATE), samples=1, camera_speed=speed)
        stack.enter_context(opened)
        return opened, Blocking(tuple(actors_with_words(description, opened.actors)), opened.camera)

    with ExitStack() as stack:
        (first, blocking), turn = stage(plan.description, plan.seed), plan.turn
        if turn is None:
            yield from ((first.frame(time), blocking.numbers(time, RATE)) for time in plan.times)
            return
        second, later = stage(turn.description, plan.seed + turn.passage)
        if turn.passage:
            passage = Passage(first, second, turn.kind, turn.frame, turn.length, turn.aside)
            for i in range(len(plan.times)):
                blocked = later if i >= turn.frame else blocking
                yield passage.frame(i), blocked.numbers(i, RATE, passage.view(i))
            return
        for i, time in enumerate(plan.times):
            share = (i - turn.frame + 1) / (turn.length + 1)  # of the second; a cut has no length
            numbers = (later if i >= turn.frame else blocking).numbers(time, RATE)
            if share <= 0 or share >= 1:
                yield (first if share <= 0 else second).frame(time), numbers
            else:
                mixed = first.frame(time) * (1 - share) + second.frame(time) * share + 0.5
                yield mixed.astype(np.uint8), numbers


def rendered(plan: Plan, folder: Path) -> dict[str, bytes]:
    """The members of a sample: its pictures compressed, and its JSON. `folder` is for temporary files."""
    members: dict[str, bytes] = {}
    blocking: list[list[float]] = []
    if plan.clip:
        path = folder / "clip.mp4"
        with FrameWriter(path, *SIZES[plan.aspect], Fraction(RATE), quality="data", threads=1) as writer:
            for picture, numbers in pictures_of(plan):
                writer.write(picture)
                blocking.append(numbers.round(4).tolist())
        members["mp4"] = path.read_bytes()
    else:
        for number, (picture, numbers) in enumerate(pictures_of(plan)):
            blocking.append(numbers.round(4).tolist())
            file = BytesIO()
            Image.fromarray(picture).save(file, "JPEG", quality=95, subsampling=0)
            members[f"{number}.jpg"] = file.getvalue()
    members["json"] = json.dumps(about(plan, blocking), ensure_ascii=False).encode()
    return members


def render_shard(
    folder: Path, seed: int, kind: str, number: int, samples: int = SHARD,
    done: Callable[[bool], None] = lambda drawn: None,
) -> Path:  # fmt: skip
    """Render a shard unless it is there already; `done` is called after every sample, with whether it was drawn now.

    What an interrupted call has drawn lies in a folder beside it and is not drawn again.
    """
    path = folder / f"{kind}-{number:05d}.tar"
    if path.exists():
        return path
    plans = plan_shard(seed, kind, number, samples)
    partial = folder / f"{kind}-{number:05d}.partial"
    partial.mkdir(parents=True, exist_ok=True)
    names: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory(dir=partial) as temporary:
        for plan in plans:
            names[plan.key] = before = _drawn_before(partial, plan)
            if not before:
                members = rendered(plan, Path(temporary))
                for name, content in members.items():  # the JSON last: where it is, everything is
                    with replacing(partial / f"{plan.key}.{name}") as unfinished:
                        unfinished.write_bytes(content)
                names[plan.key] = list(members)
            done(not before)
        keys = [plan.key for plan in plans]
        Random(f"{seed} {kind} {number}").shuffle(keys)
        write_shard(
            partial / path.name,
            ((key, {name: (partial / f"{key}.{name}").read_bytes() for name in names[key]}) for key in keys),
        )
        os.replace(partial / path.name, path)
    shutil.rmtree(partial)
    return path


def _drawn_before(partial: Path, plan: Plan) -> list[str]:
    """Names of a sample's members that an earlier call has written, none unless all are there and are the plan's."""
    try:
        told = json.loads((partial / f"{plan.key}.json").read_bytes())
    except FileNotFoundError:
        return []
    if (told["version"], told["seed"], told["frames"]) != (VERSION, plan.seed, len(plan.times)):
        return []
    return ["mp4", "json"] if plan.clip else [*(f"{n}.jpg" for n in range(len(plan.times))), "json"]


def shards_of(samples: int) -> list[int]:
    """How many samples each shard holds."""
    return [min(SHARD, samples - first) for first in range(0, samples, SHARD)]

"""Writes `seen.json`, `held_out.json` and `characters.json`: `python -m oner.training.prompts.draw` gives them again.

Four prompts in a row share place, hour and weather, because a place takes longer to build than a clip to film. All
values of an attribute come about equally often, rarer ones in the training data too.
"""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random

from ...media import replacing
from ...worlds.captions import caption
from ...worlds.description import CAMERA_MOVES, COLOURS, LOOKS, PEOPLE, PLACES, SHOT_SIZES, TIMES, WEATHERS, Description
from ...worlds.guesses import INDOORS
from ...worlds.held_out import PLACE_AND_LOOK, PLACE_AND_SUBJECT, SUBJECT_AND_COLOUR, held_out_pairs
from ...worlds.language import read
from ...worlds.random_worlds import SUBJECTS_OF_PLACE, random_subject
from ..attributes import NOBODY, truth_of
from . import LISTS, as_values

SEEN, HELD_OUT, TOGETHER = 300, 150, 4
SHOTS = 16  # of each character
CHARACTERS = (  # who they are, and what they do
    ("a slim woman with long black hair in a red coat", "walk"),
    ("an old man with white hair in a blue suit", "dance"),
    ("a child in a yellow raincoat", "run"),
)
SHORT, FRENCH, NOBODY_SHARE, SECOND = 0.25, 0.4, 0.12, 0.2


class _Draw:
    """Draws descriptions, the values used least so far first."""

    def __init__(self, seed: str):
        self.rng = Random(seed)
        self.used: Counter[tuple[str, str]] = Counter()

    def least(self, name: str, values) -> str:
        """A value that came up least often until now."""
        fewest = min(self.used[name, value] for value in values)
        chosen = self.rng.choice([value for value in values if self.used[name, value] == fewest])
        self.used[name, chosen] += 1
        return chosen

    def setting(self, place: str) -> Description:
        weather = "clear" if place in INDOORS else self.least("weather", WEATHERS)
        return Description(place, time=self.least("time", TIMES), weather=weather)

    def scene(self, setting: Description, kind: str | None = None, colour: str | None = None) -> Description:
        """A setting with a subject, usually one, and how it is filmed."""
        kinds: list[str] = []
        if kind or self.rng.random() > NOBODY_SHARE:
            kinds = [kind or self.least("subject", SUBJECTS_OF_PLACE[setting.place])]
        if kinds and self.rng.random() < SECOND:
            kinds.append(self.rng.choice(SUBJECTS_OF_PLACE[setting.place]))
            kinds[1:] = [k for k in kinds[1:] if kinds[0] in PEOPLE and k not in PEOPLE]
        subjects = [random_subject(self.rng, k) for k in kinds]
        if colour:
            while subjects[0].colour != colour:
                subjects[0] = random_subject(self.rng, kinds[0])
        return replace(
            setting,
            subjects=tuple(subjects),
            look=self.least("look", LOOKS),
            camera=self.least("camera", CAMERA_MOVES),
            size=self.least("size", SHOT_SIZES) if kinds else "wide",
            accent=self.rng.choice(COLOURS) if self.rng.random() < 0.2 else None,
        )

    def row(self, description: Description) -> dict:
        """The prompt in words, its truth and its world; a short one leaves look, camera and size unsaid."""
        length = "short" if self.rng.random() < SHORT else "long"
        language = "fr" if self.rng.random() < FRENCH else "en"
        unsaid = ("look", "camera", "size") if length == "short" else ()
        truth = {n: v for n, v in truth_of(description).items() if v is not None and n not in unsaid}
        text = caption(description, language, self.rng, length)
        seed = self.rng.randrange(2**31)
        return {"text": text, "language": language, "truth": truth, "seed": seed, "description": as_values(description)}


def seen() -> list[dict]:
    """Combinations as in training."""
    draw, rows = _Draw("oner seen prompts"), []
    places = [place for _ in range(SEEN // TOGETHER // len(PLACES) + 1) for place in PLACES][: SEEN // TOGETHER]
    for place in places:
        setting, found = draw.setting(place), 0
        while found < TOGETHER:
            description = draw.scene(setting)
            if not held_out_pairs(description):
                rows.append(draw.row(description))
                found += 1
    return rows


def held_out() -> list[dict]:
    """Each with one pair that training never showed; the pairs in turn."""
    draw = _Draw("oner held-out prompts")
    pairs = [
        *(("place, subject", pair) for pair in sorted(PLACE_AND_SUBJECT)),
        *(("subject, colour", pair) for pair in sorted(SUBJECT_AND_COLOUR)),
        *(("place, look", pair) for pair in sorted(PLACE_AND_LOOK)),
    ]
    rows: list[dict] = []
    while len(rows) < HELD_OUT:
        kind, (one, other) = pairs[len(rows) % len(pairs)]
        if kind == "subject, colour":
            place = draw.least("place", [p for p in PLACES if one in SUBJECTS_OF_PLACE[p]])
            scene = draw.scene(draw.setting(place), one, other)
        else:
            scene = draw.scene(draw.setting(one), other if kind == "place, subject" else None)
            scene = replace(scene, look=other) if kind == "place, look" else scene
        filmed = truth_of(scene)["subject"]
        asked = filmed == (one if kind == "subject, colour" else other) or kind == "place, look"
        if asked and len(held_out_pairs(scene)) == 1 and filmed != NOBODY:
            rows.append(draw.row(scene))
    return sorted(rows, key=lambda row: (row["description"]["place"], str(row["description"].get("time"))))


def characters() -> list[dict]:
    """Three people, each in places, hours and weathers of all kinds, from near and from far."""
    draw, rows = _Draw("oner characters"), []
    for words, action in CHARACTERS:
        person = replace(read(words).description.subjects[0], action=action)
        places, found = [p for p in PLACES if person.kind in SUBJECTS_OF_PLACE[p]], 0
        while found < SHOTS:
            setting = draw.setting(draw.least("place", places))
            camera, size = draw.least("camera", CAMERA_MOVES), draw.least("size", SHOT_SIZES)
            description = replace(setting, subjects=(person,), look="cinematic", camera=camera, size=size)
            if not held_out_pairs(description):
                rows.append(draw.row(description))
                found += 1
    return rows


def write(folder: Path) -> None:
    """Write the lists that are drawn below `folder`."""
    for name, about, rows in (
        ("seen", "Combinations as in training, drawn at random.", seen()),
        ("held-out", "Each holds one pair that training never shows.", held_out()),
        ("characters", "Three people, each in sixteen shots: are they the same in all of them?", characters()),
    ):
        lines = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in rows)
        with replacing(folder / LISTS[name]) as temporary:
            temporary.write_text(f'{{"about": "{about}", "prompts": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    write(Path(__file__).parent)

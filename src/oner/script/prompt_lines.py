"""A user's own prompts: one a line, with section tags (`[chorus]`) and characters (`@mia = a tall woman`)."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..errors import InputError
from ..film import SectionLabel, TransitionKind
from .direction import Directed
from .film_checks import suggestion
from .prompting import camera_in, handles_in
from .rhythm import Part

_TAG = re.compile(r"\[\s*([^\]\d]+?)\s*(\d*)\s*\]$")
_CHARACTER = re.compile(r"@([^\W\d]\w*)\s*[=:]\s*(.+)$")
_SIZE = re.compile(
    r"\b(?:wide|medium|close|close[- ]?up|long|full|establishing|portrait|macro|aerial)\b"
    r"|plan (?:large|moyen|serr[ée]|rapproch[ée]"
    r"|g[ée]n[ée]ral|d['’]ensemble)|gros plan",
    re.IGNORECASE,
)
_TAG_WORDS = {
    "couplet": "verse", "refrain": "chorus", "hook": "chorus", "drop": "chorus", "pont": "bridge", "break": "bridge",
    "pre-chorus": "verse", "solo": "instrumental", "interlude": "instrumental", "fin": "outro", "end": "outro",
    "start": "intro", "introduction": "intro",
}  # fmt: skip


@dataclass(frozen=True)
class PromptLine:
    """A prompt as the user wrote it. `number` is its line in the file, from 1."""

    text: str
    number: int


@dataclass(frozen=True)
class Block:
    """Prompts under one tag; `label` is None for those before the first tag, `number` that of `[verse 2]`."""

    label: SectionLabel | None
    number: int | None
    lines: tuple[PromptLine, ...]


@dataclass(frozen=True)
class Prompts:
    """All prompts of a file and the characters that it defines."""

    blocks: tuple[Block, ...]
    characters: dict[str, str] = field(default_factory=dict)

    @property
    def lines(self) -> tuple[PromptLine, ...]:
        return tuple(line for block in self.blocks for line in block.lines)

    @property
    def tagged(self) -> bool:
        return any(block.label for block in self.blocks)

    def blocks_for(self, parts: Sequence[Part]) -> list[tuple[PromptLine, ...]]:
        """The prompts of every part: by tag (the n-th `[verse]` for the n-th verse, in turn where there are fewer), or
        without tags all lines once, in order, by the parts' lengths."""
        if not self.tagged:
            return self._in_order(parts)
        seen: dict[SectionLabel, int] = {}
        found: list[tuple[PromptLine, ...]] = []
        for part in parts:
            seen[part.label] = turn = seen.get(part.label, 0) + 1
            same = [block for block in self.blocks if block.label is part.label]
            numbered = [block for block in same if block.number == turn]
            plain = [block for block in same if block.number is None] or same
            block = numbered[0] if numbered else plain[(turn - 1) % len(plain)] if plain else None
            found.append(block.lines if block else ())
        return self._filled(found)

    def _filled(self, found: list[tuple[PromptLine, ...]]) -> list[tuple[PromptLine, ...]]:
        """Parts without prompts of their own: the untagged lines, else the film's first line for its beginning, its
        last for its end, and in between what the part before had."""
        loose = next((block.lines for block in self.blocks if block.label is None), ())
        for number, lines in enumerate(found):
            if lines:
                continue
            if loose:
                found[number] = loose
            elif number == 0:
                found[number] = self.lines[:1]
            else:
                found[number] = self.lines[-1:] if number == len(found) - 1 else found[number - 1]
        return found

    def _in_order(self, parts: Sequence[Part]) -> list[tuple[PromptLine, ...]]:
        lines = self.lines
        total = sum(len(part.span) for part in parts)
        found, done, before = [], 0, 0
        for part in parts:
            done += len(part.span)
            end = max(before, round(len(lines) * done / total))
            found.append(lines[before:end] or (lines[min(before, len(lines) - 1)],))
            before = end
        return found


def read_prompts(text: Sequence[str]) -> Prompts:
    """Read prompt lines. Raises InputError naming the line of an unknown tag or character."""
    blocks: list[Block] = [Block(None, None, ())]
    characters: dict[str, str] = {}
    for number, raw in enumerate(text, 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if tag := _TAG.match(line):
            blocks.append(Block(_label(tag[1], number), int(tag[2]) if tag[2] else None, ()))
        elif character := _CHARACTER.match(line):
            characters[character[1]] = character[2].strip(" .\"'")
        else:
            last = blocks[-1]
            blocks[-1] = Block(last.label, last.number, (*last.lines, PromptLine(line, number)))
    for block in blocks:
        for line in block.lines:
            for handle in handles_in(line.text):
                if handle not in characters:
                    hint = suggestion(handle, characters) or f'; add a line "@{handle} = a tall woman in a red coat"'
                    raise InputError(f'prompt line {line.number}: unknown character "@{handle}"{hint}')
    kept = tuple(block for block in blocks if block.lines)
    if not kept:
        raise InputError("there are no prompts: write one a line")
    return Prompts(kept, characters)


def _label(word: str, number: int) -> SectionLabel:
    word = word.casefold()
    word = _TAG_WORDS.get(word, word)
    if word not in [label.value for label in SectionLabel]:
        raise InputError(
            f'prompt line {number}: unknown section "[{word}]"{suggestion(word, [*SectionLabel, *_TAG_WORDS])}'
        )
    return SectionLabel(word)


def assign(lines: Sequence[PromptLine], parts: Sequence[Part], one_take: bool, seed: int) -> list[Directed]:
    """A shot for every line: its own camera and size words win, the rest is varied from shot to shot."""
    rng = random.Random(f"{seed}/prompts")
    shots: list[Directed] = []
    sizes = ("wide", "medium", "close")
    for number, (line, part) in enumerate(zip(lines, parts)):
        same = number > 0 and lines[number - 1] is line
        camera = camera_in(line.text)
        if one_take and same:
            shots.append(Directed(shots[-1].prompt, shots[-1].camera, TransitionKind.CUT, continues=True))
            continue
        if camera is None:
            if one_take:
                pool = ["fly-through", "push in"]
            elif part.drive < 0.35:
                pool = ["push in", "static", "pan right", "pan left", "pull back"]
            elif part.drive < 0.65:
                pool = ["tracking", "push in", "pan left", "pan right", "crane up"]
            else:
                pool = ["tracking", "handheld", "orbit", "fly-through", "push in"]
            last = shots[-1].camera if shots else ""
            camera = rng.choice([move for move in pool if move != last])
        text = line.text.rstrip(" .")
        if not _SIZE.search(text):
            text += f", {sizes[number % 3]} shot"
        border = number > 0 and parts[number - 1] is not part
        shots.append(Directed(text, camera, _entered(part, parts, border, one_take, number)))
    return shots


def _entered(part: Part, parts: Sequence[Part], border: bool, one_take: bool, number: int) -> TransitionKind:
    if number == 0:
        return TransitionKind.CUT
    if one_take:
        return TransitionKind.ZOOM
    if not border:
        return TransitionKind.CUT
    if part is parts[-1] and part.drive < 0.7:
        return TransitionKind.DIP
    if part.label is SectionLabel.CHORUS:
        return TransitionKind.ZOOM
    return TransitionKind.DISSOLVE if part.drive < 0.45 else TransitionKind.CUT

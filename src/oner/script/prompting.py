"""From the prompt in film.toml to the prompt that the engine gets: characters spelled out, camera and look added."""

import re
from collections.abc import Iterable, Mapping

from ..film import CAMERA_MOVES

HANDLE = re.compile(r"(?<![\w@])@([^\W\d]\w*)")

# How each move is said in a sentence.
CAMERA_WORDS = {
    "static": "static camera",
    "push in": "the camera pushes in",
    "pull back": "the camera pulls back",
    "pan left": "the camera pans left",
    "pan right": "the camera pans right",
    "tilt up": "the camera tilts up",
    "tilt down": "the camera tilts down",
    "orbit": "the camera orbits",
    "crane up": "the camera cranes up",
    "tracking": "tracking shot",
    "fly-through": "the camera flies through",
    "handheld": "handheld camera",
}
assert set(CAMERA_WORDS) == set(CAMERA_MOVES)

# What people write for them, English and French; the first that is found in a prompt wins.
_SAID = {
    "static": r"static (?:camera|shot)|locked[- ]off|camera (?:holds|stays) still|plan fixe|cam[ée]ra fixe",
    "push in": r"push(?:es|ing)?[- ]in|doll(?:y|ies)[- ]in|zoom(?:s|ing)?[- ]in|travelling avant|camera comes closer",
    "pull back": r"pull(?:s|ing)?[- ](?:back|out)|doll(?:y|ies)[- ]out|zoom(?:s|ing)?[- ]out|travelling arri[èe]re",
    "pan left": r"pan(?:s|ning)?(?: to the)? left|left pan|panoramique (?:[àa]|vers la) gauche",
    "pan right": r"pan(?:s|ning)?(?: to the)? right|right pan|panoramique (?:[àa]|vers la) droite",
    "tilt up": r"tilt(?:s|ing)? up(?:wards?)?|panoramique vers le haut",
    "tilt down": r"tilt(?:s|ing)? down(?:wards?)?|panoramique vers le bas",
    "orbit": r"camera (?:orbits|circles|turns around)|orbit(?:ing)? (?:shot|camera)|orbit shot|cam[ée]ra tourne autour",
    "crane up": r"crane(?:s|ing)?[- ]up|crane shot|camera rises|plan grue|cam[ée]ra s'[ée]l[èe]ve",
    "tracking": r"tracking (?:shot|camera)|camera (?:tracks|follows)|travelling lat[ée]ral|cam[ée]ra suit",
    "fly-through": r"fly[- ]?through|camera flies|flying camera|drone shot|cam[ée]ra (?:vole|survole|traverse)",
    "handheld": r"hand[- ]?held|shaky camera|cam[ée]ra (?:[àa] l'[ée]paule|port[ée]e)",
}
_MOVES = {move: re.compile(rf"\b(?:{words})\b", re.IGNORECASE) for move, words in _SAID.items()}


def camera_in(prompt: str) -> str | None:
    """The camera move that a prompt asks for in its own words, or None."""
    found = [(match.start(), move) for move, words in _MOVES.items() if (match := words.search(prompt))]
    return min(found)[1] if found else None


def handles_in(prompt: str) -> Iterable[str]:
    """The `@handles` of a prompt, without the @, in order."""
    return (match[1] for match in HANDLE.finditer(prompt))


def spell_out(prompt: str, descriptions: Mapping[str, str], camera: str, look: str) -> str:
    """The engine's prompt: one sentence with every `@handle` replaced, then the camera's words, then the look.

    Words that the prompt already holds are not added twice. Raises KeyError for an unknown handle.
    """
    sentence = HANDLE.sub(lambda match: descriptions[match[1]], prompt)
    sentence = " ".join(sentence.split()).rstrip(" .,;")
    parts = [sentence[:1].upper() + sentence[1:]]
    if not _MOVES[camera].search(sentence):
        parts.append(CAMERA_WORDS[camera])
    if look and not re.search(rf"\b{re.escape(look)}\b", sentence, re.IGNORECASE):
        parts.append(look.strip(" .,;"))
    return ", ".join(parts) + "."

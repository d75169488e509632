"""The rooms keep apart: who may import whom, and which library lives where."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "oner"
NOUNS = {"errors", "timing", "film"}

# room -> rooms of ours that it may import from (docs/design.md has the same table)
MAY_IMPORT = {
    "errors": set(),
    "timing": {"errors"},
    "film": {"errors", "timing"},
    "settings": NOUNS,
    "worlds": NOUNS,
    "media": NOUNS,
    "song": NOUNS | {"media"},
    "script": NOUNS,
    "cutting": NOUNS | {"media"},
    "judging": NOUNS | {"media"},
    "delivery": NOUNS | {"media"},
    "store": NOUNS,
    "model": {"errors", "timing"},
    "engines": NOUNS | {"worlds", "media", "model", "delivery"},
    "studio": NOUNS
    | {"settings", "media", "song", "script", "cutting", "judging", "delivery", "store", "engines", "worlds"},
    "training": NOUNS | {"worlds", "media", "model", "engines"},
    "server": NOUNS | {"settings", "studio"},
    "cli": NOUNS | {"settings", "studio", "server", "worlds", "training"},
    "__main__": {"cli"},
}
# library -> rooms that may import it
LIVES_IN = {
    "diffusers": {"engines"},
    "transformers": {"engines"},
    "huggingface_hub": {"engines"},
    "llm": {"script"},
    "ray": {"studio"},
    "av": {"media"},
    "sqlite3": {"store"},
    "moderngl": {"worlds"},
    "tomlkit": {"script"},
    "click": {"cli"},
    "rich": {"cli"},
    "cv2": {"judging", "cutting", "delivery", "training"},
    "opentimelineio": {"cutting"},
    "matplotlib": {"song"},
    "pyloudnorm": {"song"},
    "fastapi": {"server"},
    "starlette": {"server"},
    "uvicorn": {"server"},
    "pydantic": {"server"},
    "python_multipart": {"server"},
    "torch": {"model", "training", "engines"},
    "safetensors": {"model", "training"},
}


def imports(file: Path) -> list[tuple[int, str]]:
    """(line, absolute module name) of every import in a file, those inside functions included."""
    package = ["oner", *file.relative_to(SOURCE).parent.parts]
    found = []
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            found += [(node.lineno, f"{module}.{alias.name}") for alias in node.names]
    return found


def room_of(file: Path) -> str:
    return file.relative_to(SOURCE).parts[0].removesuffix(".py")


FILES = sorted(file for file in SOURCE.rglob("*.py") if file != SOURCE / "__init__.py")


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(SOURCE)))
def test_imports_respect_the_rooms(file):
    """A file imports only from rooms that its own room may know, and only libraries that live there."""
    room = room_of(file)
    assert room in MAY_IMPORT, f"{room} is a new room: add it to MAY_IMPORT and to the design"
    for line, module in imports(file):
        parts = module.split(".")
        if parts[0] == "oner" and len(parts) > 1 and parts[1] not in (room, "__version__"):
            assert parts[1] in MAY_IMPORT[room], f"{file.name}:{line} imports {module}; {room} may not"
        if parts[0] in LIVES_IN:
            assert room in LIVES_IN[parts[0]], f"{file.name}:{line} imports {parts[0]}, at home in {LIVES_IN[parts[0]]}"


def test_files_stay_readable():
    """No source file passes 600 lines."""
    long = {str(f.relative_to(SOURCE)): n for f in FILES if (n := len(f.read_text().splitlines())) > 600}
    assert not long


def test_names_say_what_a_file_holds():
    """No module is named for nothing in particular."""
    vague = {"util", "utils", "helpers", "common", "misc", "core", "base"}
    assert not [file for file in FILES if file.stem in vague]

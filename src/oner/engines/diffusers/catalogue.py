"""The catalogue: which open models there are, what they may be given, what they need and what their licences say."""

import hashlib
import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path

import msgspec

from ...errors import InputError
from ..places import models_folder, user_file, user_tables
from .contents import file_content, folder_content

OPERATIONS = ("text", "image", "first-last", "frames", "remix")


class Frames(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Lengths are `first` + k * `step`, from `least` to `most`; `window` is what is denoised at a time."""

    step: int
    most: int
    least: int = 1
    first: int = 1
    window: int | None = None

    def legal(self, frames: int) -> int:
        """The shortest legal length that holds so many frames, `most` at the end."""
        steps = -(-max(frames - self.first, 0) // self.step)
        return min(max(self.first + steps * self.step, self.least), self.most)


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Gigabytes at two bytes a parameter: denoiser, largest text encoder, everything else."""

    transformer: float
    text: float = 0.0
    other: float = 0.0

    @property
    def total(self) -> float:
        return self.transformer + self.text + self.other


class Speed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Published time of one clip of the first size, `most` frames and default steps."""

    seconds: float
    gpu: str
    source: str


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A model. `pipelines` maps an operation to the diffusers class that does it; missing operations it cannot do.

    `windows` says how clips longer than `frames.most` are made: "frames" (each window starts from the last frame of
    the one before), "latents" (windows overlap in latents), "own" (the pipeline does it), "" (only if "image" can).
    """

    name: str
    title: str = ""
    hub: str = ""
    revision: str = "main"
    folder: str = ""  # a local folder as `save_pretrained` writes it, instead of `hub`
    file: str = ""  # a .safetensors or .gguf file with the denoiser, used instead of the one of `hub` or `folder`
    licence: str = "not stated"
    licence_url: str = ""
    terms: str = "Read the model's own licence."
    pipelines: dict[str, str]
    windows: str = ""
    sizes: tuple[str, ...]
    fixed_size: bool = False
    size_step: int = 16
    frames: Frames
    rate: int
    steps: int = 50
    guidance: float = 5.0
    guides_twice: bool = True  # classifier-free guidance runs the denoiser twice a step
    parameters: float = 0.0  # 10^9, of the denoiser
    tokens: str = "16x16x4"
    dtype: str = "bfloat16"
    loras: bool = True  # whether diffusers can add LoRA files to this pipeline
    vae_dtype: str = ""  # of the decoder, where it wants to be more exact than the rest
    weights: Weights = Weights(0.0)
    working: float = 0.0
    speed: Speed | None = None
    arguments: dict[str, str | int | float | bool] = {}

    @property
    def trained_sizes(self) -> tuple[tuple[int, int], ...]:
        """(width, height), the first being the default."""
        return tuple(tuple(map(int, size.split("x"))) for size in self.sizes)

    @property
    def place(self) -> Path:
        """The folder in which the pipeline lies, or will lie once pulled."""
        return Path(self.folder).expanduser() if self.folder else models_folder() / self.name

    @property
    def present(self) -> bool:
        return (self.place / "model_index.json").is_file() and (not self.hub or commit_of(self) is not None)

    @property
    def continues(self) -> bool:
        """Whether clips may be longer than one window."""
        return bool(self.windows) or "image" in self.pipelines or "frames" in self.pipelines

    @property
    def digest(self) -> str:
        """Eight hex digits that change with everything that decides pixels, the weights included: those that were
        pulled by their commit, one's own by what `folder` and `file` hold, wherever they lie."""
        folder = folder_content(self.place) if self.folder else ""
        file = file_content(Path(self.file).expanduser()) if self.file else ""
        told = (self.hub, commit_of(self) or self.revision, folder, file, self.pipelines, self.windows,
                self.sizes, self.frames, self.rate, self.steps, self.guidance, self.dtype, self.vae_dtype,
                self.arguments)  # fmt: skip
        return hashlib.sha256(msgspec.json.encode(told, order="deterministic")).hexdigest()[:8]


class Catalogue(msgspec.Struct, frozen=True):
    """Entries by name, and the arithmetic of known GPUs in TFLOP/s."""

    entries: dict[str, Entry]
    gpus: dict[str, float]


def catalogue() -> Catalogue:
    """What ships, and the user's own entries, which win over those of the same name. Raises InputError."""
    shipped = _shipped()
    own = {entry.name: entry for entry in _own()}
    return Catalogue({**shipped.entries, **own}, shipped.gpus)


def commit_of(entry: Entry) -> str | None:
    """The commit that was pulled, None where nothing was pulled whole."""
    try:
        return msgspec.json.decode((entry.place / PULLED).read_bytes())["commit"]
    except (OSError, msgspec.DecodeError, KeyError, TypeError):
        return None


PULLED = "oner-pulled.json"  # written last, so it says that everything else is there


@cache
def _shipped() -> Catalogue:
    tables = tomllib.loads((files(__package__) / "catalogue.toml").read_text(encoding="utf-8"))
    entries = [_entry(table, "catalogue.toml") for table in tables["engine"]]
    return Catalogue({entry.name: entry for entry in entries}, tables["gpus"])


def _own() -> list[Entry]:
    return [_entry(table, str(user_file())) for table in user_tables().get("engine", [])]


def _entry(table: dict, where: str) -> Entry:
    name = table.get("name", "without a name")
    if "like" in table:  # a fine-tune or a local copy: everything else as in the shipped entry
        shipped = tomllib.loads((files(__package__) / "catalogue.toml").read_text(encoding="utf-8"))["engine"]
        model = next((other for other in shipped if other["name"] == table["like"]), None)
        if model is None:
            raise InputError(f"{where}: engine {name}: like = {table['like']!r} is none of the catalogue's names")
        kept = {key: value for key, value in model.items() if key != "hub" or "folder" not in table}
        table = {**kept, **{key: value for key, value in table.items() if key != "like"}}
    try:
        entry = msgspec.convert(table, Entry)
        sizes = entry.trained_sizes
    except (msgspec.ValidationError, ValueError) as error:
        raise InputError(f"{where}: engine {name}: {error}") from None
    unknown = set(entry.pipelines) - set(OPERATIONS)
    faults = {
        f"pipelines has {', '.join(unknown)}; operations are {', '.join(OPERATIONS)}": unknown,
        "no pipelines: name at least one": not entry.pipelines,
        "give hub or folder": not entry.hub and not entry.folder,
        f"sizes {', '.join(entry.sizes)}: at least one, multiples of {entry.size_step}": not sizes
        or any(len(size) != 2 or any(side < 1 or side % entry.size_step for side in size) for size in sizes),
        f"windows = {entry.windows!r}: latents, frames or own": entry.windows not in ("", "latents", "frames", "own"),
        "a name of letters, digits, dots and dashes": not entry.name.replace("-", "").replace(".", "").isalnum(),
    }
    for fault, wrong in faults.items():
        if wrong:
            raise InputError(f"{where}: engine {name}: {fault}")
    return entry

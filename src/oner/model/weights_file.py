"""What a file of weights says of itself, read without torch and without reading the weights.

A file is safetensors: eight bytes that give the length of a JSON header, the header, the numbers. Its metadata name the
format, the sizes, the vocabulary, the tokenizer that the latents belong to, and the digest of the numbers.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError

FORMAT = "oner-native-1"
SHIPPED = Path(__file__).parent / "weights"
LARGEST_HEADER = 16 * 2**20
PICKLE_OR_ZIP = (b"\x80", b"PK")


@dataclass(frozen=True)
class WeightsFile:
    """`part` is "model" (text encoder and transformer) or "tokenizer"; `digest` the first 64 hex digits of SHA-256."""

    path: Path
    part: str
    name: str
    digest: str
    metadata: dict[str, str]

    @property
    def latents(self) -> str:
        """Which latents a tokenizer makes: its decoder may change, they stay the same."""
        return self.metadata.get("latents", self.digest)


def weights_ship() -> bool:
    """Whether the weights that the native engine takes by itself are there."""
    return (SHIPPED / "base.safetensors").is_file()


def other_weights() -> tuple[str, ...]:
    """Names of further weights that ship, for `native:NAME`."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.safetensors") if path.stem not in ("base", "tokenizer")))


def weights_path(weights: Path | str | None) -> Path:
    """The file of shipped weights by name (None: base), or the path itself. Raises InputError if there is none."""
    name = "base" if weights is None else str(weights)
    if re.fullmatch(r"[\w-]+", name):
        shipped = SHIPPED / f"{name}.safetensors"
        if shipped.exists():
            return shipped
        if not Path(name).exists():
            there = ", ".join(("base",) * weights_ship() + other_weights()) or "none"
            raise InputError(f"weights {name!r}: no file, and no shipped weights of that name (there are: {there})")
    path = Path(name)
    if not path.is_file():
        raise InputError(f"weights {path}: {'it is a folder' if path.is_dir() else 'there is no such file'}; "
                         "give a .safetensors file that `oner train` wrote")  # fmt: skip
    return path


def read_header(path: Path) -> tuple[dict[str, str], dict[str, dict]]:
    """The metadata and the table of tensors. Raises InputError if it is not a safetensors file."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start, brace = file.read(8), file.read(1)
        file.seek(8)
        if brace != b"{" and start[:2].startswith(PICKLE_OR_ZIP):  # a header may be 128 bytes long, too
            raise InputError(
                f"weights {path}: a pickle, which could run any program when it is opened; only safetensors are read"
            )
        length = int.from_bytes(start, "little")
        if len(start) < 8 or length > min(LARGEST_HEADER, size):
            raise InputError(f"weights {path}: not a safetensors file, or one that was cut short")
        try:
            table = json.loads(file.read(length))
            metadata = table.pop("__metadata__", {})
            end = max((entry["data_offsets"][1] for entry in table.values()), default=0)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise InputError(f"weights {path}: not a safetensors file: {error}") from error
    if size != 8 + length + end:
        raise InputError(f"weights {path}: {size} bytes, its header promises {8 + length + end}; fetch it again")
    return metadata, table


def read_weights_file(path: Path) -> WeightsFile:
    """What a file of ours says of itself. Raises InputError if it is somebody else's, naming what it holds."""
    metadata, table = read_header(path)
    if metadata.get("format") != FORMAT:
        first = ", ".join(list(table)[:3]) or "nothing"
        said = metadata.get("format") or "no format"
        raise InputError(f"weights {path}: not of Oner's native model ({said}; it holds {first}...); expected {FORMAT}")
    return WeightsFile(path, metadata["part"], metadata["name"], metadata["digest"], metadata)


def tokenizer_for(model: WeightsFile, tokenizer: Path | None = None) -> WeightsFile:
    """The tokenizer of a model: the one given, or else the one beside it or among the shipped ones.

    Raises InputError if none of them makes the latents that the model was trained on.
    """
    name = "tokenizer.safetensors"
    for place in [tokenizer] if tokenizer else [model.path.parent / name, SHIPPED / name]:
        if place.is_file():
            found = read_weights_file(place)
            if found.latents == model.metadata["tokenizer"]:
                return found
    wanted = model.metadata["tokenizer"][:6]
    raise InputError(f"weights {model.path}: its tokenizer {wanted} is neither beside it nor among the shipped weights")


def digest_of(model: WeightsFile, tokenizer: WeightsFile) -> str:
    """One digest of everything that takes part in making a clip."""
    return hashlib.sha256(f"{model.digest} {tokenizer.digest}".encode()).hexdigest()


def identity(weights: Path | str | None) -> str:
    """`base@9f3c21`: the name and the digest that takes are kept under; a model and its tokenizer make one digest."""
    file = read_weights_file(weights_path(weights))
    return f"{file.name}@{digest_of(file, tokenizer_for(file))[:6]}"

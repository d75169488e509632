"""Samples on disk: WebDataset tars, written whole or not at all and read as they stream.

A sample is one `KEY.json` and either `KEY.mp4` (a clip) or `KEY.0.jpg`, `KEY.1.jpg`... (pictures of one scene at
distant times). The JSON's fields are listed in docs/DATA.md.
"""

import io
import json
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import MediaError
from ..media import decode_frames
from ..media.files import replacing
from ..worlds.blocking import cast_of
from .prompts import description_of


@dataclass(frozen=True)
class Sample:
    """One clip or one set of pictures, still compressed; `about` is the sample's JSON."""

    key: str
    about: dict
    members: Mapping[str, bytes]  # "mp4", or "0.jpg"...: the files without the key

    @property
    def is_clip(self) -> bool:
        return "mp4" in self.members

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the pictures."""
        return tuple(self.about["size"])

    @property
    def descriptions(self) -> list[dict]:
        """[{"span": [first frame, end), "description": {...}}...]"""
        return self.about["descriptions"]

    @property
    def captions(self) -> list[dict]:
        """[{"span": [first frame, end), "texts": [{"language", "length", "text"}...]}...]"""
        return self.about["captions"]

    @property
    def casts(self) -> list[list[list[str]]]:
        """For each caption the words of scene and actors (`worlds.blocking.cast_of`); none if nothing is described."""
        return [cast_of(description_of(entry["description"])) for entry in self.descriptions] or [
            [] for _ in self.captions
        ]

    def frames(self) -> np.ndarray:
        """Decode: (T, H, W, 3) uint8 RGB, the clip's frames or the pictures in order of time."""
        if self.is_clip:
            return np.stack(list(decode_frames(self.members["mp4"])))
        names = sorted((name for name in self.members if name.endswith(".jpg")), key=lambda n: int(n.split(".")[0]))
        if not names:
            raise MediaError(f"sample {self.key} has no picture")
        return np.stack([np.asarray(Image.open(io.BytesIO(self.members[name])).convert("RGB")) for name in names])


def read_shards(folder: Path | str) -> Iterator[Sample]:
    """The samples of all finished shards of a folder, in order; of one file if it is one."""
    folder = Path(folder)
    for path in [folder] if folder.is_file() else sorted(folder.glob("*.tar")):
        yield from read_shard(path)


def read_shard(path: Path) -> Iterator[Sample]:
    """The samples of one tar in its order. Raises MediaError if it is damaged."""
    key, members = "", {}
    try:
        with tarfile.open(path, "r:") as tar:
            for entry in tar:
                stem, _, name = entry.name.partition(".")
                if stem != key and members:
                    yield _sample(key, members)
                    members = {}
                key = stem
                members[name] = tar.extractfile(entry).read()
    except tarfile.TarError as error:
        raise MediaError(f"{path} is damaged: {error}") from error
    if members:
        yield _sample(key, members)


def _sample(key: str, members: dict[str, bytes]) -> Sample:
    if "json" not in members:
        raise MediaError(f"sample {key} has no JSON")
    return Sample(key, json.loads(members.pop("json")), members)


def write_shard(path: Path, samples: Iterable[tuple[str, Mapping[str, bytes]]]) -> None:
    """Write (key, {"mp4": ..., "json": ...}) pairs as a tar; equal samples give equal bytes."""
    with replacing(path) as temporary, tarfile.open(temporary, "w", format=tarfile.USTAR_FORMAT) as tar:
        for key, members in samples:
            for name, content in members.items():
                entry = tarfile.TarInfo(f"{key}.{name}")
                entry.size = len(content)
                tar.addfile(entry, io.BytesIO(content))

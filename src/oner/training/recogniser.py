"""A small network that tells what a clip shows: place, subject, colour, hour, weather, look, shot size, camera move.

It is the judge of generated clips: trained on renders only (`recogniser_run.py`), and no part of any generator's
training. Pictures are read one by one and the answers of up to five frames of a clip are averaged; camera moves are
read from how the picture moves over 9 to 17 frames at 8 frames a second.

Shapes: B clips, T frames, N pictures, H x W pixels (multiples of 16), h x w = H/8 x W/8 cells.
"""

import json
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import InputError
from ..media import replacing
from .attributes import ATTRIBUTES
from .movement import CHANNELS, movement

FORMAT = "oner recogniser 1"
PICTURES = 5  # frames of a clip that are looked at
SHORTEST, LONGEST = 9, 17  # frames in which a camera move is judged


@dataclass(frozen=True)
class RecogniserConfig:
    """Sizes of the network: channels of its four stages, pooling queries, and widths of its two feature vectors."""

    channels: tuple[int, int, int, int] = (24, 48, 96, 160)
    queries: int = 6
    features: int = 192
    motion: int = 64


@dataclass(frozen=True)
class Recognition:
    """Log-probabilities by attribute, (B, values) each; "camera" is missing where no motion was seen.

    `features` is (B, D): what the last layers see, of the pictures and of the motion (zeros without).
    """

    scores: dict[str, Tensor]
    features: Tensor

    def answers(self, name: str) -> list[str]:
        """The most probable value of an attribute for each clip."""
        values = next(attribute.values for attribute in ATTRIBUTES if attribute.name == name)
        return [values[i] for i in self.scores[name].argmax(-1).tolist()]


class Recogniser(nn.Module):
    """Two nets side by side, one for pictures and one for motion, each with a head for every attribute it can tell."""

    def __init__(self, config: RecogniserConfig = RecogniserConfig()):
        super().__init__()
        self.config = config
        self.pictures = PictureNet(config)
        self.motion = MotionNet(config)
        self.heads = nn.ModuleDict(
            {a.name: nn.Linear(config.motion if a.moving else config.features, len(a.values)) for a in ATTRIBUTES}
        )

    def look(self, pictures: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        """Logits of every still attribute and features (N, D) of pictures (N, H, W, 3) in [-1, 1]."""
        check_shape(pictures, "N")
        features = self.pictures(pictures)
        return {a.name: self.heads[a.name](features) for a in ATTRIBUTES if not a.moving}, features

    def watch(self, moved: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        """Logits of every moving attribute and features (B, D) from `movement` features (B, CHANNELS, h, w)."""
        features = self.motion(moved)
        return {a.name: self.heads[a.name](features) for a in ATTRIBUTES if a.moving}, features

    def forward(self, video: Tensor) -> Recognition:
        """Recognise clips or, with T = 1, pictures: (B, T, H, W, 3) in [-1, 1] at 8 frames a second.

        The camera is judged on the seventeen frames in the middle. Raises InputError for other shapes.
        """
        check_shape(video, "B, T")
        B, T = video.shape[:2]
        seen = torch.linspace(0, T - 1, min(T, PICTURES)).round().long()
        logits, features = self.look(video[:, seen].flatten(0, 1))
        scores = {
            name: values.float().log_softmax(-1).view(B, len(seen), -1).mean(1).log_softmax(-1)
            for name, values in logits.items()
        }
        features = features.view(B, len(seen), -1).mean(1)
        moving = features.new_zeros(B, self.config.motion)
        if T >= SHORTEST:
            begin = max(0, (T - LONGEST) // 2)
            logits, moving = self.watch(movement(video[:, begin : begin + LONGEST]))
            scores |= {name: values.float().log_softmax(-1) for name, values in logits.items()}
        return Recognition(scores, torch.cat([features, moving], -1).float())


class PictureNet(nn.Module):
    """Residual convolutions down to cells of 16 pixels, then a few learned queries that each gather what they need.

    A subject may be a dozen pixels tall, so the queries see cells of 8 pixels with the coarser ones laid over them.
    Convolutions in fp32 run at the rate of matrix products on the processors measured (150 GFLOP/s a core).
    """

    def __init__(self, config: RecogniserConfig):
        super().__init__()
        a, b, c, d = config.channels
        self.stem = nn.Sequential(
            nn.Conv2d(3, a, 5, 2, 2, bias=False), nn.BatchNorm2d(a), nn.ReLU(),
            nn.Conv2d(a, a, 3, 1, 1, bias=False), nn.BatchNorm2d(a), nn.ReLU(),
        )  # fmt: skip
        self.fine = nn.Sequential(Residual(a, b, 2), Residual(b, c, 2), Residual(c, c))
        self.coarse = nn.Sequential(Residual(c, d, 2), Residual(d, d))
        self.seek = nn.Linear(c + d + 2, config.queries)
        self.gather = nn.Linear(config.queries * (c + d + 2), config.features)
        self.norm = nn.LayerNorm(config.features)

    def forward(self, pictures: Tensor) -> Tensor:
        x = pictures.permute(0, 3, 1, 2)  # (N, 3, H, W), channels last in memory
        fine = self.fine(self.stem(x))  # (N, c, h, w)
        coarse = F.interpolate(self.coarse(fine), size=fine.shape[2:], mode="nearest")  # (N, d, h, w)
        cells = torch.cat([fine, coarse, places_of(fine)], 1).flatten(2).transpose(1, 2)  # (N, h*w, c + d + 2)
        where = self.seek(cells).softmax(1)  # (N, h*w, queries)
        found = where.transpose(1, 2) @ cells  # (N, queries, c + d + 2)
        return F.gelu(self.norm(self.gather(found.flatten(1))))


class MotionNet(nn.Module):
    """A few convolutions over the cells' motion, then their mean and their largest values."""

    def __init__(self, config: RecogniserConfig, width: int = 96):
        super().__init__()
        self.cells = nn.Sequential(
            nn.Conv2d(CHANNELS + 2, width, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
            Residual(width, width), Residual(width, width, 2),
        )  # fmt: skip
        self.gather = nn.Linear(3 * width, config.motion)
        self.norm = nn.LayerNorm(config.motion)
        self.seek = nn.Conv2d(width, 1, 1)

    def forward(self, moved: Tensor) -> Tensor:
        x = self.cells(torch.cat([moved, places_of(moved)], 1))  # (B, width, h/2, w/2)
        where = self.seek(x).flatten(2).softmax(2)  # (B, 1, cells)
        x = x.flatten(2)
        found = torch.cat([x.mean(2), x.amax(2), (x * where).sum(2)], 1)
        return F.gelu(self.norm(self.gather(found)))


class Residual(nn.Module):
    """Two 3x3 convolutions with batch normalisation round a shortcut (He et al. 2016)."""

    def __init__(self, inside: int, out: int, stride: int = 1):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inside, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU(),
            nn.Conv2d(out, out, 3, 1, 1, bias=False), nn.BatchNorm2d(out),
        )  # fmt: skip
        self.short = nn.Identity()
        if stride > 1 or inside != out:
            self.short = nn.Sequential(
                nn.AvgPool2d(stride, ceil_mode=True), nn.Conv2d(inside, out, 1, bias=False), nn.BatchNorm2d(out)
            )

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.body(x) + self.short(x))


def places_of(cells: Tensor) -> Tensor:
    """(N, 2, h, w): where each cell of (N, C, h, w) is, x and y from -1 to 1 over the longer side."""
    N, _, h, w = cells.shape
    longer = max(h, w)
    x = (torch.arange(w, device=cells.device) + 0.5 - w / 2) * 2 / longer
    y = (torch.arange(h, device=cells.device) + 0.5 - h / 2) * 2 / longer
    return torch.stack([x.expand(h, w), y[:, None].expand(h, w)]).expand(N, 2, h, w).to(cells.dtype)


def check_shape(pictures: Tensor, before: str) -> None:
    """Raise InputError unless the tensor is (..., H, W, 3) with H and W multiples of 16."""
    wanted = before.count(",") + 4
    shape = tuple(pictures.shape)
    if len(shape) != wanted or shape[-1] != 3 or shape[-3] % 16 or shape[-2] % 16 or not all(shape):
        raise InputError(f"shape {shape}: the recogniser takes ({before}, H, W, 3) with H and W multiples of 16")


# ------------------------------------------------------------------------------------------------- weight files


def save_recogniser(recogniser: Recogniser, path: Path | str) -> None:
    """Write weights in fp16 with their configuration, whole or not at all."""
    tensors = {
        name: (value.half() if value.is_floating_point() else value).contiguous()
        for name, value in recogniser.state_dict().items()
    }
    about = {"format": FORMAT, "config": json.dumps(asdict(recogniser.config)), "attributes": _attributes()}
    with replacing(path) as temporary:
        save_file(tensors, temporary, about)


def load_recogniser(path: Path | str | None = None) -> Recogniser:
    """The recogniser of a file, or the shipped one; ready to judge, in fp32.

    Raises InputError for missing, foreign or damaged files and for another list of attributes.
    """
    path = Path(path) if path else Path(str(resources.files("oner.training") / "weights" / "recogniser.safetensors"))
    if not path.exists():
        raise InputError(f"{path}: no such file; train a recogniser first")
    try:
        with safe_open(path, "pt") as file:
            about = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dictionary)
    except (SafetensorError, OSError) as error:
        raise InputError(f"{path} is no safetensors file that can be read: {error}") from error
    if about.get("format") != FORMAT:
        raise InputError(f"{path} is no recogniser: its format is {about.get('format')!r}, {FORMAT!r} is needed")
    if about["attributes"] != _attributes():
        raise InputError(f"{path} was trained for other attributes; train it again")
    settings = json.loads(about["config"])
    recogniser = Recogniser(RecogniserConfig(**{**settings, "channels": tuple(settings["channels"])}))
    try:
        recogniser.load_state_dict({n: v.float() if v.is_floating_point() else v for n, v in tensors.items()})
    except RuntimeError as error:
        raise InputError(f"{path} does not fit its own configuration: {error}") from error
    return recogniser.eval()


def _attributes() -> str:
    return json.dumps({attribute.name: attribute.values for attribute in ATTRIBUTES})

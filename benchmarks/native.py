"""The native model: what a clip costs, where its time goes, and how near its transformer comes to the machine's limit.

    python benchmarks/native.py [--parts clip stages step limit] [--minute] [--weights FILE] [--threads N] [--rounds 5]

clip    5 seconds of 1280x720 at 24 frames in a process of its own (with --minute also 60 seconds)
stages  the same clip once more with one thread, so that the processor time of every stage is that of its thread
step    one step of the transformer beside diffusers' Wan and LTX-Video of the same width, layers, heads and tokens
        (`pip install oner[diffusers]`), in turns
limit   the share of the machine's matrix rate that a forward pass and a training step reach

Without weights it builds an untrained model of the shipped size: the arithmetic is the same, the pictures mean nothing.
Processor time is the figure to compare when other programs use the cores.
"""

import argparse
import importlib.util
import multiprocessing
import os
import resource
import statistics
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from oner.film import ClipRequest, PromptSpan
from oner.model.weights_file import weights_ship
from oner.timing import Span

PROMPT = "a woman in a red coat walks down a city street at night, the camera pushes in"
WIDTH, HEIGHT, RATE = 1280, 720, Fraction(24)
WINDOW = (2, 17, 5, 9)  # guidance's two halves, latent frames, latent pixels of 16:9
STILLS = (16, 1, 5, 9)
STAGES = ("imports", "loading", "prompt", "sampling", "decoding", "interpolation", "upscaling", "grain", "encoding")


# ---------------------------------------------------------------------------------------------------- whole clips


class Clock:
    """Wall and processor seconds by stage, of all threads; a stage within another counts only for itself."""

    def __init__(self) -> None:
        self.spent: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        self._lock, self._own = threading.Lock(), threading.local()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        outside = getattr(self._own, "inner", (0.0, 0.0))
        self._own.inner = (0.0, 0.0)
        begun = time.perf_counter(), time.thread_time()
        try:
            yield
        finally:
            took = time.perf_counter() - begun[0], time.thread_time() - begun[1]
            with self._lock:
                for kind in (0, 1):
                    self.spent[name][kind] += took[kind] - self._own.inner[kind]
            self._own.inner = outside[0] + took[0], outside[1] + took[1]

    def watch(self, owner, name: str, stage: str) -> None:
        """Time every call of a function or method from now on, also of those that yield one result after another."""
        call = getattr(owner, name)

        def timed(*args, **named):
            with self.stage(stage):
                made = call(*args, **named)
            return self._each(made, stage) if isinstance(made, Iterator) else made

        setattr(owner, name, timed)

    def _each(self, made: Iterator, stage: str) -> Iterator:
        while True:
            with self.stage(stage):
                item = next(made, None)
            if item is None:
                return
            yield item


@dataclass(frozen=True)
class Made:
    """A clip that was made: seconds of the whole process, of the clip alone, by stage; `peak` in MB."""

    wall: float
    processor: float
    clip_wall: float
    clip_processor: float
    stages: dict[str, list[float]]
    peak: float


def request_of(seconds: int) -> ClipRequest:
    frames = seconds * int(RATE)
    return ClipRequest((PromptSpan(PROMPT, Span(0, frames)),), WIDTH, HEIGHT, frames, RATE, seed=1)


def make_clip(told, seconds: int, weights: Path | None, threads: int | None, out: Path) -> None:
    """In a process of its own: make the clip and send the times."""
    clock = Clock()
    with clock.stage("imports"):
        import cv2
        import torch

        from oner.delivery import finish
        from oner.engines import native, native_plan, rewriting  # noqa: F401
        from oner.model import operations, sampler
    if threads:
        torch.set_num_threads(threads)
        cv2.setNumThreads(threads)
    for owner, name, stage in (
        (rewriting, "rewrite", "prompt"), (sampler._Run, "read_prompts", "prompt"), (sampler, "sample", "sampling"),
        (operations, "decode_clip", "decoding"), (finish, "measure_motion", "interpolation"),
        (finish, "picture_between", "interpolation"), (finish, "enlarge", "upscaling"),
        (finish, "sharpen_edges", "upscaling"), (finish.Grain, "add", "grain"),
        (native.FrameWriter, "write", "encoding"), (native.FrameWriter, "__exit__", "encoding"),
    ):  # fmt: skip
        clock.watch(owner, name, stage)
    engine = native.NativeEngine(weights)
    with clock.stage("loading"):
        engine._model()
    begun = time.perf_counter(), time.process_time()
    engine.render(request_of(seconds), lambda media: Path(media.sha256), out, lambda share, words: None)
    took = time.perf_counter() - begun[0], time.process_time() - begun[1]
    told.send((took, dict(clock.spent), peak_memory()))


def peak_memory() -> float:
    """The most memory of this process that was in use at once, in MB."""
    status = Path("/proc/self/status")  # ru_maxrss also knows the process that this one was forked from
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        return int(lines["VmHWM"].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def made(seconds: int, weights: Path | None, threads: int | None, folder: Path) -> Made:
    """A clip in a fresh process, its start included. Exits if it fails."""
    here, there = multiprocessing.Pipe(duplex=False)
    out = folder / f"clip-{seconds}-{threads}.mp4"
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    process = multiprocessing.get_context("spawn").Process(
        target=make_clip, args=(there, seconds, weights, threads, out)
    )
    process.start()
    there.close()
    try:
        clip, stages, peak = here.recv()
    except EOFError:
        process.join()
        raise SystemExit(f"the clip of {seconds} seconds failed") from None
    process.join()
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Made(wall, processor, *clip, stages, peak)


def clip_table(lengths: list[int], weights: Path | None, threads: int | None, folder: Path) -> dict[int, Made]:
    print(f"\n| {WIDTH}x{HEIGHT}, {RATE} frames a second | frames | wall s | processor s | loaded already: wall s |"
          " processor s | most memory, MB |\n|---|---|---|---|---|---|---|")  # fmt: skip
    all_made = {}
    for seconds in lengths:
        clip = all_made[seconds] = made(seconds, weights, threads, folder)
        print(f"| {seconds} seconds | {seconds * int(RATE)} | {clip.wall:.1f} | {clip.processor:.1f} | "
              f"{clip.clip_wall:.1f} | {clip.clip_processor:.1f} | {clip.peak:.0f} |", flush=True)  # fmt: skip
    return all_made


def stage_table(seconds: int, usual: dict[int, Made], weights: Path | None, folder: Path) -> None:
    """Processor seconds with one thread; beside them wall seconds of the clips as used, where stages overlap."""
    single = made(seconds, weights, 1, folder)
    columns = [f"{seconds} seconds, one thread: processor s", "share", *(f"{each} seconds: wall s" for each in usual)]
    print(f"\n| stage | {' | '.join(columns)} |\n|{'---|' * (1 + len(columns))}")
    rest = single.processor - sum(processor for _, processor in single.stages.values())
    for name in (*STAGES, "the rest"):
        processor = rest if name == "the rest" else single.stages[name][1]
        walls = ["" if name == "the rest" else f"{clip.stages[name][0]:.2f}" for clip in usual.values()]
        print(f"| {' | '.join([name, f'{processor:.2f}', f'{processor / single.processor:.0%}', *walls])} |")
    walls = [f"{clip.wall:.2f}" for clip in usual.values()]
    print(f"| {' | '.join(['all', f'{single.processor:.2f}', '100%', *walls])} |", flush=True)


# ------------------------------------------------------------------------------------------ the transformer alone


def oners(shape: tuple[int, ...], dtype) -> tuple[object, Callable]:
    """Our transformer of the shipped size and a call of it on latents (B, F, h, w, C)."""
    import torch

    from oner.model.presets import preset
    from oner.model.transformer import Transformer

    config = preset("base")
    network = Transformer(config.transformer).to(dtype)
    clips, frames = shape[:2]
    latents = torch.randn(*shape, config.transformer.channels, dtype=dtype)
    text = torch.randn(clips, config.text.length, config.text.width, dtype=dtype)
    mask = torch.ones(clips, config.text.length, dtype=torch.bool)
    numbers, marks = torch.arange(frames).expand(clips, frames), torch.zeros(clips, frames, dtype=torch.bool)
    prompts, levels = torch.arange(clips)[:, None].expand(clips, frames), torch.rand(clips, frames)
    return network, lambda: network(latents, levels, marks, text, mask, prompts, numbers, marks)


def wans(shape: tuple[int, ...]) -> tuple[object, Callable]:
    import torch
    from diffusers import WanTransformer3DModel

    from oner.model.presets import preset

    clips, frames, h, w = shape
    c, words = preset("base").transformer, preset("base").text.length
    network = WanTransformer3DModel(
        patch_size=(1, 1, 1), num_attention_heads=c.heads, attention_head_dim=c.width // c.heads,
        in_channels=c.channels, out_channels=c.channels, text_dim=c.text_width, ffn_dim=4 * c.width,
        num_layers=c.layers,
    )  # fmt: skip
    latents, text = torch.randn(clips, c.channels, frames, h, w), torch.randn(clips, words, c.text_width)
    return network, lambda: network(latents, torch.full((clips,), 500), text, return_dict=False)


def ltxs(shape: tuple[int, ...]) -> tuple[object, Callable]:
    import torch
    from diffusers import LTXVideoTransformer3DModel

    from oner.model.presets import preset

    clips, frames, h, w = shape
    c, words = preset("base").transformer, preset("base").text.length
    network = LTXVideoTransformer3DModel(
        in_channels=c.channels, out_channels=c.channels, num_attention_heads=c.heads,
        attention_head_dim=c.width // c.heads, cross_attention_dim=c.width, num_layers=c.layers,
        caption_channels=c.text_width,
    )  # fmt: skip
    latents, text = torch.randn(clips, frames * h * w, c.channels), torch.randn(clips, words, c.text_width)
    mask, level = torch.ones(clips, words), torch.full((clips,), 500)
    return network, lambda: network(
        latents, text, level, mask, num_frames=frames, height=h, width=w, return_dict=False
    )  # fmt: skip


def step_table(rounds: int) -> None:
    """Every round calls each once; the ratios are medians over the rounds."""
    import torch

    contenders = {"Oner": oners(WINDOW, torch.float32)}
    if importlib.util.find_spec("diffusers"):
        contenders |= {"Wan (diffusers)": wans(WINDOW), "LTX-Video (diffusers)": ltxs(WINDOW)}
    else:
        print("\ndiffusers is not installed (pip install 'oner[diffusers]'): nothing to compare the transformer with")
    taken = {name: [] for name in contenders}
    with torch.inference_mode():
        for number in range(rounds + 1):  # the first is to warm up
            for name, (network, call) in contenders.items():
                network.eval()
                took = times_of(call)
                if number:
                    taken[name].append(took)
    batch, frames, h, w = WINDOW
    print(f"\n| a step of {batch} x {frames * h * w} tokens, fp32, {torch.get_num_threads()} threads | parameters | "
          "wall ms | processor ms | wall, Oner = 1 | processor, Oner = 1 |\n|---|---|---|---|---|---|")  # fmt: skip
    for name, (network, _) in contenders.items():
        parameters = sum(value.numel() for value in network.parameters())
        middle = [1e3 * statistics.median(took[kind] for took in taken[name]) for kind in (0, 1)]
        ratios = [statistics.median(theirs[kind] / ours[kind] for theirs, ours in zip(taken[name], taken["Oner"]))
                  for kind in (0, 1)]  # fmt: skip
        print(f"| {name} | {parameters / 1e6:.1f} M | {middle[0]:.0f} | {middle[1]:.0f} | {ratios[0]:.2f} | "
              f"{ratios[1]:.2f} |", flush=True)  # fmt: skip


def times_of(call: Callable) -> tuple[float, float]:
    begun = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - begun[0], time.process_time() - begun[1]


def limit_table(rounds: int) -> None:
    """Products of a pass over its time, beside plain products of the same sizes; each the best of its rounds.

    With one thread the time is the processor's, so that other programs count little; with several it is wall time.
    """
    import torch

    from oner.model.presets import preset
    from oner.training.allocation import keep_memory
    from oner.training.cost import transformer_flops
    from oner.training.precision import PRECISIONS, matrix_rates

    keep_memory()
    kind = 1 if torch.get_num_threads() == 1 else 0  # of `times_of`
    config = preset("base")
    config = replace(config, text=replace(config.text, layers=0))  # the words are encoded before
    print(f"\n| {torch.get_num_threads()} threads | GFLOP | fp32 GFLOP/s | share | bf16 GFLOP/s | share |\n"
          "|---|---|---|---|---|---|")  # fmt: skip
    rates = matrix_rates(PRECISIONS, torch.device("cpu"))
    print("| plain products, the best of many | | "
          + " | ".join(f"{rates[precision] / 1e9:.0f} | 100%" for precision in PRECISIONS) + " |")  # fmt: skip
    for name, shape, backward in (
        ("forward, window of two", WINDOW, False),
        ("forward and backward, window of two", WINDOW, True),
        ("forward and backward, 16 stills", STILLS, True),
    ):
        latents = (*shape, config.transformer.channels)
        flops, cells = transformer_flops(config, latents, shape[0], config.text.length) / (1 if backward else 3), []
        for precision, dtype in PRECISIONS.items():
            network, call = oners(shape, dtype)
            run = (lambda call=call: call().float().square().mean().backward()) if backward else call
            network.train(backward)
            with torch.inference_mode(not backward):
                best = min(times_of(run)[kind] for _ in range(rounds + 1))
            cells.append(f"{flops / best / 1e9:.0f} | {flops / best / rates[precision]:.0%}")
        print(f"| {name} | {flops / 1e9:.0f} | {' | '.join(cells)} |", flush=True)


# ---------------------------------------------------------------------------------------------------------- weights


def write_untrained(folder: Path) -> Path:
    """A model file and its tokenizer of the shipped size with random weights."""
    import torch

    from oner.model.checkpoint import build, save_model, save_tokenizer
    from oner.model.presets import preset
    from oner.training.vocabulary import build_vocabulary

    torch.manual_seed(0)
    config = preset("base")
    model = build(config, build_vocabulary(500))
    # Still pictures with some life in them: pure noise would look like a cut at every picture, and nothing would be
    # interpolated.
    first, group = model.tokenizer.decoder.paint_first, model.tokenizer.decoder.paint_group
    texture = torch.rand(first.out_features) - 0.5
    for paint in (first, group):
        torch.nn.init.normal_(paint.weight, std=0.003)
        paint.bias.data = texture.repeat(paint.out_features // len(texture))
    digest = save_tokenizer(folder / "tokenizer.safetensors", model.tokenizer.state_dict(), config)
    weights = {f"text.{name}": value for name, value in model.text.state_dict().items()}
    weights |= {f"transformer.{name}": value for name, value in model.transformer.state_dict().items()}
    save_model(folder / "untrained.safetensors", weights, config, model.vocabulary, digest, "untrained")
    return folder / "untrained.safetensors"


def in_own_process(function: Callable, *arguments) -> None:
    """So that this process stays small, and nothing that one part loads helps or harms the next."""
    process = multiprocessing.get_context("spawn").Process(target=function, args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(f"{function.__name__} failed")


def network_tables(parts: list[str], rounds: int, threads: int | None) -> None:
    import torch

    if threads:
        torch.set_num_threads(threads)
    if "step" in parts:
        step_table(rounds)
    if "limit" in parts:
        limit_table(rounds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = ("clip", "stages", "step", "limit")
    parser.add_argument("--parts", nargs="+", choices=parts, default=list(parts))
    parser.add_argument("--seconds", type=int, default=5, help="of the short clip")
    parser.add_argument("--minute", action="store_true", help="also a clip of 60 seconds")
    parser.add_argument("--weights", type=Path, help="a model file; without it the one that ships")
    parser.add_argument("--threads", type=int, help="of torch; without it all cores")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as temporary:
        folder, weights, all_made = Path(temporary), options.weights, {}
        if {"clip", "stages"} & set(options.parts):
            if weights is None and not weights_ship():
                in_own_process(write_untrained, folder)
                weights = folder / "untrained.safetensors"
                print("no weights ship yet: an untrained model of the base size, whose pictures stand almost still")
            if "clip" in options.parts:
                lengths = [options.seconds, *([60] if options.minute else [])]
                all_made = clip_table(lengths, weights, options.threads, folder)
            if "stages" in options.parts:
                stage_table(options.seconds, all_made, weights, folder)
    if {"step", "limit"} & set(options.parts):
        in_own_process(network_tables, options.parts, options.rounds, options.threads)


if __name__ == "__main__":
    main()

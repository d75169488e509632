"""Open models on tiny random pipelines of the real classes: every operation, long clips, options, failures."""

import math
import shutil
from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest

from oner.engines import open_engine
from oner.engines.diffusers import catalogue, pipelines
from oner.engines.diffusers import engine as engine_room
from oner.engines.diffusers.running import Run, run
from oner.engines.diffusers.windows import Window
from oner.engines.places import user_file
from oner.errors import Cancelled, EngineError, RequestError
from oner.film import ClipRequest, GivenFrame, Lora, PromptSpan
from oner.media import media_ref
from oner.timing import Span

PROMPT = "a woman in a red coat walks through the snow"


def clip(frames: int = 5, **more) -> ClipRequest:
    return ClipRequest((PromptSpan(PROMPT, Span(0, frames)),), 64, 36, frames, Fraction(24), seed=11, **more)


@pytest.mark.parametrize("engine", ["tiny-wan-image", "tiny-vace", "tiny-ltx", "tiny-ltx-2"])
def test_a_first_picture_decides_the_clip(make, picture, engine):
    """Another first picture, another clip, from the same seed and words."""
    dark, bright = (make(engine, clip(given=(GivenFrame(0, picture(level)),)), picture.locate) for level in (30, 220))
    assert np.abs(dark.astype(int) - bright).mean() > 1


@pytest.mark.parametrize("engine", ["tiny-wan-last", "tiny-vace", "tiny-ltx", "tiny-ltx-2"])
def test_first_and_last_picture(make, picture, engine):
    """Both are given; the last one changes the clip."""
    given = lambda last: (GivenFrame(0, picture(100)), GivenFrame(8, picture(last)))
    one, other = (make(engine, clip(9, given=given(last)), picture.locate) for last in (20, 240))
    assert np.abs(one.astype(int) - other).mean() > 0.2


@pytest.mark.parametrize("rate", [28, 25, 10])
def test_first_and_last_picture_at_other_rates(tiny_engines, picture, rate):
    """The clip's last frame is the model's last, though it falls between two of its frames."""
    request = replace(clip(6, given=(GivenFrame(0, picture(9)), GivenFrame(5, picture(99)))), rate=Fraction(rate))
    for engine in ("tiny-wan-last", "tiny-vace"):
        frames = 1 + math.ceil(5 * 24 / rate)
        if frames <= 9:
            open_engine(engine).check(request)
        else:
            with pytest.raises(RequestError, match="makes at most 4 at 10 fps"):
                open_engine(engine).check(request)


@pytest.mark.parametrize(("frames", "rate"), [(4, 24), (7, 24), (6, 28), (9, 24)])
def test_a_clip_ends_with_the_last_picture(make, picture, monkeypatch, frames, rate):
    """A model that knows two pictures alone puts the last one at the end of a legal length: all of it is shown."""

    def ramp(pipeline, entry, asked, step):
        levels = np.linspace(20, 220, asked.window.frames).astype(np.uint8)
        assert sorted(asked.given) == [0, asked.window.frames - 1]
        return np.stack([np.full((48, 64, 3), level, np.uint8) for level in levels]), ""

    monkeypatch.setattr(engine_room, "run", ramp)
    given = (GivenFrame(0, picture(20)), GivenFrame(frames - 1, picture(220)))
    request = replace(clip(frames, given=given), rate=Fraction(rate))
    engine = open_engine("tiny-wan-last")
    made = make(engine, request, picture.locate)
    assert (made[0].mean(), made[-1].mean()) == pytest.approx((20, 220), abs=4)
    assert ("faster, to end with the last picture" in engine.explain(request).get("made", "")) == (frames != 9)


@pytest.mark.parametrize("frames", [7, 8, 11])
def test_given_frames_are_led_to_a_last_picture(make, picture, monkeypatch, frames):
    """A model that knows two pictures alone shows the given frames and makes the way from the last of them."""

    def ramp(pipeline, entry, asked, step):
        assert asked.operation == "first-last"
        assert [(frame, shown.mean()) for frame, shown in sorted(asked.given.items())] == [
            (0, pytest.approx(60, abs=1)),
            (asked.window.frames - 1, pytest.approx(220, abs=1)),
        ]
        levels = np.linspace(60, 220, asked.window.frames).astype(np.uint8)
        return np.stack([np.full((48, 64, 3), level, np.uint8) for level in levels]), ""

    monkeypatch.setattr(engine_room, "run", ramp)
    given = [GivenFrame(frame, picture(20 + 20 * frame)) for frame in range(3)]
    request = clip(frames, given=(*given, GivenFrame(frames - 1, picture(220))))
    engine = open_engine("tiny-wan-last")
    made = make(engine, replace(request, options={"retime": "blend"}), picture.locate)
    wanted = [20, 40, *np.linspace(60, 220, frames - 2)]
    assert made.mean((1, 2, 3)) == pytest.approx(wanted, abs=4)
    assert ("faster, to end with the last picture" in engine.explain(request).get("made", "")) == (frames == 8)
    too_long = (PromptSpan(PROMPT, Span(0, 12)),)
    with pytest.raises(RequestError, match="makes at most 11"):
        engine.check(replace(request, frames=12, prompts=too_long, given=(*given, GivenFrame(11, picture(220)))))


def test_extension_from_the_last_given_frame(make, picture):
    """A model that takes one picture shows the given frames as they are and goes on from the last."""
    given = tuple(GivenFrame(frame, picture(40 + 20 * frame)) for frame in range(3))
    made = make("tiny-wan-image", clip(8, given=given), picture.locate)
    for frame in range(2):
        assert abs(made[frame].mean() - (40 + 20 * frame)) < 4


def test_a_model_that_takes_clips_shows_them_where_its_window_is_too_short(make, picture):
    """Ten frames do not fit into a window of nine: the given ones are shown, it goes on from the last of them."""
    given = tuple(GivenFrame(frame, picture(40 + 20 * frame)) for frame in range(3))
    made = make("tiny-vace", clip(10, given=given), picture.locate)
    for frame in range(2):
        assert abs(made[frame].mean() - (40 + 20 * frame)) < 4


@pytest.mark.parametrize("engine", ["tiny-wan", "tiny-cogvideox"])
def test_remix_starts_from_a_clip(make, picture, engine):
    """Video to video: the clip and its strength decide."""
    given = lambda level: tuple(GivenFrame(frame, picture(level)) for frame in range(9))
    request = clip(9, strength=0.5)
    one, other = (make(engine, replace(request, given=given(level)), picture.locate) for level in (20, 230))
    assert np.abs(one.astype(int) - other).mean() > 0.3


@pytest.mark.parametrize(
    ("engine", "change", "fault"),
    [
        ("tiny-wan", {"given": 1}, r"tiny-wan cannot start from a picture .*engines that can: .*wan-2\.2-5b"),
        ("tiny-wan-image", {}, r"tiny-wan-image cannot start from words alone .*tiny-wan"),
        ("tiny-hunyuan", {"given": 1}, "given frames: this engine starts from words only"),
        ("tiny-cogvideox", {"frames": 40, "prompts": (PromptSpan("a", Span(0, 40)),)}, r"too long; at most 9"),
        ("tiny-ltx", {"options": {"steps": 0}}, r"option steps=0: a whole number from 1 to 200"),
        ("tiny-ltx", {"options": {"mode": "fast"}}, r"option mode='fast': one of auto, full"),
        ("tiny-ltx", {"options": {"size": "50x50"}}, r"multiples of 32; try 64x64"),
        ("tiny-ltx", {"options": {"memory": "20, 20"}}, 'it says how mode = "balanced" fills the GPUs'),
        ("tiny-ltx", {"options": {"mode": "balanced", "memory": "20"}}, r"memory='20': gigabytes for each GPU, two at"),
        ("tiny-ltx", {"options": {"mode": "balanced", "memory": "8, x"}}, r'such as "20, 16\.5"'),
        ("tiny-ltx", {"options": {"mode": "balanced", "device": "cuda:1"}}, "uses all GPUs; leave device out"),
        ("tiny-hunyuan", {"options": {"negative": "rain"}}, "option negative: tiny-hunyuan is guided in one pass"),
        ("tiny-ltx", {"options": {"lora": "style.pt"}}, r"only \.safetensors"),
        ("tiny-ltx", {"options": {"lora": "a.safetensors:much"}}, "FILE:WEIGHT"),
        ("tiny-ltx", {"options": {"lora": "/gone/a.safetensors:2"}}, "there is no file /gone/a.safetensors"),
    ],
)
def test_what_a_model_cannot_do_is_refused_before_it_is_queued(tiny_engines, picture, engine, change, fault):
    """With what it can do, and which engines could."""
    if "given" in change:
        change = {"given": (GivenFrame(0, picture(9)),)}
    with pytest.raises(RequestError, match=fault):
        open_engine(engine).check(replace(clip(), **change))


def test_a_model_that_is_not_there_is_refused_with_the_command(tiny_engines):
    """Known from the catalogue, not pulled."""
    with pytest.raises(RequestError, match=r"`oner engines pull wan-2\.2-5b` fetches it"):
        open_engine("wan-2.2-5b").check(clip())


@pytest.mark.parametrize("engine", ["tiny-wan", "tiny-hunyuan", "tiny-vace", "tiny-ltx-2"])
def test_long_clips_are_made_in_windows(make, engine):
    """Overlapped in latents or from the last frame: no frame missing, no black, and the take says how."""
    engine = open_engine(engine)
    made = make(engine, clip(22))
    assert made.shape[0] == 22
    assert all(frame.std() > 1 for frame in made)
    assert "windows" in engine.explain(clip(22))["made"]


def test_other_rates_are_retimed(make):
    """A model of 24 fps delivers 30: moved between its frames by default, or blended, or the nearest frame."""
    request = replace(clip(6), rate=Fraction(30))
    engine = open_engine("tiny-ltx")
    ways = [make(engine, replace(request, options=more)) for more in ({}, {"retime": "blend"}, {"retime": "nearest"})]
    assert len({made.tobytes() for made in ways}) == 3


def test_the_model_stays_loaded_and_gives_way(make, monkeypatch):
    """Two clips load once; another engine of this process frees it."""
    loads = []
    whole = engine_room.load
    monkeypatch.setattr(engine_room, "load", lambda entry, *more: loads.append(entry.name) or whole(entry, *more))
    one, other = open_engine("tiny-ltx"), open_engine("tiny-wan")
    make(one, clip()), make(one, replace(clip(), seed=3)), make(other, clip()), make(one, clip())
    assert loads == ["tiny-ltx", "tiny-wan", "tiny-ltx"]


def test_out_of_memory_leads_to_a_cheaper_mode_once(make, monkeypatch):
    """Said in the report and on the take; a second time it is a clear failure."""
    import torch

    fails = {"full"}

    def place(pipeline, wanted):
        if wanted.mode in fails:
            raise torch.OutOfMemoryError("CUDA out of memory")
        pipeline.set_progress_bar_config(disable=True)
        return pipeline

    monkeypatch.setattr(pipelines, "place", place)
    monkeypatch.setattr(engine_room, "best_device", lambda wanted: "cuda")
    engine, heard = open_engine("tiny-ltx"), []
    make(engine, clip(), report=lambda progress, words: heard.append(words))
    assert "out of memory in mode full: trying mode offload" in heard
    assert engine.explain(clip())["memory"] == "out of memory in mode full; made in mode offload"
    fails.add("offload")
    with pytest.raises(EngineError, match=r"tiny-ltx ran out of memory in mode offload: .*oner engines check"):
        make(open_engine("tiny-ltx"), clip())


@pytest.fixture
def copy(tiny_engines, tmp_path, monkeypatch):
    """A pipeline that may be damaged, as the engine `mine`."""

    def at(kind: str, more: str = "") -> object:
        folder = shutil.copytree(tiny_engines / kind, tmp_path / "copy")
        monkeypatch.setenv("ONER_HOME", str(tmp_path))
        user_file().write_text(
            f'[[engine]]\nname = "mine"\nfolder = "{folder}"\npipelines = {{ text = "WanPipeline" }}\n'
            f'sizes = ["64x48"]\nframes = {{ step = 4, least = 9, most = 9 }}\nrate = 24\nsteps = 2\n'
            f'dtype = "float32"\n{more}'
        )
        return folder

    return at


WEIGHTS = "transformer/diffusion_pytorch_model.safetensors"


@pytest.mark.parametrize("damage", ["missing", "short", "pickle", "foreign", "not a pipeline"])
def test_damaged_folders_are_refused(copy, make, damage):
    """Before anything is queued where a look is enough; always by name, and never by reading a pickle."""
    folder = copy("wan-text")
    file = folder / WEIGHTS
    fault = {
        "missing": "mine cannot be loaded from",
        "short": r"model\.safetensors is damaged: it has \d+ bytes",
        "pickle": "is a pickle, which can hold programs and is never read",
        "foreign": "mine cannot be loaded from|is damaged",
        "not a pipeline": "holds no model_index.json",
    }[damage]
    if damage == "missing":
        file.unlink()
    elif damage == "short":
        file.write_bytes(file.read_bytes()[:-100])
    elif damage == "pickle":
        file.rename(file.with_suffix(".bin"))
    elif damage == "foreign":
        shutil.copy(folder / "vae" / "diffusion_pytorch_model.safetensors", file)
    else:
        (folder / "model_index.json").unlink()
    with pytest.raises((EngineError, RequestError), match=fault):
        make("mine", clip())


def test_a_single_file_takes_the_place_of_the_denoiser(copy, make, tmp_path):
    """One .safetensors beside the folder, as fine-tunes are shared: other weights, other pixels."""
    from safetensors.torch import load_file, save_file

    folder = copy("wan-text", f'file = "{tmp_path}/tuned.safetensors"\n')
    tensors = load_file(folder / WEIGHTS)
    save_file({name: tensor * 0.5 for name, tensor in tensors.items()}, tmp_path / "tuned.safetensors")
    assert not np.array_equal(make("mine", clip()), make("mine", clip(options={"guidance": 1.0})))


def test_a_lora_changes_the_pixels(make, tiny_engines, tmp_path):
    """As an option, or by its content with the request; its weight counts; a file that does not fit is named."""
    pytest.importorskip("peft")
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(1)
    at = "transformer.blocks.0.attn1.to_q"
    tensors = {f"{at}.lora_A.weight": torch.randn(2, 24), f"{at}.lora_B.weight": torch.randn(24, 2)}
    save_file(tensors, tmp_path / "style.safetensors")
    plain = make("tiny-wan", clip())
    styled = make("tiny-wan", clip(options={"lora": f"{tmp_path}/style.safetensors:5"}))
    assert not np.array_equal(plain, styled)
    style = Lora(media_ref(tmp_path / "style.safetensors"), 5.0)
    places = {style.file: tmp_path / "style.safetensors"}
    assert np.array_equal(make("tiny-wan", clip(loras=(style,)), places.__getitem__), styled)
    weaker = make("tiny-wan", clip(loras=(replace(style, weight=2.0),)), places.__getitem__)
    assert not np.array_equal(weaker, styled)
    save_file({"transformer.blocks.7.attn1.to_q.lora_A.weight": torch.randn(2, 24)}, tmp_path / "other.safetensors")
    with pytest.raises(EngineError, match=r"other\.safetensors does not fit WanPipeline"):
        make("tiny-wan", clip(options={"lora": f"{tmp_path}/other.safetensors"}))


def test_every_entry_says_truly_whether_it_takes_loras():
    """The catalogue's word is what diffusers' pipelines can do, so that a film is refused before anything is queued."""
    pytest.importorskip("diffusers")
    for entry in catalogue().entries.values():
        kinds = [pipelines.pipeline_class(name) for name in entry.pipelines.values()]
        assert all(hasattr(kind, "load_lora_weights") == entry.loras for kind in kinds), entry.name


def test_a_pipeline_that_diffusers_does_not_have(copy, make):
    """A newer model than the installed library: what to do."""
    copy("wan-text")
    user_file().write_text(user_file().read_text().replace("WanPipeline", "Wan9Pipeline"))
    with pytest.raises(EngineError, match="has no pipeline 'Wan9Pipeline': pip install -U diffusers"):
        make("mine", clip())


def test_an_argument_that_the_pipeline_does_not_take(copy, make):
    """A slip in one's own entry would change nothing; it is named."""
    copy("wan-text", "arguments = { guidance_scal = 3.0 }\n")
    with pytest.raises(RequestError, match="WanPipeline takes none of this name; did you mean 'guidance_scale'"):
        make("mine", clip())


def test_every_shipped_argument_is_one_of_its_pipelines():
    """Each is taken by all pipelines of its entry."""
    pytest.importorskip("diffusers")
    for entry in catalogue().entries.values():
        for operation in entry.pipelines:
            pipelines._kind(entry, operation)


def test_guidance_reaches_a_pipeline_that_is_not_told_in_the_call():
    """HunyuanVideo 1.5 has it in its guider."""
    diffusers, torch = pytest.importorskip("diffusers"), pytest.importorskip("torch")

    class Pipeline:
        guider, transformer = diffusers.ClassifierFreeGuidance(guidance_scale=7.5), torch.nn.Identity()

        def __call__(self, prompt, num_frames, generator, output_type):
            return SimpleNamespace(frames=np.full((1, num_frames, 8, 8, 3), self.guider.guidance_scale / 10))

    asked = Run("text", Window(0, 5, 5, 0, PROMPT, 1), 8, 8, steps=2, guidance=2.0)
    made, _ = run(Pipeline(), catalogue().entries["hunyuan-video-1.5"], asked, lambda done: None)
    assert (made.shape, made.mean()) == ((5, 8, 8, 3), 51)


def test_cancelling_stops_between_two_steps(make):
    """Not at the end of the clip: the model is not asked for the steps that are left."""
    heard = []

    def stop(progress, words):
        heard.append(words)
        if words == "step 2 of 40":
            raise Cancelled("enough")

    with pytest.raises(Cancelled, match="enough"):
        make("tiny-ltx", clip(options={"steps": 40}), report=stop)
    assert "step 40 of 40" not in heard


def test_a_safety_checker_is_heard(make, monkeypatch):
    """What the pipeline flags stands on the take; its pictures are left as it gives them."""
    whole = engine_room.run
    monkeypatch.setattr(engine_room, "run", lambda *given: (whole(*given)[0], "the checker found fault"))
    engine = open_engine("tiny-ltx")
    make(engine, clip())
    assert engine.explain(clip())["safety"] == "the checker found fault"


def test_a_gguf_file_takes_the_place_of_the_denoiser(copy, make, tmp_path):
    """As quantised models are shared: the file has the denoiser, the folder everything else."""
    gguf = pytest.importorskip("gguf")
    from safetensors.numpy import load_file

    folder = copy("wan-text", f'file = "{tmp_path}/tuned.gguf"\n')
    writer = gguf.GGUFWriter(tmp_path / "tuned.gguf", "wan")
    for name, tensor in load_file(folder / WEIGHTS).items():
        writer.add_tensor(name, np.ascontiguousarray(tensor, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    assert make("mine", clip()).std() > 1

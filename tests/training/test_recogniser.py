"""The recogniser: what it learns, what it takes and what it refuses."""

import json
from dataclasses import asdict
from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from oner.errors import InputError
from oner.training.attributes import ATTRIBUTES, checked, filmed, truth_of, with_truth
from oner.training.movement import CHANNELS, mirrored, movement
from oner.training.recogniser import Recogniser, RecogniserConfig, load_recogniser, save_recogniser
from oner.training.recogniser_data import Bank, degraded, halved
from oner.training.recogniser_run import RecogniserRun, train_recogniser
from oner.training.shards import write_shard
from oner.worlds.description import Description, SubjectDescription

TINY = RecogniserConfig(channels=(4, 8, 8, 8), queries=2, features=16, motion=8)
RED = Description("desert", (SubjectDescription("car", colour="red"),), camera="static")
BLUE = Description("ocean", camera="pan left")


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def sample(description: Description, colour: tuple[int, int, int], seed: int, clip: bool) -> dict[str, bytes]:
    """A noisy picture of one colour; a clip of it slides to the right if the camera pans to the left."""
    random = np.random.default_rng(seed)
    canvas = np.clip(np.array(colour) + random.normal(0, 25, (32, 64 + 24, 1)), 0, 255).astype(np.uint8)
    canvas = np.repeat(np.repeat(canvas, 2, 0), 2, 1)
    speed = 4 if description.camera == "pan left" else 0
    frames = [canvas[:, 40 - speed * t : 40 - speed * t + 128] for t in range(9 if clip else 2)]
    about = {
        "size": [128, 64], "aspect": "16:9", "frames": len(frames), "start": 0,
        "descriptions": [{"span": [0, len(frames)], "description": asdict(description)}],
    }  # fmt: skip
    members = {"json": json.dumps(about).encode()}
    for number, frame in enumerate(frames):
        file = BytesIO()
        Image.fromarray(frame).save(file, "PNG")
        members[f"{number}.jpg"] = file.getvalue()
    return members


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Two shards of desert clips that stand still and ocean clips that pan; clips as pictures, to spare the encoder."""
    monkeypatch.setattr("oner.training.shards.Sample.is_clip", property(lambda self: "8.jpg" in self.members))
    monkeypatch.setattr(
        "oner.training.shards.Sample.frames",
        lambda self: np.stack(
            [np.asarray(Image.open(BytesIO(self.members[f"{i}.jpg"]))) for i in range(len(self.members))]
        ),
    )
    folder = tmp_path / "data"
    folder.mkdir()
    for shard in range(2):
        samples = [
            (f"k{i}", sample(*((RED, (200, 90, 40)) if i % 2 else (BLUE, (40, 90, 200))), shard * 100 + i, i % 4 < 2))
            for i in range(12)
        ]
        write_shard(folder / f"train-{shard:05d}.tar", samples)
    return folder


def test_it_learns_to_tell_places_and_moves_apart(data, tmp_path):
    """After some steps on one shard, places and camera moves of the other are told right."""
    settings = RecogniserRun(steps=60, batch=8, every=60, rate=2e-2, config=TINY)
    path = train_recogniser(data, tmp_path / "run", settings=settings)
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    accuracy = lines[-1]["accuracy"]
    assert accuracy["place"] == accuracy["camera"] == accuracy["colour"] == 1.0
    assert load_recogniser(path).config == TINY


def test_a_run_goes_on_where_it_stopped(data, tmp_path):
    """Four steps in two goes give the weights of four in one."""
    once = RecogniserRun(steps=4, batch=4, every=2, config=TINY)
    train_recogniser(data, tmp_path / "one", settings=once)
    stopped = RuntimeError("stop")

    def stop(share, words):
        if share == 0.5:
            raise stopped

    with pytest.raises(RuntimeError, match="stop"):
        train_recogniser(data, tmp_path / "two", settings=once, report=stop)
    train_recogniser(data, tmp_path / "two", settings=once)
    one, two = (load_recogniser(tmp_path / run / "recogniser.safetensors").state_dict() for run in ("one", "two"))
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_without_data_it_says_so(tmp_path):
    """A folder without shards is an error that names the command that makes them."""
    with pytest.raises(InputError, match="oner worlds render"):
        train_recogniser(tmp_path, tmp_path / "run", settings=RecogniserRun(steps=1, config=TINY))


@pytest.mark.parametrize(("shape", "camera"), [((2, 1, 32, 48, 3), False), ((1, 9, 48, 32, 3), True)])
def test_pictures_and_clips_are_recognised(shape, camera):
    """Pictures get every attribute but the camera move, clips all of them, as log-probabilities."""
    seen = Recogniser(TINY).eval()(torch.rand(shape) * 2 - 1)
    assert ("camera" in seen.scores) == camera
    assert seen.features.shape == (shape[0], TINY.features + TINY.motion)
    for name, scores in seen.scores.items():
        assert torch.allclose(scores.exp().sum(-1), torch.ones(shape[0]), atol=1e-4)
        assert len(seen.answers(name)) == shape[0]


@pytest.mark.parametrize("shape", [(9, 32, 48, 3), (1, 9, 30, 48, 3), (1, 9, 3, 32, 48), (1, 0, 32, 48, 3)])
def test_other_shapes_are_refused(shape):
    """Anything but (B, T, H, W, 3) with sides of multiples of 16 is refused with the shape."""
    with pytest.raises(InputError, match=r"multiples of 16"):
        Recogniser(TINY)(torch.zeros(shape))


def test_weight_files_come_back_and_foreign_ones_are_refused(tmp_path):
    """What is saved is loaded within fp16; pickles, other formats and missing files are told apart."""
    one = Recogniser(TINY).eval()
    save_recogniser(one, tmp_path / "r.safetensors")
    video = torch.rand(1, 9, 32, 48, 3)
    again = load_recogniser(tmp_path / "r.safetensors")
    assert torch.allclose(one(video).features, again(video).features, atol=0.02)
    torch.save({"a": 1}, tmp_path / "pickle.safetensors")
    save_file({"a": torch.zeros(1)}, tmp_path / "foreign.safetensors")
    with pytest.raises(InputError, match="no safetensors file"):
        load_recogniser(tmp_path / "pickle.safetensors")
    with pytest.raises(InputError, match="no recogniser"):
        load_recogniser(tmp_path / "foreign.safetensors")
    with pytest.raises(InputError, match="no such file"):
        load_recogniser(tmp_path / "missing.safetensors")


def test_movement_tells_the_shift_and_its_mirror_image():
    """A picture that slides two pixels a frame shows one half-resolution pixel; mirrored it shows the opposite."""
    texture = torch.nn.functional.interpolate(torch.rand(1, 3, 24, 44), scale_factor=2, mode="bicubic")[0]
    video = torch.stack([texture[:, :, 24 - 2 * t : 24 - 2 * t + 48] for t in range(9)]).permute(0, 2, 3, 1)[None]
    moved = movement(video)
    assert moved.shape == (1, CHANNELS, 6, 6)
    fits = moved[0, :49].view(7, 7, 6, 6).mean((2, 3))
    assert fits.argmax().item() == 3 * 7 + 4  # one to the right
    assert torch.allclose(movement(video.flip(3)), mirrored(moved), atol=1e-4)


def test_augmentation_keeps_shape_and_range():
    """Degraded pictures are pictures of the same size, and no two runs of one seed differ."""
    pictures = torch.rand(6, 32, 48, 3) * 2 - 1
    one, two = (degraded(pictures, torch.Generator().manual_seed(3)) for _ in range(2))
    assert one.shape == pictures.shape
    assert one.abs().max() <= 1
    assert torch.equal(one, two)


def test_training_size_is_the_exact_mean():
    """Pictures are halved by the mean of four pixels."""
    frames = np.arange(16, dtype=np.uint8).reshape(1, 4, 4, 1).repeat(3, 3)
    assert halved(frames)[0, :, :, 0].tolist() == [[2, 4], [10, 12]]


def test_bank_keeps_shards_apart(data, tmp_path):
    """The first shard only measures; new shards are taken in once."""
    bank = Bank(data, tmp_path / "bank")
    assert bank.refresh() == 2
    assert bank.refresh() == 0
    assert len(bank.groups(held=True)["16:9"]) == len(bank.groups()["16:9"]) == 1
    pictures, numbers = bank.pictures(5, torch.Generator().manual_seed(0))
    assert pictures.shape == (5, 32, 64, 3)
    assert numbers.shape == (5, len(ATTRIBUTES) - 1)


def test_truth_is_that_of_the_filmed_subject():
    """People come before things; what a prompt clearly says is put into the description."""
    house, dog = SubjectDescription("house", colour="white"), SubjectDescription("dog")
    description = Description("meadow", (house, dog))
    assert filmed(description) is dog
    assert truth_of(description)["colour"] is None
    assert truth_of(Description("cave"))["subject"] == "none"
    assert truth_of(Description("cave", (SubjectDescription("car", colour="red"),), look="sepia"))["colour"] is None
    shown = truth_of(with_truth(description, {"subject": "cat", "colour": "black", "look": "animation"}))
    assert (shown["subject"], shown["colour"], shown["look"]) == ("cat", "black", "animation")
    with pytest.raises(InputError, match="attribute 'mood'"):
        checked({"mood": "sad"})
    with pytest.raises(InputError, match="time 'tea'"):
        checked({"time": "tea"})

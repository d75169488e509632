import json
import multiprocessing
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from oner.errors import MediaError
from oner.media import decode_frames
from oner.timing import Span
from oner.training.render_crew import render
from oner.training.rendering import about, captions_of, pictures_of, render_shard, rendered, shards_of
from oner.training.sampling import KINDS, SIZES, Plan, Turn, plan_shard
from oner.training.shards import read_shard, read_shards
from oner.worlds.blocking import blocking_of
from oner.worlds.description import Description, SubjectDescription
from oner.worlds.held_out import is_held_out

PLANS = [plan for number in range(4) for plan in plan_shard(5, "train", number)]
LAKE = Description("lake", (SubjectDescription("boat", "red", "float"),), camera="push in")


def worlds(plan: Plan) -> list[Description]:
    return [plan.description] + ([plan.turn.description] if plan.turn else [])


def small_clip(frames: int = 9, **others) -> Plan:
    return Plan("k", LAKE, 3, "16:9", tuple(range(frames)), True, 1, **others)


def test_a_shard_is_a_function_of_seed_kind_and_number():
    """Planned again it is the same, and a shorter one is its beginning; any other number gives something else."""
    assert plan_shard(5, "train", 1) == PLANS[256:512]
    assert plan_shard(5, "train", 1, 7) == PLANS[256:263]
    assert plan_shard(5, "probe", 1)[0].description != PLANS[256].description


def test_training_never_holds_what_is_held_out():
    """Held-out combinations are in every held-out sample and in no other, second worlds included."""
    for kind in KINDS:
        for plan in plan_shard(1, kind, 0):
            assert all(is_held_out(world) == (kind == "held-out") for world in worlds(plan))


@pytest.mark.parametrize("kind", ["pictures", "clips"])
def test_one_kind_only(kind):
    """The kind `pictures` has no clips, `clips` nothing else, and both have other scenes than `train`."""
    plans = plan_shard(5, kind, 0, 64)
    assert all(plan.clip == (kind == "clips") for plan in plans)
    assert plans[0].description != PLANS[0].description


def test_the_mix():
    """Lengths are 1 + 4k, changes lie where latent frames begin, and everything planned occurs about as often."""
    clips = [plan for plan in PLANS if plan.clip]
    assert 0.5 < len(clips) / len(PLANS) < 0.6
    assert all(len(plan.times) % 4 == 1 for plan in clips)
    assert all(len(plan.times) == 4 and not plan.turn for plan in PLANS if not plan.clip)
    turns = [plan for plan in clips if plan.turn]
    assert all(plan.turn.frame % 4 == 1 and 4 < plan.turn.frame < len(plan.times) for plan in turns)
    assert 0.04 < sum(plan.turn.passage for plan in turns) / len(clips) < 0.12
    assert 0.04 < sum(not plan.turn.passage for plan in turns) / len(clips) < 0.12
    assert {plan.turn.kind for plan in turns} == {"door", "window", "mirror", "dark", "cut", "dissolve"}
    assert set(Counter(plan.speed for plan in clips)) == {"slow", "normal", "fast"}


def test_changes_stay_in_their_place():
    """A prompt that changes in mid-clip changes one thing; the place and the people stay."""
    for plan in PLANS:
        if plan.turn and not plan.turn.passage:
            a, b = worlds(plan)
            assert a != b
            assert (a.place, a.camera, len(a.subjects)) == (b.place, b.camera, len(b.subjects))


def test_captions_say_the_speed_and_the_opening():
    """The first caption is long and English and says everything; no wording contradicts the camera's speed."""
    for seed in range(20):
        texts = captions_of(LAKE, seed, "fast", "mirror")
        assert texts[0]["text"].endswith(
            "Cinematic look. The camera moves fast. The camera flies through a mirror into another world."
        )
        assert {(text["language"], text["length"]) for text in texts} >= {
            ("en", "long"),
            ("en", "short"),
            ("fr", "long"),
        }
        assert not any("slow" in text["text"].lower() for text in texts)
        assert all("mirror" in t["text"] or "miroir" in t["text"] for t in texts)
    for camera, speed in (("orbit", "normal"), ("tracking", "slow")):
        assert "moves" not in captions_of(replace(LAKE, camera=camera), 0, speed)[0]["text"]


def test_the_json_says_what_is_where():
    """Spans of a changing clip tile it, each with its own world and captions."""
    turn = Turn(9, replace(LAKE, time="night"), "dissolve", 3)
    made = json.loads(json.dumps(about(small_clip(17, turn=turn), [[0.0]] * 17)))
    assert len(made["blocking"]) == 17
    assert [part["span"] for part in made["captions"]] == [[0, 9], [9, 17]]
    assert [part["description"]["time"] for part in made["descriptions"]] == ["golden hour", "night"]
    assert "at night" in made["captions"][1]["texts"][0]["text"]
    assert (made["transition"], made["transition_frames"]) == ("dissolve", 3)


def test_a_clip_is_kept_nearly_as_drawn(tmp_path):
    """What is decoded is what was rendered, within the codec's error, and rendering again gives the same bytes."""
    plan = small_clip()
    members = rendered(plan, tmp_path)
    assert members == rendered(plan, tmp_path)
    frames = np.stack(list(decode_frames(members["mp4"]))).astype(float)
    drawn = np.stack([picture for picture, _ in pictures_of(plan)]).astype(float)
    assert frames.shape == (9, 160, 288, 3)
    assert 10 * np.log10(255**2 / np.mean((frames - drawn) ** 2)) > 36


def drawn(plan) -> list[np.ndarray]:
    return [picture for picture, _ in pictures_of(plan)]


def test_pictures_come_with_their_blocking(tmp_path):
    """Of clips and passages every picture has the camera that it was drawn from; the JSON keeps them."""
    plan = small_clip(9)
    told = json.loads(rendered(plan, tmp_path)["json"])["blocking"]
    assert np.allclose(told, blocking_of([(plan.description, Span(0, 9))], plan.seed, 288 / 160), atol=1e-3)
    passage = small_clip(9, turn=Turn(5, replace(LAKE, time="night"), "door", 4))
    eyes = np.array([numbers[1:4] for _, numbers in pictures_of(passage)])
    assert np.abs(eyes - np.array(told)[:, 1:4]).max() > 0.5  # the camera leaves its own way for the door


def test_cuts_and_dissolves():
    """Before the change the first world, after it the second, and in a dissolve a mixture of both."""
    night = replace(LAKE, time="night")
    before = drawn(small_clip(7))
    after = drawn(replace(small_clip(7), description=night))
    cut = drawn(small_clip(7, turn=Turn(5, night, "cut")))
    assert np.array_equal(cut[4], before[4])
    assert np.array_equal(cut[5], after[5])
    mixed = drawn(small_clip(7, turn=Turn(5, night, "dissolve", 1)))
    assert np.array_equal(mixed[4], before[4])
    assert np.array_equal(mixed[6], after[6])
    assert np.abs(mixed[5] - (before[5] * 0.5 + after[5] * 0.5)).max() <= 1


def test_shards_are_whole_shuffled_and_left_alone(tmp_path, monkeypatch):
    """A shard holds every planned sample once, nothing partial is left, and it is not rendered twice."""
    monkeypatch.setitem(SIZES, "16:9", (64, 32))
    monkeypatch.setitem(SIZES, "9:16", (32, 64))
    monkeypatch.setitem(SIZES, "1:1", (32, 32))
    stills = [replace(plan, clip=False, times=plan.times[:2], turn=None) for plan in PLANS[:5]]
    monkeypatch.setattr("oner.training.rendering.plan_shard", lambda *_: stills)
    (tmp_path / "train-00000.partial").mkdir()  # what a killed run leaves
    done = []
    path = render_shard(tmp_path, 5, "train", 0, 5, done.append)
    assert [entry.name for entry in tmp_path.iterdir()] == ["train-00000.tar"]
    samples = list(read_shards(tmp_path))
    assert sorted(sample.key for sample in samples) == [plan.key for plan in stills]
    assert done == [True] * 5
    assert samples[0].frames().shape == (2, *samples[0].size[::-1], 3)
    assert not samples[0].is_clip
    written = path.stat().st_mtime_ns
    render_shard(tmp_path, 5, "train", 0, 5)
    assert path.stat().st_mtime_ns == written


def test_a_shard_goes_on_behind_its_last_sample(tmp_path, monkeypatch):
    """What an interrupted call drew is not drawn again; a sample of another plan, or half of one, is."""
    monkeypatch.setattr("oner.training.rendering.SIZES", dict.fromkeys(SIZES, (32, 32)))
    stills = [replace(plan, clip=False, times=plan.times[:2], turn=None) for plan in PLANS[:4]]
    monkeypatch.setattr("oner.training.rendering.plan_shard", lambda *_: stills)
    drawn = []

    def drawing(plan: Plan, folder):
        if len(drawn) == 3:
            raise KeyboardInterrupt
        drawn.append(plan.key)
        return rendered(plan, folder)

    monkeypatch.setattr("oner.training.rendering.rendered", drawing)
    with pytest.raises(KeyboardInterrupt):
        render_shard(tmp_path, 5, "train", 0, 4)
    assert not list(tmp_path.glob("*.tar"))
    partial = tmp_path / "train-00000.partial"
    (partial / f"{stills[0].key}.json").unlink()
    other = partial / f"{stills[1].key}.json"
    other.write_text(json.dumps(json.loads(other.read_text()) | {"seed": -1}))
    drawn.clear()
    new = []
    render_shard(tmp_path, 5, "train", 0, 4, new.append)
    assert new == [True, True, False, True]
    assert drawn == [stills[0].key, stills[1].key, stills[3].key]
    assert sorted(sample.key for sample in read_shards(tmp_path)) == [plan.key for plan in stills]
    assert all(sample.about["seed"] != -1 for sample in read_shards(tmp_path))


def test_a_crashed_worker_is_followed_by_another(tmp_path):
    """Drivers crash; rendering goes on, and every sample is there once."""
    killed, told = [], []

    def report(share: float, words: str) -> None:
        told.append(words)
        for worker in multiprocessing.active_children()[: not killed]:
            killed.append(worker.pid)
            worker.kill()

    assert render(tmp_path, 40, 5, "pictures", 1, report) == 40  # seconds of work: it is killed within
    assert killed
    assert "a render worker ended; others go on" in told
    assert len({sample.key for sample in read_shards(tmp_path)}) == 40


def test_the_last_shard_may_be_short():
    """Samples are dealt out in shards of 256."""
    assert shards_of(600) == [256, 256, 88]


def test_a_damaged_shard_is_named(tmp_path):
    """Reading something else is an error with the file's name."""
    (tmp_path / "a.tar").write_bytes(b"not a tar" * 100)
    with pytest.raises(MediaError, match=r"a\.tar"):
        list(read_shard(tmp_path / "a.tar"))

"""Clips from servers: each profile's dialect against a server that speaks it, orders that survive, clear failures."""

import json
import sys
from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest

from oner.engines import engine_names, open_engine
from oner.engines.places import receipts_folder
from oner.engines.recipe import request_in
from oner.engines.videos_api import profiles
from oner.errors import Cancelled, EngineError, InputError, OnerError, RequestError
from oner.film import GivenFrame, PromptSpan
from oner.media import FrameWriter, media_ref, probe, read_frames, read_png, save_png
from oner.timing import Span


def silent(progress: float, words: str) -> None:
    pass


def render(clip, out, locate=None, report=silent):
    engine = open_engine("cloud")
    engine.render(clip, locate, out, report)
    return engine


@pytest.fixture
def out(tmp_path):
    (tmp_path / "out").mkdir()
    return tmp_path / "out" / "clip.mp4"


DIALECTS = {  # profile -> manners of such a server, fields that its order has, fields that it has not
    "oner": ({}, {"seconds": "1", "size": "64x36", "seed": "7"}, {"num_frames"}),
    "openai": ({}, {"seconds": "4", "size": "1280x720"}, {"seed", "num_frames"}),
    "vllm-omni": (
        {"accepts": ("multipart/form-data",), "detail": True},
        {"width": "64", "height": "48", "num_frames": "9", "fps": "16", "seed": "7"},
        {"seconds", "size"},
    ),
    "sglang": (
        {"accepts": ("application/json",), "lists": False, "failed_as_500": False},
        {"size": "64x48", "num_frames": 9, "fps": 16, "seed": 7},
        {"seconds"},
    ),
    "fastvideo": ({"accepts": ("application/json",), "lists": False}, {"size": "64x48", "num_frames": 9}, {"seconds"}),
    "aquiles": ({"accepts": ("application/json",), "lists": False}, {"size": "64x36", "seconds": "1"}, {"seed"}),
    "litellm": ({"detail": True, "lists": False}, {"size": "1280x720", "seconds": "4"}, {"seed"}),
}


def test_every_profile_has_its_test():
    """A dialect that nothing speaks in a test is a guess."""
    assert set(DIALECTS) == set(profiles())


@pytest.mark.parametrize("profile", DIALECTS)
def test_each_dialect_is_spoken(profile, add_server, fake, clip, out):
    """The server gets the fields that it knows, and the film the size, rate and length that it asked for."""
    manners, has, has_not = DIALECTS[profile]
    for name, value in manners.items():
        setattr(fake.manners, name, value)
    add_server(profile, model="m-1")
    if profile in ("openai", "litellm"):
        fake.manners.rate = 1  # 4 s of 1280x720 take long to encode
    engine = render(clip, out)
    (order,) = fake.orders
    assert order.items() >= has.items()
    assert not has_not & order.keys()
    assert order["prompt"] == "a red boat on a lake"
    assert order["model"] == "m-1"
    assert fake.downloads == ["variant=video" if profile == "openai" else ""]
    video = probe(out).video
    assert (video.width, video.height, video.frames, video.rate) == (64, 36, 12, Fraction(24))
    assert request_in(probe(out).metadata) == (engine.name, clip)
    assert engine.explain(clip)["remote id"] == "video_1"


def test_servers_are_engines_by_name(add_server):
    """One word in film.toml is enough."""
    add_server()
    assert "cloud" in engine_names()
    engine = open_engine("cloud")
    assert engine.name.startswith("cloud@")
    assert "secret" not in json.dumps(
        [engine.name, vars(engine.server)["name"] if hasattr(engine.server, "__dict__") else ""]
    )


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"profile": "vlm"}, "profile 'vlm' is unknown; there are oner"),
        ({"url": "localhost"}, "begins with http"),
        ({"key": "sk-123456"}, "never the key itself"),
        ({"pric": 3}, "unknown field `pric`"),
        ({"limit": -1.0}, "not below 0"),
    ],
)
def test_mistakes_in_engines_toml_are_named(add_server, fields, fault):
    """Each says which server and what is allowed."""
    add_server(**fields)
    with pytest.raises(InputError, match=f"server cloud.*{fault}"):
        open_engine("cloud")


def test_the_first_picture_is_sent_as_a_file(add_server, fake, clip, out, tmp_path):
    """Frame 0 goes along in the size of the order; any other given frame is refused."""
    add_server()
    picture = tmp_path / "first.png"
    save_png(picture, np.full((36, 64, 3), 90, np.uint8))
    given = replace(clip, given=(GivenFrame(0, media_ref(picture)),))
    render(given, out, lambda ref: picture)
    assert fake.orders[0]["input_reference"].startswith(b"\x89PNG")
    with pytest.raises(RequestError, match="goes on from a first picture, or from the last of the first frames"):
        open_engine("cloud").check(replace(clip, given=(GivenFrame(3, media_ref(picture)),)))


def test_a_clip_goes_on_from_the_last_given_frame(add_server, fake, clip, out, tmp_path):
    """The frames before it are shown as they are; only what the server makes is ordered and paid."""
    add_server(price_per_second=1.0)
    path = tmp_path / "before.mp4"
    with FrameWriter(path, 64, 36, Fraction(24), quality="take", threads=1) as writer:
        for number in range(20):
            writer.write(np.full((36, 64, 3), 10 * number, np.uint8))
    before = media_ref(path)
    given = tuple(GivenFrame(frame, before, 12 + frame) for frame in range(8))
    request = replace(clip, frames=30, prompts=(PromptSpan("a red boat on a lake", Span(0, 30)),), given=given)
    engine = render(request, out, lambda ref: path)
    made = [frame.mean() for frame in read_frames(out)]
    assert len(made) == 30
    assert made[:7] == pytest.approx([120 + 10 * number for number in range(7)], abs=4)
    assert made[7] == pytest.approx(190, abs=8)  # the server's first frame in the colours of the one it was given
    assert fake.orders[0]["seconds"] == "1"  # 23 frames, not 30
    assert engine.explain(request)["cost"] == "1.0000"
    (tmp_path / "sent.png").write_bytes(fake.orders[0]["input_reference"])
    assert read_png(tmp_path / "sent.png").mean() == pytest.approx(190, abs=4)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"start": 5}, "cannot carry on a scene"),
        ({"frames": 12000, "prompts": (PromptSpan("a", Span(0, 12000)),)}, "frames=12000"),
        ({"prompts": (PromptSpan("a", Span(0, 6)), PromptSpan("b", Span(6, 12)))}, "one prompt a clip"),
        ({"options": {"siz": "64x36"}}, "did you mean 'size'"),
        ({"options": {"size": "large"}}, "WIDTHxHEIGHT"),
    ],
)
def test_what_no_server_can_do_is_refused_before_it_is_ordered(add_server, fake, clip, change, fault):
    """The order costs; the answer comes first."""
    add_server()
    with pytest.raises(RequestError, match=fault):
        open_engine("cloud").check(replace(clip, **change))
    assert fake.orders == []


def test_a_busy_server_is_asked_again(add_server, fake, clip, out):
    """Two refusals, then one order."""
    add_server()
    fake.manners.busy = 2
    render(clip, out)
    assert len(fake.orders) == 1


def test_a_restart_goes_on_with_the_same_order(add_server, fake, clip, out):
    """Stopped while the server works: the next try waits for the same video and pays nothing more."""
    add_server(price_per_second=0.1)
    fake.manners.polls = 5

    def stop(progress: float, words: str) -> None:
        if words == "in_progress":
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        render(clip, out, report=stop)
    assert list(out.parent.iterdir()) == []
    engine = render(clip, out)
    assert len(fake.orders) == 1
    assert engine.explain(clip)["cost"] == "0.1000"


@pytest.mark.parametrize("profile", ["oner", "vllm-omni"])
def test_an_order_whose_answer_was_lost_is_found_again(add_server, fake, clip, out, profile):
    """The server took the order and died before it said so: it is found in the list, not ordered anew."""
    add_server(profile, price_per_second=0.1)
    fake.manners.swallow = 1
    render(clip, out)
    assert len(fake.orders) == 1


def test_a_lost_order_is_not_taken_for_that_of_another_take(add_server, fake, clip, out):
    """Takes of one shot have the same words; the video of the other take is known from its receipt."""
    add_server("vllm-omni", price_per_second=0.1)
    render(clip, out)
    out.unlink()
    fake.manners.swallow = 1
    other = replace(clip, seed=8)
    assert render(other, out).explain(other)["remote id"] == "video_2"
    assert [order["seed"] for order in fake.orders] == ["7", "8"]


def test_another_model_is_another_order(add_server, fake, clip, out):
    """What the server's model of before has made of the same request is not taken for its own."""
    for model in ("one", "two"):
        add_server(model=model)
        render(clip, out)
        out.unlink()
    assert [order["model"] for order in fake.orders] == ["one", "two"]


def test_an_order_that_cannot_be_looked_up_is_never_paid_twice(add_server, fake, clip, out):
    """Where the server has no list, the user is told where to look and what to remove."""
    add_server("fastvideo", price_per_second=0.1)
    fake.manners.swallow = 1
    for _ in range(2):
        with pytest.raises(RequestError, match=r"may have been paid for: look there, then remove .*\.json"):
            render(clip, out)
    assert len(fake.orders) == 1
    next(receipts_folder().rglob("*.json")).unlink()
    render(clip, out)
    assert len(fake.orders) == 2


@pytest.mark.parametrize("ranges", [True, False])
def test_a_download_that_breaks_off_goes_on(add_server, fake, clip, out, ranges):
    """In the middle where the server can, from the begin where it cannot; the clip is whole and paid once."""
    add_server()
    fake.manners.break_at, fake.manners.ranges = 2000, ranges
    render(clip, out)
    assert len(fake.downloads) == 2
    assert len(fake.orders) == 1
    assert len(list(read_frames(out))) == 12


def test_a_video_that_is_gone_is_ordered_again(add_server, fake, clip, out):
    """Made before and thrown away by the server since: it has to be made anew."""
    add_server()
    render(clip, out)
    out.unlink()
    render(clip, out)
    assert len(fake.orders) == 1  # still there: fetched again
    out.unlink()
    fake.videos.clear()
    render(clip, out)
    assert len(fake.orders) == 2


def test_a_video_that_expired_is_ordered_again_if_it_was_fetched_before(add_server, fake, clip, out):
    """The server knows it and has its file no more; one that was never fetched is not paid again unasked."""
    add_server(price_per_second=0.1)
    fake.manners.expired = True
    for _ in range(2):
        with pytest.raises(EngineError, match=r"video_1 was made and may have been paid for: .* remove .*\.json"):
            render(clip, out)
    assert len(fake.orders) == 1
    fake.manners.expired = False
    render(clip, out)
    out.unlink()
    fake.manners.expired = True
    with pytest.raises(EngineError, match="video_1 was fetched before and is gone: the next try orders it again"):
        render(clip, out)
    fake.manners.expired = False
    assert render(clip, out).explain(clip)["remote id"] == "video_2"


@pytest.mark.parametrize(
    ("profile", "manners", "kind", "fault"),
    [
        ("oner", {"failed": {"code": "moderation_blocked", "message": "not this"}}, RequestError, "not this"),
        ("oner", {"failed": {"code": "server_error", "message": "no GPU"}}, EngineError, r"no GPU \(server_error\)"),
        ("sglang", {"failed_as_500": True}, EngineError, "could not make video_1: the GPU caught fire"),
        ("oner", {"short": True, "polls": 0}, EngineError, "delivered 0.50 s instead of 0.92 s"),
        ("oner", {"rubbish": True}, EngineError, "delivered what is no video"),
        ("vllm-omni", {"accepts": (), "detail": True}, RequestError, "is not taken here"),
    ],
)
def test_failures_carry_the_servers_words(add_server, fake, clip, out, profile, manners, kind, fault):
    """Failed jobs (as the API has them, and as errors), refusals, short and broken deliveries; nothing is left."""
    clip = replace(clip, frames=22, prompts=(PromptSpan("a red boat", Span(0, 22)),))
    add_server(profile)
    for name, value in manners.items():
        setattr(fake.manners, name, value)
    with pytest.raises(kind, match=fault):
        render(clip, out)
    assert list(out.parent.iterdir()) == []


def test_a_wrong_key_is_said_and_nothing_is_kept_of_it(add_server, fake, clip, out, monkeypatch):
    """The message names where the key comes from, never the key."""
    add_server()
    monkeypatch.setenv("FAKE_KEY", "wrong-secret")
    with pytest.raises(RequestError, match=r"does not accept the key \(env:FAKE_KEY\)") as caught:
        render(clip, out)
    assert "wrong-secret" not in str(caught.value)
    monkeypatch.delenv("FAKE_KEY")
    with pytest.raises(OnerError, match="set the environment variable FAKE_KEY"):
        render(clip, out)


def test_a_server_that_is_not_there_is_said(add_server, fake, clip, out):
    """After some tries; the address is named."""
    add_server(url="http://127.0.0.1:9/v1", patience=0.0001)
    with pytest.raises(EngineError, match=r"cannot be reached at http://127\.0\.0\.1:9/v1"):
        render(clip, out)


def test_a_server_that_never_finishes_is_given_up(add_server, fake, clip, out):
    """The order stands: the next try finds it done."""
    add_server(timeout_seconds=0.05)
    fake.manners.polls = 10**6
    with pytest.raises(EngineError, match=r"did not finish video_1 within 0\.05 s"):
        render(clip, out)
    fake.manners.polls = 0
    render(clip, out)
    assert len(fake.orders) == 1


def test_no_secret_is_in_a_take_or_a_receipt(add_server, fake, clip, out):
    """Recipe, notes and receipts are free of the key."""
    add_server()
    engine = render(clip, out)
    receipt = next(receipts_folder().rglob("*.json")).read_text()
    assert "secret-key" not in receipt + json.dumps(probe(out).metadata) + json.dumps(engine.explain(clip))
    assert b"secret-key" not in out.read_bytes()


def test_a_key_may_lie_in_the_system_keyring(add_server, fake, clip, out, monkeypatch):
    """Asked for when it is needed; without the package, or without the key, it is said what to do."""
    add_server(key="keyring:cloud")
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(EngineError, match="pip install keyring"):
        render(clip, out)
    keys = {"cloud": None}
    monkeypatch.setitem(sys.modules, "keyring", SimpleNamespace(get_password=lambda service, user: keys[service]))
    with pytest.raises(EngineError, match="keyring set cloud oner"):
        render(clip, out)
    keys["cloud"] = "secret-key"
    render(clip, out)
    assert len(fake.orders) == 1

"""Servers in a film: beside other engines, with their price, and never beyond the limit."""

import json
from dataclasses import replace

import numpy as np
import opentimelineio as otio
import pytest

from oner.engines import open_engine
from oner.errors import RequestError
from oner.film import JobState
from oner.media import media_ref, probe, read_frames, save_png
from oner.script.film_edit import set_film_value, set_shot_value
from oner.store import Wanted, open_store
from oner.studio.spending import check_shoot, spent
from oner.studio.worker import work


def change(project, *edits) -> None:
    """Set keys of film.toml: (shot or None, key, value)."""
    path = project / "film.toml"
    text = path.read_text()
    for shot, key, value in edits:
        plain = "a table" if isinstance(value, dict) else value
        text = set_film_value(text, key, plain) if shot is None else set_shot_value(text, shot, key, plain)
        if isinstance(value, dict):
            inside = ", ".join(f"{name} = {json.dumps(given)}" for name, given in value.items())
            text = text.replace('"a table"', f"{{ {inside} }}")
    path.write_text(text)


def three_takes(oner, project):
    """Shoot a film of three shots with one take each: the takes by shot, and the project's files."""
    ran = oner("shoot", "-p", project, "--workers", 1, "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["made"] == 3
    ledger, files = open_store(project)
    with ledger:
        return {take.shot: take for take in ledger.takes()}, files


def test_three_engines_in_one_film(oner, new_project, add_server, fake):
    """Each shot by its own engine; takes, mp4s, the film and the timeline say which; a second shoot makes nothing."""
    add_server(price_per_second=0.1)
    change(
        new_project,
        (None, "takes", 1),
        ("verse-2", "engine", "worlds"),
        ("verse-2", "engine_options", {"samples": 1}),
        ("chorus-1", "engine", "cloud"),
    )
    takes, files = three_takes(oner, new_project)
    engines = {shot: take.engine.partition("@")[0] for shot, take in takes.items()}
    assert engines == {"verse-1": "testcard", "verse-2": "worlds", "chorus-1": "cloud"}
    assert takes["chorus-1"].notes["remote id"] == "video_1"
    paid = json.loads(oner("plan", "-p", new_project, "--json").out)["spent"]
    assert paid == float(takes["chorus-1"].notes["cost"]) > 0
    for take in takes.values():
        assert probe(files.locate(take.media)).metadata["engine"] == take.engine
    ran = oner("shoot", "-p", new_project, "--json")
    assert json.loads(ran.out) | {"seconds": 0} == {"found": 3, "made": 0, "failed": [], "seconds": 0}
    ran = oner("cut", "-p", new_project, "--draft", "--json")
    assert ran.code == 0, ran.err
    cut = json.loads(ran.out)
    assert cut["shots"] == 3
    told = json.loads(probe(cut["film"]).metadata["description"])["engines"]
    assert told == {take.engine: [shot] for shot, take in takes.items()}
    assert oner("export", "-p", new_project).code == 0
    (picked, *_) = otio.adapters.read_from_file(str(new_project / "film.otio")).video_tracks()
    named = {clip.name: clip.metadata["oner"]["engine"] for clip in picked.find_clips()}
    assert named == {shot: take.engine for shot, take in takes.items()}
    assert len(fake.orders) == 1


def test_an_engine_that_cannot_make_its_shot_stops_the_shoot_before_it_begins(oner, new_project, add_server, fake):
    """Nothing is queued, nothing is ordered; the shot is named."""
    add_server("aquiles")  # takes no first picture
    change(new_project, ("verse-2", "continues", True), ("verse-2", "engine", "cloud"))
    ran = oner("shoot", "-p", new_project)
    assert ran.code == 2
    assert "shot verse-2: cloud cannot make this clip" in ran.err
    ledger, _ = open_store(new_project)
    with ledger:
        assert ledger.jobs() == ()
    assert fake.orders == []


@pytest.mark.parametrize(
    ("edit", "fault"),
    [
        (("verse-2", "engine", "claud"), 'did you mean "cloud"'),
        (("verse-2", "engine_options", {"size": "64x36"}), "has engine_options and no engine"),
    ],
)
def test_mistakes_in_a_shots_engine_are_refused(oner, new_project, add_server, edit, fault):
    """With the line of film.toml."""
    add_server()
    change(new_project, edit)
    ran = oner("plan", "-p", new_project)
    assert ran.code == 2
    assert fault in ran.err
    assert "film.toml, line" in ran.err


def test_the_plan_shows_the_money(oner, new_project, add_server, fake):
    """Whole seconds are paid for, each take of its own; nothing is ordered to learn it."""
    add_server(price_per_second=0.5)
    change(new_project, (None, "engine", "cloud"))
    ran = oner("plan", "-p", new_project, "--json")
    assert ran.code == 0, ran.err
    planned = json.loads(ran.out)
    seconds = [-(-shot["frames"] // 24) for shot in planned["shots"]]
    assert planned["spent"] == 0
    assert planned["money"] == pytest.approx(sum(seconds) * 2 * 0.5)
    assert planned["shots"][0]["engine_notes"]["cost"] == f"{seconds[0] * 0.5:.4f}"
    assert fake.orders == []


def test_the_limit_is_refused_before_anything_is_queued(oner, new_project, add_server, fake):
    """With what it would cost and what is allowed."""
    add_server(price_per_second=0.5, limit=3.0)
    change(new_project, (None, "engine", "cloud"))
    ran = oner("shoot", "-p", new_project)
    assert ran.code == 2
    assert "$0.00 are spent and the limit of a project is $3.00" in ran.err
    assert fake.orders == []


def test_the_limit_stops_a_shoot_in_the_middle(tmp_path, add_server, fake, clip):
    """Two clips fit, the others are not ordered; the ledger says why, and what was made stays."""
    add_server(price_per_second=0.5, limit=1.2)
    engine = open_engine("cloud")
    project = tmp_path / "film"
    project.mkdir()
    ledger, files = open_store(project)
    with ledger:
        ledger.want(engine.name, [Wanted(f"s{n}", 1, replace(clip, seed=n)) for n in range(4)])
        assert work(ledger, files, engine, "me") == 2
        failed = ledger.jobs(state=JobState.FAILED)
        assert len(failed) == 2
        assert "the limit of $1.20 a project is reached: $1.00 are spent" in failed[0].error
        assert len(ledger.takes()) == 2
    assert len(fake.orders) == 2


def test_what_was_ordered_and_never_came_counts_towards_the_limit(tmp_path, add_server, fake, clip):
    """Two clips are paid and broken: no third one is ordered, and these are fetched once they are whole."""
    add_server(price_per_second=0.5, limit=1.2)
    engine = open_engine("cloud")
    project = tmp_path / "film"
    project.mkdir()
    wanted = [Wanted(f"s{n}", 1, replace(clip, seed=n)) for n in range(4)]
    ledger, files = open_store(project)
    with ledger:
        for rubbish, made in ((True, 0), (False, 2)):
            fake.manners.rubbish = rubbish
            ledger.want(engine.name, wanted)
            assert work(ledger, files, engine, "me") == made
            errors = [job.error for job in ledger.jobs(state=JobState.FAILED)]
            assert len(errors) == 4 - made
            assert sum("$1.00 are spent or on order" in error for error in errors) == 2
        with pytest.raises(RequestError, match=r"cost \$0\.50 .* \$1\.00 are spent and the limit"):
            check_shoot(ledger, engine, [replace(clip, seed=9)])
    assert len(fake.orders) == 2


def test_the_limit_holds_when_the_servers_model_changes(tmp_path, add_server, fake, clip):
    """What was spent with another model of the same server is spent."""
    project = tmp_path / "film"
    project.mkdir()
    ledger, files = open_store(project)
    with ledger:
        for model, made in (("one", 1), ("two", 0)):
            add_server(price_per_second=0.5, limit=0.7, model=model)
            engine = open_engine("cloud")
            ledger.want(engine.name, [Wanted("s", 1, clip)])
            assert work(ledger, files, engine, "me") == made
        (failed,) = ledger.jobs(state=JobState.FAILED)
        assert "the limit of $0.70 a project is reached: $0.50 are spent" in failed.error
    assert len(fake.orders) == 1


def test_a_shoot_that_dies_goes_on_without_paying_twice(tmp_path, add_server, fake, clip):
    """What the server delivers is no video, three times; the next shoot fetches what was ordered."""
    add_server(price_per_second=0.5)
    engine = open_engine("cloud")
    project = tmp_path / "film"
    project.mkdir()
    fake.manners.rubbish = True
    ledger, files = open_store(project)
    with ledger:
        ledger.want(engine.name, [Wanted("s", 1, clip)])
        assert work(ledger, files, engine, "me") == 0
        assert ledger.jobs(state=JobState.FAILED)[0].tries == 3
        fake.manners.rubbish = False
        ledger.want(engine.name, [Wanted("s", 1, clip)])
        assert work(ledger, files, engine, "me") == 1
    assert len(fake.orders) == 1


def test_a_server_that_dies_in_the_middle_of_a_download(tmp_path, add_server, fake, clip):
    """No take and nothing spent, with the reason; once it lives, the next shoot fetches what was ordered."""
    add_server(price_per_second=0.5, patience=0.0001)
    engine = open_engine("cloud")
    project = tmp_path / "film"
    project.mkdir()
    fake.manners.break_at, fake.manners.dies = 2000, True
    ledger, files = open_store(project)
    with ledger:
        ledger.want(engine.name, [Wanted("s", 1, clip)])
        assert work(ledger, files, engine, "me") == 0
        (failed,) = ledger.jobs(state=JobState.FAILED)
        assert (failed.tries, ledger.takes(), spent(ledger)) == (3, (), 0)
        assert "cloud broke off" in failed.error
        fake.manners.dead = False
        ledger.want(engine.name, [Wanted("s", 1, clip)])
        assert work(ledger, files, engine, "me") == 1
        assert spent(ledger) == 0.5
    assert len(fake.orders) == 1


def test_a_wrong_key_fails_each_take_at_once(tmp_path, add_server, fake, clip, monkeypatch):
    """Another try would say the same; with the right key the next shoot makes them."""
    add_server(price_per_second=0.5)
    engine = open_engine("cloud")
    project = tmp_path / "film"
    project.mkdir()
    wanted = [Wanted(f"s{n}", 1, replace(clip, seed=n)) for n in range(2)]
    ledger, files = open_store(project)
    with ledger:
        for key, made in (("wrong", 0), ("secret-key", 2)):
            monkeypatch.setenv("FAKE_KEY", key)
            ledger.want(engine.name, wanted)
            assert work(ledger, files, engine, "me") == made
            failed = ledger.jobs(state=JobState.FAILED)
            assert [job.tries for job in failed] == [1] * (2 - made)
            assert all("does not accept the key (env:FAKE_KEY)" in job.error for job in failed)
            assert (len(ledger.takes()), spent(ledger), len(fake.orders)) == (made, 0.5 * made, made)


def test_a_shot_that_continues_goes_on_from_the_last_frame_of_its_take_before(oner, new_project, add_server, fake):
    """A server takes a first picture, so the shot before comes first; its frames around the cut are those of both."""
    add_server(price_per_second=0.5)
    change(new_project, (None, "engine", "cloud"), (None, "takes", 1), ("verse-2", "continues", True))
    planned = json.loads(oner("plan", "-p", new_project, "--json").out)
    assert "goes on from the last of" in planned["shots"][1]["engine_notes"]["made"]
    takes, files = three_takes(oner, new_project)
    before, after = takes["verse-1"], takes["verse-2"]
    shown = after.request.given
    assert {given.picture for given in shown} == {before.media}
    assert after.request.start == 0
    left, right = (list(read_frames(files.locate(take.media))) for take in (before, after))
    for given in shown:
        assert abs(left[given.source].mean() - right[given.frame].mean()) < 4
    assert [bool("input_reference" in order) for order in fake.orders] == [False, False, True]
    ran = oner("shoot", "-p", new_project, "--json")
    assert json.loads(ran.out) | {"seconds": 0} == {"found": 3, "made": 0, "failed": [], "seconds": 0}
    assert len(fake.orders) == 3


def test_a_first_picture_goes_with_the_order_and_a_last_one_is_refused(oner, new_project, add_server, fake):
    """A server takes one picture; the engines that could take both are named before anything is ordered."""
    add_server(price_per_second=0.5)
    save_png(new_project / "door.png", np.full((90, 160, 3), 120, np.uint8))
    change(new_project, (None, "engine", "cloud"), (None, "takes", 1), ("verse-2", "first", "door.png"))
    change(new_project, ("verse-1", "last", "door.png"))
    ran = oner("shoot", "-p", new_project)
    assert ran.code == 2
    assert "shot verse-1: cloud cannot end with door.png; engines that can: testcard, " in ran.err
    assert fake.orders == []
    change(new_project, ("verse-1", "last", None))
    takes, _ = three_takes(oner, new_project)
    assert [given.picture for given in takes["verse-2"].request.given] == [media_ref(new_project / "door.png")]
    assert [bool("input_reference" in order) for order in fake.orders] == [False, True, False]

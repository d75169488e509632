"""`oner cut` and `oner export`: the film and its timeline."""

import json

import opentimelineio as otio
import pytest

from oner.media import probe


def test_the_film_is_cut_once(oner, shot_project):
    """Frames, size and sound are those of the plan; nothing changed, nothing is cut again; a pick changes the film."""
    told = json.loads(oner("cut", "-p", shot_project, "--json").out)
    film = shot_project / "film.mp4"
    info = probe(film)
    assert told == {
        "film": str(film), "contact_sheet": str(shot_project / "film.png"), "frames": 288, "width": 64, "height": 36,
        "rate": "24", "shots": 3, "sample_rate": 44100, "kept": False,
    }  # fmt: skip
    assert (info.video.frames, info.video.profile, info.video.pixel_format) == (288, "High", "yuv420p")
    assert (shot_project / "film.png").is_file()
    before = film.read_bytes()
    ran = oner("cut", "-p", shot_project)
    assert "is there already: 3 shots, 0:12.00, 64x36, 24 fps" in ran.out
    assert film.read_bytes() == before
    picked = json.loads(oner("rushes", "-p", shot_project, "--json").out)["chorus-1"]["picked"]
    oner("pick", "chorus-1", 3 - picked, "-p", shot_project)
    assert " is cut: " in oner("cut", "-p", shot_project).out
    assert film.read_bytes() != before


def test_a_draft_stands_beside_the_film(oner, shot_project):
    """--draft writes draft.mp4; the film is not touched."""
    assert oner("cut", "--draft", "-p", shot_project).code == 0
    assert probe(shot_project / "draft.mp4").video.frames == 288
    assert not (shot_project / "film.mp4").exists()


def test_before_the_shoot_there_is_nothing_to_cut(oner, new_project):
    """Shots without takes are named with what to do; nothing is written."""
    for command, name in (("cut", "film.mp4"), ("export", "film.otio")):
        ran = oner(command, "-p", new_project)
        assert ran.code == 2
        assert "3 of 3 shots have no take (verse-1, verse-2, chorus-1): run `oner shoot`" in ran.err
        assert not (new_project / name).exists()


@pytest.mark.parametrize(
    ("out", "code", "words"),
    [
        ("film.mov", 2, "films are written as .mp4"),
        ("rushes", 2, "films are written as .mp4; try"),
        ("film.toml/film.mp4", 1, "cannot write"),
    ],
)
def test_places_where_no_film_can_be(oner, shot_project, out, code, words):
    """Refused at once, with a reason."""
    ran = oner("cut", "-p", shot_project, "-o", shot_project / out)
    assert ran.code == code
    assert words in ran.err


def test_a_vanished_take_is_noticed(oner, shot_project):
    """A shot whose takes are all gone is named; the film of before stays."""
    oner("cut", "-p", shot_project)
    before = (shot_project / "film.mp4").read_bytes()
    for take in (shot_project / "files").rglob("*.mp4"):
        take.unlink()
    ran = oner("cut", "-p", shot_project)
    assert ran.code == 2
    assert "3 of 3 shots have no take" in ran.err
    assert (shot_project / "film.mp4").read_bytes() == before


def test_the_timeline_opens_in_otio(oner, shot_project):
    """It opens again: a clip for each shot with its media there, the song, markers for sections and downbeats."""
    told = json.loads(oner("export", "-p", shot_project, "--json").out)
    out = shot_project / "film.otio"
    assert told == {"timeline": str(out), "clips": 3, "frames": 288}
    timeline = otio.adapters.read_from_file(str(out))
    picked = timeline.tracks[0]
    clips = [item for item in picked if isinstance(item, otio.schema.Clip)]
    assert len(clips) == 3
    assert sum(clip.duration().value for clip in clips) == 288
    for clip in clips:
        assert (shot_project / clip.media_reference.target_url).is_file()
        assert clip.available_range().duration.value > clip.duration().value
    assert {track.kind for track in timeline.tracks} == {"Video", "Audio"}
    assert len(timeline.tracks.markers) > 2
    assert "3 clips, 288 frames" in oner("export", "-p", shot_project).out


def test_other_timelines_are_refused(oner, shot_project):
    """Only .otio is written, and only where one can write."""
    ran = oner("export", "-p", shot_project, "-o", shot_project / "film.edl")
    assert ran.code == 2
    assert "timelines are written as .otio; try" in ran.err
    assert not (shot_project / "film.edl").exists()
    ran = oner("export", "-p", shot_project, "-o", shot_project / "film.toml" / "x.otio")
    assert ran.code != 0
    assert "cannot write" in ran.err

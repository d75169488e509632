from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest
from opentimelineio.opentime import RationalTime

from oner.cutting import export_otio, plan_cut
from oner.errors import MediaError
from oner.timing import Span


@pytest.fixture
def cut(kit):
    """A planned film of three shots with alternates, and its song."""

    def make(handle_frames=12):
        shots = kit.shots([24, 36, 12], s1=("dissolve", 7), s2=("zoom", 4))
        takes = {
            s.id: [kit.take(s.id, n, kit.numbered(len(s.span) + handle_frames + n - 1, step=1)) for n in (1, 2)]
            for s in shots
        }
        takes["s0"] = takes["s0"][:1]
        song_path, analysis = kit.song(72 / float(kit.rate) + 1)
        picks = {shot: of[0] for shot, of in takes.items()}
        return plan_cut(kit.storyboard(shots), picks, takes, analysis), song_path

    return make


def frames(span) -> Span:
    """An OTIO range as whole frames."""
    start, length = span.start_time.value, span.duration.value
    assert start == int(start)
    assert length == int(length)
    return Span(int(start), int(start + length))


@pytest.mark.parametrize("rate", [Fraction(24), Fraction(24000, 1001), Fraction(30000, 1001)])
def test_it_opens_again_with_the_same_frames(kit, cut, rate):
    """Read back, V1 has the picked takes with their handles, frame for frame, and the film is as long as planned."""
    kit.rate = rate
    timeline, song_path = cut()
    out = kit.folder / "film.otio"
    export_otio(timeline, kit.locate, song_path, out)
    film = otio.adapters.read_from_file(str(out))
    assert film.duration() == RationalTime(72, float(rate))
    picked = film.video_tracks()[0]
    clips = list(picked.find_clips())
    assert [c.name for c in clips] == ["s0", "s1", "s2"]
    assert [frames(c.source_range) for c in clips] == [c.source for c in timeline.clips]
    assert [frames(c.available_range()) for c in clips] == [c.available for c in timeline.clips]
    assert [frames(picked.range_of_child(c)) for c in clips] == [c.place for c in timeline.clips]
    assert film.metadata["oner"]["rate"] == f"{rate.numerator}/{rate.denominator}".removesuffix("/1")


def test_each_clip_names_its_engine(kit, cut):
    """By its full name, as it stands on the take, so that an editor can tell which model made what."""
    timeline, song_path = cut()
    names = ("wan-2.2-5b@2.0a1b2c3d", "worlds@1", "cloud@2.4e5f6a7b")
    clips = tuple(replace(clip, engine=name) for clip, name in zip(timeline.clips, names, strict=True))
    export_otio(replace(timeline, clips=clips), kit.locate, song_path, kit.folder / "film.otio")
    film = otio.adapters.read_from_file(str(kit.folder / "film.otio"))
    found = {clip.name: clip.metadata["oner"]["engine"] for clip in film.video_tracks()[0].find_clips()}
    assert found == dict(zip(("s0", "s1", "s2"), names, strict=True))


def test_transitions_reach_over_their_cut(kit, cut):
    """Dissolves are standard ones, others named; each reaches as far before and after its cut as planned."""
    timeline, song_path = cut()
    export_otio(timeline, kit.locate, song_path, kit.folder / "film.otio")
    film = otio.adapters.read_from_file(str(kit.folder / "film.otio"))
    found = [i for i in film.video_tracks()[0] if isinstance(i, otio.schema.Transition)]
    assert [(t.transition_type, t.name, t.in_offset.value, t.out_offset.value) for t in found] == [
        ("SMPTE_Dissolve", "dissolve", 3, 4),
        ("Custom_Transition", "zoom", 2, 2),
    ]
    assert isinstance(film.video_tracks()[0][1], otio.schema.Transition)


def test_alternates_lie_on_tracks_that_are_off(kit, cut):
    """Unused takes lie over their shots on a switched-off track, with their own lengths."""
    timeline, song_path = cut()
    export_otio(timeline, kit.locate, song_path, kit.folder / "film.otio")
    film = otio.adapters.read_from_file(str(kit.folder / "film.otio"))
    assert [track.enabled for track in film.video_tracks()] == [True, False]
    other = film.video_tracks()[1]
    clips = list(other.find_clips())
    assert [(c.name, c.media_reference.name) for c in clips] == [("s1", "s1-2"), ("s2", "s2-2")]
    assert [frames(other.range_of_child(c)) for c in clips] == [c.place for c in timeline.clips[1:]]
    assert [frames(c.available_range()) for c in clips] == [Span(0, 49), Span(0, 25)]


def test_paths_are_relative_and_lead_to_the_files(kit, cut):
    """Media are named relative to the timeline's folder, spaces and accents included, and are found from there."""
    timeline, song_path = cut()
    out = kit.folder / "for the editor" / "film.otio"
    export_otio(timeline, kit.locate, song_path, out)
    film = otio.adapters.read_from_file(str(out))
    addresses = [c.media_reference.target_url for c in film.find_clips()]
    assert len(addresses) == 6
    assert all(a.startswith("../") for a in addresses)
    for address in addresses:
        assert (out.parent / otio.url_utils.filepath_from_url(address)).is_file()


def test_the_song_lies_on_a1(kit, cut):
    """The song is on the first audio track, from its excerpt's first frame on and as long as the film."""
    timeline, song_path = cut()
    timeline = replace(timeline, song_span=timeline.song_span.shifted(kit.sample_rate))
    export_otio(timeline, kit.locate, song_path, kit.folder / "film.otio")
    film = otio.adapters.read_from_file(str(kit.folder / "film.otio"))
    (song,) = film.audio_tracks()[0].find_clips()
    assert frames(song.source_range) == Span(24, 96)
    assert frames(song.available_range()) == Span(0, 96)
    assert list(film.metadata["oner"]["song_samples"]) == [48_000, 192_000]


def test_markers_are_on_the_timeline(kit, cut):
    """Sections and downbeats are markers of the timeline, in two colours, at their frames."""
    timeline, song_path = cut()
    export_otio(timeline, kit.locate, song_path, kit.folder / "film.otio")
    film = otio.adapters.read_from_file(str(kit.folder / "film.otio"))
    found = [(int(m.marked_range.start_time.value), m.name, m.color) for m in film.tracks.markers]
    assert found == [
        (0, "verse 1", "GREEN"),
        (0, "bar 1", "CYAN"),
        (48, "verse 2", "GREEN"),
        (48, "bar 2", "CYAN"),
    ]


def test_lost_takes_are_offline_media(kit, cut):
    """A take whose file is gone becomes a missing reference that still tells its content."""
    timeline, song_path = cut()
    kit.locate(timeline.clips[1].alternates[0][1]).unlink()
    export_otio(timeline, kit.locate, song_path, kit.folder / "film.otio")
    film = otio.adapters.read_from_file(str(kit.folder / "film.otio"))
    lost = film.video_tracks()[1].find_clips()[0].media_reference
    assert isinstance(lost, otio.schema.MissingReference)
    assert lost.metadata["oner"]["sha256"] == timeline.clips[1].alternates[0][1].sha256


def test_a_folder_that_cannot_be_written_is_an_error(kit, cut):
    """A timeline that cannot be written says so and leaves nothing."""
    timeline, song_path = cut()
    Path(kit.folder / "taken").write_text("a file, not a folder")
    with pytest.raises(MediaError, match="cannot write"):
        export_otio(timeline, kit.locate, song_path, kit.folder / "taken" / "film.otio")

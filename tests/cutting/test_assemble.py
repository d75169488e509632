import json
from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace

from oner.cutting import assemble, plan_cut
from oner.cutting.assemble import ahead, song_excerpt
from oner.errors import Cancelled, MediaError
from oner.media import decode_sound, media_ref, probe, read_frames
from oner.media.mux import read_pictures
from oner.timing import Span


@pytest.fixture
def film(kit):
    """Plan and assemble shots of numbered greys; gives the timeline, the song's path and the film's path."""

    def make(lengths=(24, 12), quality="final", song=None, frames=None, **transitions):
        shots = kit.shots(list(lengths), **transitions)
        frames = frames or {}
        takes = {
            s.id: [kit.take(s.id, 1, frames[s.id] if s.id in frames else kit.numbered(len(s.span) + 12, step=3))]
            for s in shots
        }
        song_path, analysis = song or kit.song(sum(lengths) / 24)
        timeline = plan_cut(kit.storyboard(shots), {k: v[0] for k, v in takes.items()}, takes, analysis)
        out = kit.folder / "the film 'é'.mp4"
        assemble(timeline, kit.locate, song_path, out, quality)
        return timeline, song_path, out

    return make


def greys(path) -> np.ndarray:
    """Mean grey of each frame of a film."""
    return np.array([frame.mean() for frame in read_frames(path)])


def level(number: int, step: int = 3) -> int:
    """Grey of frame `number` of a take by `FilmKit.numbered`."""
    return 40 + step * number


def test_every_frame_is_the_planned_one(film):
    """Frame for frame, the film shows the take's frames after its handle, and is as long as planned."""
    timeline, _, out = film((24, 12, 20))
    expected = [level(6 + n) for clip in timeline.clips for n in range(len(clip.place))]
    assert np.abs(greys(out) - expected).max() < 1.2
    assert probe(out).video.frames == timeline.frames == 56


def test_a_dissolve_mixes_handle_frames(film):
    """Inside a dissolve both takes go on in time: the outgoing one into its handle, the incoming one out of it."""
    _, _, out = film((24, 24), s1=("dissolve", 6))
    seen = greys(out)
    for k in range(6):
        frame = 21 + k
        mix = (k + 0.5) / 6
        assert seen[frame] == pytest.approx((1 - mix) * level(6 + frame) + mix * level(6 + frame - 24), abs=1.5)
    assert seen[20] == pytest.approx(level(26), abs=1.2)
    assert seen[27] == pytest.approx(level(9), abs=1.2)


def test_a_dip_goes_through_black(film):
    """A dip fades out before the cut and in after it; as the first transition it fades the film in."""
    _, _, out = film((24, 24), s0=("dip", 8), s1=("dip", 8))
    seen = greys(out)
    assert seen[0] == pytest.approx(level(6) / 8, abs=3)
    assert seen[23] == pytest.approx(level(29) / 8, abs=3)
    assert seen[24] == pytest.approx(level(6) / 8, abs=3)
    assert seen[21] == pytest.approx(level(27) * 5 / 8, abs=3)
    assert seen[12] == pytest.approx(level(18), abs=1.2)


@pytest.mark.parametrize("kind", ["whip", "zoom"])
def test_moving_transitions_keep_the_count(film, kind):
    """Whip pans and match zooms take no frame and add none."""
    timeline, _, out = film((24, 24), s1=(kind, 9))
    seen = greys(out)
    assert len(seen) == timeline.frames
    assert seen[18] == pytest.approx(level(24), abs=1.2)
    assert seen[30] == pytest.approx(level(12), abs=1.2)


@pytest.mark.parametrize(
    "rate", [Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(60), Fraction(12)]
)
def test_every_rate_is_kept_exactly(kit, film, rate):
    """A film has exactly its own rate and count of frames, at NTSC rates too, even with a shot of one frame."""
    kit.rate = rate
    timeline, _, out = film((13, 1, 17), song=kit.song(31 / float(rate) + 0.1 + 0.5), s2=("dissolve", 1))
    info = probe(out)
    assert (info.video.rate, info.video.frames) == (rate, 31)
    assert abs(info.sound.samples - len(timeline.song_span)) <= 1024
    assert greys(out)[13] == pytest.approx(level(6), abs=1.2)


def boxes(data: bytes) -> list[bytes]:
    """Names of a file's top-level boxes in order."""
    names, at = [], 0
    while at < len(data):
        names.append(data[at + 4 : at + 8])
        at += int.from_bytes(data[at : at + 4], "big")
    return names


def test_the_file_is_what_players_and_sites_ask_for(film):
    """H.264 High yuv420p tagged BT.709 with a key frame every half second, moov first, AAC, title and mark."""
    timeline, _, out = film((36, 12))
    info = probe(out)
    assert (info.video.codec, info.video.profile, info.video.pixel_format) == ("h264", "High", "yuv420p")
    assert (info.video.color, info.video.rate) == ("bt709", 24)
    assert (info.sound.codec, info.sound.sample_rate, info.sound.channels) == ("aac", 48000, 2)
    names = boxes(out.read_bytes())
    assert names.index(b"moov") < names.index(b"mdat")
    with av.open(str(out)) as container:
        keys = [p.pts for p in container.demux(video=0) if p.size and p.is_keyframe]
        assert container.streams.video[0].start_time == 0
        assert int(container.streams.video[0].codec_context.color_primaries) == 1
        step = container.streams.video[0].duration // timeline.frames
    assert max(np.diff([*keys, 48 * step])) <= 12 * step
    assert info.metadata["title"] == timeline.title
    assert "made by a computer" in info.metadata["comment"]
    recipe = json.loads(info.metadata["description"])
    assert [clip[1] for clip in recipe["clips"]] == ["s0-1", "s1-1"]


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("sample_rate", [44100, 48000, 96000])
def test_the_song_is_untouched(kit, film, sample_rate, channels):
    """The sound keeps its rate, channels, loudness and place: a click stays within half a millisecond of its sample."""
    kit.sample_rate = sample_rate
    song = kit.song(3.0, ".wav", channels)
    _, song_path, out = film((24, 24), song=song)
    before, after = decode_sound(song_path).samples[:, : 2 * sample_rate], decode_sound(out)
    assert (after.sample_rate, after.channels) == (sample_rate, channels)
    heard = after.samples[:, : 2 * sample_rate]
    assert heard.shape == before.shape
    click = sample_rate // 2
    around = np.abs(heard[0, click - 150 : click + 150])
    assert abs(int(around.argmax()) - 150) <= sample_rate / 2000
    tone = slice(sample_rate, 2 * sample_rate - 4000)
    rms = [float(np.sqrt(np.mean(x[:, tone] ** 2))) for x in (before, heard)]
    assert 20 * np.log10(rms[1] / rms[0]) == pytest.approx(0, abs=0.05)
    assert np.abs(heard[:, tone]).max() == pytest.approx(0.25, abs=0.01)
    # Compared sample by sample, a shift of even one sample would leave an error of 6 % of the tone.
    assert np.abs(heard[:, tone] - before[:, tone]).max() < 0.008


def test_an_excerpt_starts_at_its_sample(kit):
    """A film on a part of the song hears exactly that part, and a rate that AAC cannot hold is halved, not rounded."""
    kit.sample_rate = 192_000
    song_path, analysis = kit.song(2.0)
    shots = kit.shots([24])
    picks = {"s0": kit.take("s0", 1, kit.numbered(36))}
    timeline = plan_cut(kit.storyboard(shots, song_start=24_000), picks, {}, analysis)
    excerpt = song_excerpt(timeline, song_path)
    assert excerpt.sample_rate == 96_000
    assert abs(int(np.abs(excerpt.samples[0]).argmax()) - (96_000 - 24_000) // 2) <= 1
    assert excerpt.samples.shape == (2, 96_000)


def test_colours_arrive_as_they_were(kit, film):
    """Known colours survive take and film within what 4:2:0 video of eight bits allows: BT.709 all the way."""
    colours = [(200, 40, 40), (40, 180, 60), (30, 60, 200), (220, 200, 40)]
    frames = np.zeros((36, 64, 96, 3), np.uint8)
    for n, colour in enumerate(colours):
        frames[:, :, n * 24 : n * 24 + 24] = colour
    _, _, out = film((24,), frames={"s0": frames})
    seen = list(read_frames(out))[12]
    for n, colour in enumerate(colours):
        assert np.abs(seen[20:40, n * 24 + 8 : n * 24 + 16].reshape(-1, 3).mean(axis=0) - colour).max() < 5


GREEN = (40, 180, 60)


def foreign_take(path, matrix: Colorspace, full_range: bool):
    """A green take as another program writes it."""
    span = ColorRange.JPEG if full_range else ColorRange.MPEG
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24, options={"crf": "5"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        stream.codec_context.colorspace, stream.codec_context.color_range = matrix, span
        for n in range(36):
            frame = av.VideoFrame.from_ndarray(np.full((64, 96, 3), GREEN, np.uint8), format="rgb24")
            frame = frame.reformat(format="yuv420p", dst_colorspace=matrix, dst_color_range=span)
            frame.pts = n
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.mark.parametrize(
    ("matrix", "full_range"), [(Colorspace.ITU601, False), (Colorspace.ITU709, True), (Colorspace.ITU601, True)]
)
def test_other_colours_are_converted(kit, film, matrix, full_range):
    """A take of another matrix or of full range is converted, not relabelled: its green stays the same green."""
    path = kit.folder / "foreign.mp4"
    foreign_take(path, matrix, full_range)
    timeline, song_path, out = film((24,))
    media = media_ref(path)
    kit.files[media.sha256] = path
    assemble(replace(timeline, clips=(replace(timeline.clips[0], media=media),)), kit.locate, song_path, out)
    assert np.abs(list(read_frames(out))[3].reshape(-1, 3).mean(axis=0) - GREEN).max() < 3.5


def test_other_sizes_cover_the_frame(kit, film):
    """A take of another shape is scaled to cover the frame and cropped: a disc stays round and in the middle."""
    y, x = np.mgrid[:160, :160]
    disc = ((x - 79.5) ** 2 + (y - 79.5) ** 2 < 32**2)[..., None] * np.uint8(200) + np.zeros(3, np.uint8)
    _, _, out = film((24,), frames={"s0": np.broadcast_to(disc, (36, 160, 160, 3)).astype(np.uint8)})
    seen = list(read_frames(out))[5].mean(axis=2) > 100
    assert seen.shape == (64, 96)
    wide, high = seen.any(axis=0), seen.any(axis=1)
    assert wide.sum() == pytest.approx(64 * 96 / 160, abs=2)
    assert high.sum() == pytest.approx(wide.sum(), abs=1.5)
    assert np.flatnonzero(wide).mean() == pytest.approx(47.5, abs=1)
    assert np.flatnonzero(high).mean() == pytest.approx(31.5, abs=1)


def test_a_large_draft_has_half_the_size(kit, film):
    """A draft of a film above 480 lines is half as wide and high, and just as long."""
    kit.width, kit.height = 640, 484
    _, _, out = film((24,), quality="draft")
    info = probe(out).video
    assert (info.width, info.height, info.frames) == (320, 242, 24)


def chain_frames(kit, start: int, count: int, tint=(0, 0, 0)) -> np.ndarray:
    """A slowly moving pattern at scene time `start`, with a colour cast."""
    x = np.arange(kit.width) / kit.width
    y = np.arange(kit.height)[:, None] / kit.height
    frames = []
    for n in range(start, start + count):
        wave = 110 + 50 * np.sin(7 * x + n * 0.1) * np.cos(5 * y)
        frames.append(np.stack([wave + t for t in tint], axis=-1))
    return np.clip(frames, 0, 255).astype(np.uint8)


def test_chained_shots_take_the_first_ones_colours(kit):
    """Shots that continue each other lose their colour cast all the way down the chain; the first stays as it is."""
    shots = kit.shots([24, 24, 24])
    shots = (shots[0], replace(shots[1], continues="s0"), replace(shots[2], continues="s1"))
    tints = [(0, 0, 0), (12, 0, -10), (20, -4, -16)]
    picks = {
        s.id: kit.take(s.id, 1, chain_frames(kit, s.span.start - 6, 36, tint))
        for s, tint in zip(shots, tints, strict=True)
    }
    song_path, analysis = kit.song(3.0)
    timeline = plan_cut(kit.storyboard(shots), picks, {}, analysis)
    assemble(timeline, kit.locate, song_path, kit.folder / "film.mp4")
    seen = np.array([f.reshape(-1, 3).mean(axis=0) for f in read_frames(kit.folder / "film.mp4")])
    wanted = chain_frames(kit, 0, 72).reshape(72, -1, 3).mean(axis=1)
    assert np.abs(seen[:24] - wanted[:24]).max() < 1.5
    assert np.abs(seen - wanted).max() < 4
    assert np.abs(np.diff(seen, axis=0)).max() < 3, "neither a step at the cuts nor flicker"


def test_a_chain_may_change_its_light(kit):
    """Where the scene itself grows brighter over a chain, matching puts no step at the cuts and leaves the change."""
    shots = kit.shots([48, 48, 48])
    shots = (shots[0], replace(shots[1], continues="s0"), replace(shots[2], continues="s1"))
    ripple = 20 * np.sin(np.arange(kit.width) / 5)[None, :, None] * np.ones((kit.height, 1, 3))
    scene = [np.clip(60 + n / 2 + ripple, 0, 255).astype(np.uint8) for n in range(156)]
    picks = {s.id: kit.take(s.id, 1, np.stack(scene[s.span.start : s.span.end + 12])) for s in shots}
    song_path, analysis = kit.song(6.0)
    timeline = plan_cut(kit.storyboard(shots), picks, {}, analysis)
    assemble(timeline, kit.locate, song_path, kit.folder / "film.mp4")
    seen = greys(kit.folder / "film.mp4")
    assert np.abs(seen[:48] - (62.5 + np.arange(48) / 2)).max() < 2
    assert np.abs(np.diff(seen) - 0.5).max() < 1.8
    assert seen[-1] - seen[0] > 55


def test_key_frames_are_a_sample_of_the_span(kit):
    """A quick sample gives the span's key frames, two a second, each the frame it says it is."""
    kit.take("s0", 1, kit.numbered(48, step=3))
    path = kit.folder / "takes" / "s0-1.mp4"
    keys = [p.planes[0].mean() for p in read_pictures(path, Span(10, 40), (96, 64), keys_only=True)]
    whole = [p.planes[0].mean() for p in read_pictures(path, Span(0, 48), (96, 64))]
    assert keys == [whole[12], whole[24], whole[36]]


def test_takes_that_do_not_fit_their_file_are_refused(kit, film):
    """A file of another rate, or shorter than its take says, is refused with shot and take; no film is left."""
    timeline, song_path, out = film((24, 24))
    out.unlink()
    for rate, count, message in (
        (Fraction(25), 36, "shot s1: its take s1-1 has 25 frames a second, the film 24"),
        (Fraction(24), 20, "shot s1: its take s1-1 has 20 frames, frames 6 to 30 are needed"),
    ):
        media = kit.take("s1", 9, kit.numbered(count), rate).media
        clips = (timeline.clips[0], replace(timeline.clips[1], media=media))
        with pytest.raises(MediaError, match=message):
            assemble(replace(timeline, clips=clips), kit.locate, song_path, out)
    assert [p.name for p in kit.folder.iterdir() if "film" in p.name] == []


def test_another_song_is_refused(kit, film):
    """A song that is not the one analysed is refused rather than heard out of place."""
    timeline, _, out = film((24,))
    kit.sample_rate = 44100
    other, _ = kit.song(5.0, ".flac")
    with pytest.raises(MediaError, match="it is not the song that was analysed"):
        assemble(timeline, kit.locate, other, out)


def test_stopping_leaves_nothing(kit, film):
    """When the report raises, the work stops and neither a film nor a partial file is left."""
    timeline, song_path, out = film((24, 24))
    out.unlink()
    seen = []

    def report(part, words):
        seen.append(part)
        if part > 0.3:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        assemble(timeline, kit.locate, song_path, out, report=report)
    assert seen == sorted(seen)
    assert max(seen) < 0.5
    assert [p.name for p in kit.folder.iterdir() if "film" in p.name] == []


def test_a_film_of_another_length_is_refused(kit, film):
    """If the probed film is not as long as the plan, it is not kept."""
    timeline, song_path, out = film((24, 24))
    before = out.read_bytes()
    wrong = replace(timeline, frames=49)
    with pytest.raises(Exception, match="has 48 frames, the timeline 49: it is not kept"):
        assemble(wrong, kit.locate, song_path, out)
    assert out.read_bytes() == before


def test_pictures_made_ahead_keep_order_and_errors():
    """Work done ahead in a thread arrives in order, and an error arrives at its own place."""

    def items():
        yield from range(5)
        raise Cancelled("here")

    seen = []
    with pytest.raises(Cancelled, match="here"):
        seen.extend(ahead(items(), 3))
        raise AssertionError
    assert list(ahead(iter(range(40)), 4)) == list(range(40))


def test_a_place_that_cannot_be_written_is_an_error(kit, film):
    """A film cannot be put where a file is in the way of its folder, and the error says so."""
    timeline, song_path, out = film((24,))
    with pytest.raises(MediaError, match="cannot write"):
        assemble(timeline, kit.locate, song_path, out / "film.mp4")

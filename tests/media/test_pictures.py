from fractions import Fraction

import numpy as np
import pytest

from oner.errors import MediaError
from oner.media import FrameWriter, probe, read_frames
from oner.timing import Rate, Span


def numbered(number: int, width=128, height=80) -> np.ndarray:
    """A frame whose number can be read back: 8 vertical bars, black or white by the bits of the number."""
    bits = [(number >> bit) & 1 for bit in range(8)]
    return np.repeat(np.repeat(np.uint8(bits) * 255, width // 8)[None, :, None], 3, 2).repeat(height, 0)


def read_number(frame: np.ndarray) -> int:
    step = frame.shape[1] // 8
    return sum(int(frame[frame.shape[0] // 2, step * bit + step // 2, 0] > 128) << bit for bit in range(8))


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    path = tmp_path_factory.mktemp("film") / "numbered 'é\".mp4"
    with FrameWriter(path, 128, 80, Rate(24000, 1001), metadata={"oner": '{"seed": 5}', "title": "Été"}) as writer:
        for number in range(150):
            writer.write(numbered(number))
    return path


def test_file_is_what_players_and_editors_expect(film):
    """A written clip is H.264 High, yuv420p, BT.709, of the exact rate and length, and keeps its metadata."""
    info = probe(film)
    assert (info.video.width, info.video.height, info.video.frames) == (128, 80, 150)
    assert info.video.rate == Fraction(24000, 1001)
    assert (info.video.codec, info.video.profile, info.video.pixel_format) == ("h264", "High", "yuv420p")
    assert info.video.color == "bt709"
    assert info.metadata["oner"] == '{"seed": 5}'
    assert info.metadata["title"] == "Été"
    data = film.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("span", [Span(0, 150), Span(0, 1), Span(23, 25), Span(37, 90), Span(149, 150), Span(100, 150)])
def test_any_span_gives_exactly_its_frames(film, span):
    """Reading a span gives the same frames, in order, as reading everything and counting."""
    assert [read_number(frame) for frame in read_frames(film, span)] == list(range(span.start, span.end))


def test_a_span_beyond_the_end_is_refused(film):
    """Asking for frames that the file does not have raises instead of giving fewer."""
    with pytest.raises(MediaError, match="has 150 frames; frames 140 to 160"):
        list(read_frames(film, Span(140, 160)))


def test_colours_survive(tmp_path):
    """A saturated colour comes back within 4 of 255: matrix and range are the same both ways."""
    colours = np.uint8([[200, 40, 10], [20, 180, 60], [30, 60, 220], [255, 255, 255], [0, 0, 0]])
    with FrameWriter(tmp_path / "c.mp4", 64, 64, Rate(24)) as writer:
        for colour in colours:
            writer.write(np.broadcast_to(colour, (64, 64, 3)).copy())
    for frame, colour in zip(read_frames(tmp_path / "c.mp4"), colours, strict=True):
        assert np.abs(frame[32, 32].astype(int) - colour).max() <= 4


def test_scaled_reading(film):
    """`size` gives frames of that width and height."""
    assert next(read_frames(film, size=(64, 40))).shape == (40, 64, 3)


def test_an_exception_leaves_nothing(tmp_path):
    """When the maker of frames fails, neither the file nor a temporary one remains, and an older file stays."""
    target = tmp_path / "a.mp4"
    target.write_bytes(b"older")
    with pytest.raises(ZeroDivisionError), FrameWriter(target, 64, 64, Rate(24)) as writer:
        writer.write(np.zeros((64, 64, 3), np.uint8))
        _ = 1 / 0
    assert target.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda d: FrameWriter(d / "a.mp4", 63, 64, Rate(24)), "even sides"),
        (lambda d: next(read_frames(d / "none.mp4")), "no such file"),
        (lambda d: next(read_frames(d)), "not a file"),
    ],
)
def test_bad_input_is_named(tmp_path, make, match):
    """Errors say what is wrong and with which file."""
    with pytest.raises(MediaError, match=match):
        make(tmp_path)


def test_a_frame_of_another_size_is_refused(tmp_path):
    """A frame that does not fit the file raises and leaves nothing."""
    with pytest.raises(MediaError, match="is needed"), FrameWriter(tmp_path / "a.mp4", 64, 64, Rate(24)) as writer:
        writer.write(np.zeros((32, 64, 3), np.uint8))
    assert list(tmp_path.iterdir()) == []

import pytest

from oner.errors import InputError
from oner.song.lyrics import read_lyrics


def test_lrc(tmp_path):
    """An .lrc gives each line from its stamp to the next, repeated stamps twice, the offset earlier, tags left out."""
    (tmp_path / "song.lrc").write_text(
        "\ufeff[ar:Nobody]\n[offset:+500]\n[00:02.50]Night <00:03.00>falls\n[00:05:00][00:30.50]we drive\n[00:09.00]\n",
        "utf-8",
    )
    lines = read_lyrics(tmp_path / "song.lrc", 1000, 34000)
    assert [(line.span.start, line.span.end, line.text) for line in lines] == [
        (2000, 4500, "Night falls"), (4500, 8500, "we drive"), (30000, 34000, "we drive"),
    ]  # fmt: skip


def test_srt(tmp_path):
    """An .srt gives each block's own span, its rows joined, markup removed, cut at the song's end."""
    (tmp_path / "song.srt").write_text(
        "1\r\n00:00:01,000 --> 00:00:03,500\r\n<i>Où vas-tu</i>\r\nce soir ?\r\n\r\n2\r\n"
        "00:00:09,000 --> 00:00:30,000\r\nloin\r\n",
        "latin-1",
    )
    lines = read_lyrics(tmp_path / "song.srt", 100, 1000)
    assert [(line.span.start, line.span.end, line.text) for line in lines] == [
        (100, 350, "Où vas-tu ce soir ?"),
        (900, 1000, "loin"),
    ]


@pytest.mark.parametrize(
    ("name", "data"), [("a.txt", b"words"), ("a.lrc", b"words without times"), ("a.srt", b"\0\1\2")]
)
def test_no_lyrics_in_it(tmp_path, name, data):
    """A file of another kind, without times, or not of text is refused."""
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=r"\.lrc|timed line|not a text file"):
        read_lyrics(tmp_path / name, 100, 1000)

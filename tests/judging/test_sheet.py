from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest

from oner.errors import MediaError
from oner.film import ClipRequest, PromptSpan, Score, SectionLabel, Shot, Take, Transition
from oner.judging.sheet import JudgedShot, JudgedTake, draw_sheet, write_page
from oner.media import FrameWriter, media_ref, read_png
from oner.timing import Span

RATE = Fraction(24)
EVIL = '<script>alert("x")</script> "quoted" \'single\' & </section> \x00 \u202e 猫 {{shots}}'


def judged_take(folder: Path, shot: str, number: int, colour, picked: str = "", prompt: str = "a lake") -> JudgedTake:
    path = folder / f"{shot} {number} é#?.mp4"
    with FrameWriter(path, 64, 36, RATE) as writer:
        for i in range(12):
            frame = np.full((36, 64, 3), colour, np.uint8)
            frame[:, 5 * i : 5 * i + 4] = 255
            writer.write(frame)
    request = ClipRequest((PromptSpan(prompt, Span(0, 12)),), 64, 36, 12, RATE, seed=number)
    take = Take(
        f"{shot}-{number}", shot, number, request, "testcard@1", media_ref(path), "2026-01-01T00:00:00Z", 0.1,
        {"understood": "lake", "ignored": EVIL},
    )  # fmt: skip
    score = Score(
        take.id, 0.5 + number / 10, {"camera": 0.3, "flicker": 0.9}, (f"remark {EVIL}",) if number == 1 else ()
    )
    return JudgedTake(take, score, path, picked)


@pytest.fixture(scope="module")
def shots(tmp_path_factory):
    folder = tmp_path_factory.mktemp("a project's files")
    first = Shot("s01", Span(0, 48), EVIL, "push in", Transition(), 2, 1, SectionLabel.VERSE, lyric="la <la>")
    second = Shot("s02", Span(48, 96), "a boat on a lake at dawn", "pan left", Transition(), 2, 1)
    lost = judged_take(folder, "s02", 2, (20, 90, 160))
    lost.path.unlink()
    picked = judged_take(folder, "s01", 2, (40, 120, 60), "user")
    return folder, (
        JudgedShot(first, (judged_take(folder, "s01", 1, (160, 40, 40)), picked)),
        JudgedShot(second, (judged_take(folder, "s02", 1, (40, 40, 150), "judge"), lost)),
        JudgedShot(Shot("s03", Span(96, 120), "nothing yet", "static", Transition(), 2, 1), ()),
    )


class Page(HTMLParser):
    """Collects tags with attributes, and text."""

    def __init__(self, text: str):
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


def test_page_shows_every_take_and_escapes_what_people_wrote(shots):
    """One script, the page's own; prompts and notes appear as text; videos are linked relative to the page."""
    folder, judged = shots
    out = folder / "rushes" / "index.html"
    write_page(judged, out, EVIL, RATE)
    text = out.read_text("utf-8")
    page = Page(text)
    assert len(page.all("script")) == 1
    assert "alert(" not in "".join(page.words[-2:-1])  # the last text is the script itself
    assert any('<script>alert("x")</script>' in word for word in page.words)
    videos = page.all("video")
    assert len(videos) == 4
    for video in videos[:3]:
        assert (out.parent / unquote(video["src"])).resolve().is_file()
        assert video["poster"].startswith("data:image/jpeg;base64,")
    assert "poster" not in videos[3]
    assert len(page.all("section")) == 3
    assert "http:" not in text
    assert "https:" not in text
    assert "\x00" not in text


def test_page_has_pick_commands_and_marks_the_pick(shots):
    """Every take carries the command that picks it; the picked takes are marked with who picked them."""
    folder, judged = shots
    out = folder / "rushes" / "again.html"
    write_page(judged, out, "film", RATE)
    page = Page(out.read_text("utf-8"))
    takes = page.all("article")
    commands = [f"oner pick {shot} {number}" for shot in ("s01", "s02") for number in (1, 2)]
    assert [take["data-command"] for take in takes] == commands
    assert [take["class"] for take in takes] == ["take", "take picked", "take picked", "take"]
    assert {"your pick", "the judge's pick"} <= set(page.words)


def test_sheet_is_drawn_with_every_shot(shots):
    """The PNG holds the pictures of each take, and a lost file does not stop it."""
    folder, judged = shots
    out = folder / "rushes" / "sheet.png"
    seen = []
    picture = draw_sheet(judged, out, EVIL, RATE, lambda done, word: seen.append((done, word)))
    assert np.array_equal(read_png(out), picture)
    for colour in ((160, 40, 40), (40, 120, 60), (40, 40, 150)):
        assert (np.abs(picture.astype(int) - colour).sum(-1) < 30).sum() > 2000
    assert (np.abs(picture.astype(int) - (20, 90, 160)).sum(-1) < 30).sum() < 200
    assert [round(done, 2) for done, _ in seen] == [0.25, 0.5, 0.75, 1.0]


def test_empty_film_gives_a_page_and_a_sheet(tmp_path):
    """Nothing shot yet is no error."""
    write_page([], tmp_path / "index.html", "film", RATE)
    assert draw_sheet([], tmp_path / "sheet.png", "film", RATE).shape[2] == 3


def test_a_page_that_cannot_be_written_says_so(shots, tmp_path):
    """A file where the folder should be is named, and nothing is left behind."""
    (tmp_path / "rushes").write_text("in the way")
    with pytest.raises(MediaError, match=r"cannot write .*index\.html"):
        write_page(shots[1], tmp_path / "rushes" / "index.html", "film", RATE)
    assert [path.name for path in tmp_path.iterdir()] == ["rushes"]

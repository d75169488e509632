"""A user's own prompts are all used, in their order or under their tags, with their own camera and size words."""

import pytest

from oner.errors import InputError
from oner.film import SectionLabel
from oner.script.film_file import storyboard
from oner.script.writer import WriteRequest, write_film


def film(song, prompts, **more):
    text = write_film(WriteRequest(title="t", song="s.ogg", prompts=prompts, **more), song)
    return storyboard(text, song, ["native"])


def test_untagged_lines_are_used_once_in_order(song):
    """As many lines as shots fit: each is seen, in order, none comes back."""
    lines = [f"A lake number {number}" for number in range(20)]
    board = film(song, lines)
    seen = list(dict.fromkeys(shot.prompt.split(",")[0] for shot in board.shots))
    assert seen == lines


def test_tagged_lines_belong_to_their_sections(song):
    """Every chorus comes back to the lines under its tag; French tags are understood."""
    board = film(song, ["[couplet]", "A forest", "A cave", "[refrain]", "A beach", "[outro]", "A lake"])
    for shot in board.shots:
        if shot.section is SectionLabel.CHORUS:
            assert shot.prompt.startswith("A beach")
        if shot.section is SectionLabel.VERSE:
            assert shot.prompt.startswith(("A forest", "A cave"))
    assert board.shots[-1].prompt.startswith("A lake")


def test_numbered_tags_name_one_section(song):
    """`[verse 2]` is the second verse alone."""
    board = film(song, ["[verse 1]", "A forest", "[verse 2]", "A desert", "[chorus]", "A beach"])
    verses = [shot for shot in board.shots if shot.section is SectionLabel.VERSE]
    assert verses[0].prompt.startswith("A forest")
    assert verses[-1].prompt.startswith("A desert")


def test_camera_and_size_words_of_a_line_are_kept(song):
    """What the line says of camera and size is not contradicted; what it leaves open is varied."""
    board = film(song, ["A forest, close-up, the camera pans left", "Un phare, plan large, travelling avant", "A lake"])
    for shot in board.shots:
        if shot.prompt.startswith("A forest"):
            assert shot.camera == "pan left"
            assert " shot" not in shot.prompt
        if shot.prompt.startswith("Un phare"):
            assert shot.camera == "push in"
    assert len({shot.camera for shot in board.shots}) > 2


def test_characters_are_named_in_the_file_of_prompts(song):
    """`@mia = ...` names a character; an unknown handle is refused with its line."""
    board = film(song, ["@mia = a tall woman in a red coat", "@mia dances on a rooftop"])
    assert all(shot.prompt.startswith("A tall woman in a red coat dances") for shot in board.shots)
    with pytest.raises(InputError, match=r'prompt line 3: unknown character "@maya"; did you mean "mia"'):
        film(song, ["@mia = a tall woman", "", "@maya dances"])


def test_unknown_tags_and_empty_lists_are_refused(song):
    """A tag that is no section is refused with the nearest one; comments alone are no prompts."""
    with pytest.raises(InputError, match=r'prompt line 1: unknown section "\[chrous\]"; did you mean "chorus"'):
        film(song, ["[chrous]", "A lake"])
    with pytest.raises(InputError, match="there are no prompts"):
        film(song, ["# only a comment", "[verse]"])


def test_more_lines_than_sections_hold_ignore_borders(make_song):
    """Lines too many for some section are still all used, one shot each, within the limits."""
    song = make_song(form=(("intro", 2, 0.3), ("verse", 6, 0.5), ("chorus", 8, 1.0)), tail=0)
    lines = [f"A lake number {number}" for number in range(15)]
    board = film(song, lines)
    assert [shot.prompt.split(",")[0] for shot in board.shots] == lines
    assert all(len(shot.span) >= 47 for shot in board.shots)


def test_too_many_lines_are_refused_with_the_number_that_fits(song):
    """More lines than shots of the shortest length cannot all be shown, and none is dropped silently."""
    with pytest.raises(InputError, match=r"60 prompts for the film of 80\.5 s .* give at most about 40"):
        film(song, [f"A lake {number}" for number in range(60)])
    with pytest.raises(InputError, match=r"12 prompts for chorus 1 of 16\.0 s"):
        film(song, ["[chorus]", *(f"A lake {number}" for number in range(12))])

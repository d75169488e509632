"""What the documents promise exists."""

import re
from pathlib import Path

import click
import pytest

from oner.cli import COMMANDS, oner

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "benchmarks" / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    """Every relative link and picture of a page is a file of the repository."""
    links = re.findall(r"\]\(([^)#]+)", page.read_text())
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_that_are_named_exist(page):
    """Paths below the repository's folders that a page names in backticks are there."""
    named = re.findall(r"`((?:docs|examples|benchmarks|src|tests|scripts)/[\w./-]*\w)`", page.read_text())
    assert not [name for name in named if not (ROOT / name).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_and_options_that_are_named_exist(page):
    """Each `oner COMMAND --option` in a page can be typed as it stands."""
    for line in page.read_text().replace("\\\n", " ").splitlines():
        for command, rest in re.findall(r"\boner (\w+)([^|`#]*)", line):
            if command not in COMMANDS:
                continue  # prose: "oner is film language"
            known = options_of(loaded(command)) | {"--help", "-h"}
            options = re.findall(r"(?<![\w-])(--[a-z-]+)", re.sub(r'"[^"]*"', "", rest))
            assert set(options) <= known, f"{page.name}: oner {command} {rest}"


def options_of(command: click.Command) -> set[str]:
    """A command's options and those of its subcommands."""
    own = {option for parameter in command.params for option in parameter.opts}
    return own.union(*(options_of(sub) for sub in getattr(command, "commands", {}).values()))


def loaded(command: str) -> click.Command:
    return oner.get_command(click.Context(oner), command)


def test_every_command_is_in_the_readme():
    """A newcomer meets each command in the README."""
    text = (ROOT / "README.md").read_text()
    assert not [command for command in COMMANDS if not re.search(rf"\boner {command}\b", text)]


def test_make_targets_in_the_readme_exist():
    """`make X` in the README is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`?make ([a-z]+)", (ROOT / "README.md").read_text())) & {"film", "test", "lint"} <= targets
    assert {"film", "test", "lint", "format", "bench", "clean"} <= targets

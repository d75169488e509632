"""`oner new`: write a project."""

import json
import shlex
import unicodedata
from pathlib import Path

import click

from ..errors import InputError
from .options import examples, json_option, overrides_options, size_from_text, writing_options
from .progress import progress


@click.command(
    epilog=examples(
        "oner new night-train --song night_train.ogg --idea 'a woman in red leaves the city by the night train'",
        "oner new film --song song.mp3 --prompts prompts.txt --size 9:16 --look watercolour",
    )
)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--song", type=click.Path(path_type=Path), required=True, help="wav, flac, mp3, ogg or m4a.")
@writing_options
@click.option("--show-sent", is_flag=True, help="Print what the model of --writer would be sent; send nothing.")
@overrides_options
@json_option
def command(folder: Path, song: Path, show_sent: bool, as_json: bool, **options) -> None:
    """Write the project FOLDER: the song, its analysis, and film.toml with every shot, for you to read and edit."""
    from ..studio import hearing
    from ..studio.making import counted
    from ..studio.project import Project, take_in_song
    from ..studio.writing import check, what_is_sent, write

    known, writing = split(options)
    request = write_request(song, **writing)
    project = Project(folder)
    if project.written:
        raise InputError(f"{project.film_file} exists: edit it, or name another folder; a film is never overwritten")
    check(request)
    own = take_in_song(project, song)
    with progress("listening", quiet=as_json) as report:
        analysis = hearing.listen_to(project, own, known, report)
    if show_sent:
        click.echo(what_is_sent(request, analysis))
        return
    storyboard = write(project, request, analysis, lambda words: click.echo(words, err=True))
    if as_json:
        click.echo(json.dumps({"project": str(folder), "shots": len(storyboard.shots), "frames": storyboard.frames}))
        return
    shots = counted(len(storyboard.shots), "shot")
    click.echo(f"wrote {project.film_file}: {shots}, {storyboard.frames} frames")
    where = shlex.quote(str(folder))
    click.echo(f"read and edit it; then:  oner plan -p {where}   and   oner shoot -p {where}")


OVERRIDES = ("bpm", "first_downbeat", "meter", "sections", "taps", "lyrics")


def split(options: dict) -> tuple[dict, dict]:
    """Options about the song, and options about the film."""
    return (
        {k: v for k, v in options.items() if k in OVERRIDES},
        {k: v for k, v in options.items() if k not in OVERRIDES},
    )


def write_request(
    song: Path, idea, prompts, writer, title, look, size, rate, engine, takes, excerpt, one_take, seed, written=False
):
    """Options of the command line as a WriteRequest; a film that is `written` needs none. Raises InputError."""
    from zlib import crc32

    from ..studio.writing import WriteRequest
    from ..timing import rate_from_text

    if bool(idea) == bool(prompts) and (idea or not written):
        raise InputError("give either --idea TEXT or --prompts FILE" + (", not both" if idea else ""))
    try:
        lines = tuple(Path(prompts).read_text(encoding="utf-8").splitlines()) if prompts else ()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"--prompts {prompts} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    try:
        exact_rate = rate_from_text(rate)
    except (ValueError, ZeroDivisionError) as error:
        raise InputError(f"--rate {rate}: give frames per second such as 24, 25, 23.976 or 30000/1001") from error
    if prompts and not any(line.strip() for line in lines):
        raise InputError(f"--prompts {prompts} is empty: write one prompt a line")
    width, height = size_from_text(size)
    for option, text in (
        ("--idea", idea),
        ("--title", title),
        ("--look", look),
        (f"--prompts {prompts}", "\n".join(lines)),
    ):
        check_text(option, text or "")
    return WriteRequest(
        title=title or song.stem.replace("_", " ").replace("-", " ").title(),
        song=song.name,
        idea=idea or "",
        prompts=lines,
        width=width,
        height=height,
        rate=exact_rate,
        engine=engine,
        takes=takes,
        one_take=one_take,
        excerpt=excerpt,
        seed=crc32((idea or "\n".join(lines)).encode()) >> 1 if seed is None else seed,
        look=look,
        writer=writer,
    )


def check_text(option: str, text: str) -> None:
    """Refuse what film.toml cannot hold or a terminal would obey: control characters, bytes that are no text."""
    for number, line in enumerate(text.splitlines(), 1):
        if bad := next((char for char in line if char != "\t" and unicodedata.category(char) in ("Cc", "Cs")), None):
            where = f"{option}, line {number}" if number > 1 else option
            raise InputError(f"{where}: U+{ord(bad):04X} is a control character or no text at all; take it out")

"""The command line: one module per command, loaded only when it is called."""

import importlib
import os
import sys

import click

from .. import __version__
from ..errors import Cancelled, FilmError, InputError, OnerError

# name -> (module, one line for `oner --help`), in the order in which a film is made
COMMANDS = {
    "make": ("make", "A song and an idea in, a finished film out; the same command resumes."),
    "clip": ("clip", "A prompt in, a clip out; also from pictures and from other clips."),
    "new": ("new", "Write a project folder with film.toml from a song and an idea."),
    "listen": ("listen", "Hear tempo, beats, sections and loudness of a song."),
    "plan": ("plan", "Show the shots, takes, time, disk and money before anything is made."),
    "shoot": ("shoot", "Make the takes that are missing."),
    "rushes": ("rushes", "Judge the takes; write a contact sheet and a page to watch them."),
    "pick": ("pick", "Choose the take of a shot, or leave it to the judge again."),
    "cut": ("cut", "Cut the picked takes to the song: the finished film."),
    "export": ("export", "Write the timeline for editing programs (OpenTimelineIO)."),
    "engines": ("engines", "What can make clips: list, check against this machine, fetch models."),
    "serve": ("serve", "Serve the Videos API from this machine: the openai client works unchanged."),
    "keys": ("keys", "Add, list and revoke the keys of the server."),
    "store": ("store", "Look after stored files: remove what nothing refers to."),
    "worlds": ("worlds", "Render the native model's training data."),
    "train": ("train", "Train the native model, or teach it your own clips."),
    "evaluate": ("evaluate", "Measure whether the native model shows what it is asked for."),
    "doctor": ("doctor", "Check this machine: what works, what is missing, what to do."),
}


class Commands(click.Group):
    """Loads a command's module on first use, so that `oner --help` stays fast, and turns our errors into exit codes."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        return importlib.import_module(f".{COMMANDS[name][0]}", __name__).command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def resolve_command(self, context: click.Context, args: list[str]):
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in COMMANDS:
            import difflib

            near = difflib.get_close_matches(name, COMMANDS, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else f" Commands: {', '.join(COMMANDS)}."
            raise click.UsageError(f"No such command '{name}'.{hint}", context)
        return super().resolve_command(context, args)


@click.command(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
First film:
  oner make song.ogg --idea 'a woman in a red coat crosses the city' -o film.mp4

\b
Exit codes: 0 done, 1 something failed, 2 bad input, 130 stopped.
Messages go to standard error, results to standard output.""",
)
@click.version_option(__version__, "-V", "--version", prog_name="oner")
def oner() -> None:
    """Oner makes music videos on your own machine: a song and an idea in, a finished film out."""


def main() -> None:
    """Entry point. Exit codes: 0 done, 1 failed, 2 bad input, 130 stopped by the user."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line and give its exit code. Every error is one line on standard error."""
    try:
        code = oner.main(args=arguments or ["--help"], prog_name="oner", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "oner"
        click.echo(f"{command}: {_one_line(error.format_message())} (see `{command} --help`)", err=True)
        return 2
    except click.ClickException as error:
        click.echo(f"oner: {_one_line(error.format_message())}", err=True)
        return 2
    except (KeyboardInterrupt, Cancelled, click.Abort) as error:
        text = (
            str(error) if isinstance(error, Cancelled) and str(error) else "stopped; the same command goes on from here"
        )
        click.echo(f"oner: {text}", err=True)
        return 130
    except InputError as error:
        place = "film.toml, " if isinstance(error, FilmError) and error.line is not None else ""
        click.echo(f"oner: {place}{_one_line(str(error))}", err=True)
        return 2
    except BrokenPipeError:  # `oner ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains while it ends
        return 1  # as click and rich do
    except (OnerError, OSError) as error:
        click.echo(f"oner: {_one_line(str(error))}", err=True)
        return 1


def _one_line(text: str) -> str:
    return " ".join(text.split())

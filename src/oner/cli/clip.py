"""`oner clip`: one clip from a prompt, from pictures, or from other clips."""

import json
import re
from fractions import Fraction
from pathlib import Path

import click

from ..errors import Cancelled, InputError
from ..film import DEFAULT_ENGINE
from ..timing import Span, frame_from_seconds, rate_from_text
from .options import examples, json_option, size_from_text
from .progress import progress

CARD = re.compile(r"\s*([\d.]+)\s*-\s*([\d.]+)\s*:\s*(.*?)\s*$", re.DOTALL)
file_option = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command(
    epilog=examples(
        'oner clip "a woman in a red coat walks down a school corridor, the camera pushes in"',
        'oner clip "a sailing boat at dusk" --seconds 10 --size 9:16 -n 4 --sheet',
        'oner clip "it begins to snow" --extend clip.mp4 --seconds 4 -o longer.mp4',
        'oner clip "a watercolour" --remix clip.mp4 --strength mild',
        'oner clip --storyboard "0-3: a man sits in a train; 3-6: the train leaves a tunnel"',
    )
)
@click.argument("prompt", default="")
@click.option("--seconds", type=float, help="Length of what is made.  [default: 5, or the storyboard's]")
@click.option("--size", help="Width x height, or 16:9, 9:16, 1:1.  [default: 1280x720, or the given clip's]")
@click.option("--fps", help="Frames per second.  [default: 24, or the given clip's]")
@click.option(
    "--seed", type=click.IntRange(0, 2**31 - 1), help="Another number, another clip.  [default: of the prompt]"
)
@click.option(
    "-n", "--takes", type=click.IntRange(1, 99), default=1, show_default=True, help="Clips, each of a new seed."
)
@click.option("--engine", default=DEFAULT_ENGINE, show_default=True, help="What makes it.")
@click.option("--image", type=file_option, help="A picture that the clip begins with.")
@click.option("--last", type=file_option, help="A picture that the clip ends with.")
@click.option("--storyboard", metavar="A-B: TEXT; ...", help="Prompts for seconds A to B, one after the other.")
@click.option("--loop", is_flag=True, help="The end goes over into the beginning.")
@click.option("--extend", type=file_option, help="A clip to go on from.")
@click.option("--before", is_flag=True, help="With --extend: what came before it.")
@click.option("--connect", type=file_option, nargs=2, help="Two clips to lead over from one to the other.")
@click.option("--remix", type=file_option, help="A clip to make anew, more or less like it.")
@click.option("--strength", help="How far a remix may go: subtle, mild, strong, or 0 to 1.  [default: mild]")
@click.option("--fix", type=file_option, help="A clip of which a part is made anew.")
@click.option("--from", "from_", type=float, help="With --fix: where the part begins, in seconds.")
@click.option("--to", type=float, help="With --fix: where it ends.")
@click.option("--vary", type=file_option, help="A clip of this engine to make variations of.")
@click.option(
    "--closeness", type=click.FloatRange(0, 1), help="With --vary: 0 is unlike it, 1 the same.  [default: 0.7]"
)
@click.option("--steps", type=int, help="Steps of sampling: more take longer.")
@click.option("--guidance", type=float, help="How strictly the prompt is followed.")
@click.option("--exact", is_flag=True, help="Give the prompt to the model as it is written.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Another option of the engine.")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), help="The file to write.  [default: clip.mp4, clip-2.mp4, ...]"
)
@click.option("--sheet", is_flag=True, help="Also write a contact sheet beside it.")
@json_option
def command(takes: int, engine: str, out: Path | None, sheet: bool, as_json: bool, **asked) -> None:
    """Make one clip from PROMPT: from words alone, from pictures, or from other clips.

    It prints how the prompt was understood and what of it was left out. The recipe is kept in the file.
    """
    from ..studio import clips

    check_together(asked)
    opened = clips.open_engine(engine)
    made = []
    try:
        sources = clips.Sources({})
        orders = clips.takes(order_of(asked, opened, engine, sources), takes)
        paths = clips.out_paths(out, takes)
        notes = opened.explain(orders[0].request)
        if not as_json:
            tell(notes)
        for order, path in zip(orders, paths, strict=True):
            with progress(path.name, quiet=as_json) as report:
                clips.make(opened, order, sources, path, report)
            made.append({"clip": str(path), "seed": order.request.seed, "frames": order.frames})
            if sheet:
                made[-1]["sheet"] = str(clips.write_sheet(path, order.prompt))
            if not as_json:
                click.echo(f"wrote {path} (seed {order.request.seed})" + (f" and {made[-1]['sheet']}" if sheet else ""))
        if as_json:
            click.echo(json.dumps({"clips": made, "engine": opened.name, **notes}))
    except KeyboardInterrupt as stop:
        raise Cancelled(f"stopped; {len(made)} of {takes} clips are written") from stop
    finally:
        opened.close()


def tell(notes: dict[str, str]) -> None:
    """How the prompt was read, in one line on standard error."""
    parts = [
        f"{name}: {notes[kind]}"
        for name, kind in (("understood as", "understood"), ("chosen freely", "guessed"), ("left out", "ignored"))
        if notes.get(kind)
    ]
    click.echo("; ".join(parts), err=True)


KINDS = ("extend", "connect", "remix", "fix", "vary")
NEEDS = {"before": "extend", "strength": "remix", "from_": "fix", "to": "fix", "closeness": "vary"}


def check_together(asked: dict) -> None:
    """Raise InputError for options that do not go together."""
    kinds = [kind for kind in KINDS if asked[kind]]
    if len(kinds) > 1:
        raise InputError(f"{' and '.join(f'--{kind}' for kind in kinds)}: one clip is made in one of these ways")
    for name, kind in NEEDS.items():
        if asked[name] not in (None, False) and not asked[kind]:
            raise InputError(f"--{name.rstrip('_')} goes with --{kind}")
    if asked["fix"] and (asked["from_"] is None or asked["to"] is None):
        raise InputError("--fix needs --from and --to: the seconds that are to be made anew")
    for name in ("image", "last", "storyboard"):
        if asked[name] and kinds:
            raise InputError(f"--{name} is for new clips, not for --{kinds[0]}")
    for name in ("size", "fps"):
        if asked[name] and kinds:
            raise InputError(f"--{name}: with --{kinds[0]} it is that of the given clip, leave it out")
    if asked["seconds"] is not None and kinds and kinds[0] in ("remix", "fix", "vary"):
        raise InputError(f"--seconds: with --{kinds[0]} it is that of the given clip, leave it out")


def order_of(asked: dict, engine, name: str, sources):
    """What is to be made, as the engine's order. Raises InputError."""
    from ..studio import clips, video_orders

    kind = next((kind for kind in KINDS if asked[kind]), None)
    given = asked[kind] if kind else ()
    footage = [sources.footage(path) for path in (given if kind == "connect" else [given] if given else [])]
    cards, length = storyboard(asked["storyboard"], asked["seconds"])
    prompt = asked["prompt"] if cards else clips.said(asked["prompt"], footage[0] if footage else None)
    seed = asked["seed"]
    if seed is None:
        seed = clips.seed_of(prompt + (asked["storyboard"] or ""))
    width, height = size_from_text(asked["size"] or "1280x720")
    options = engine_options(asked)
    loras = sources.loras(options.pop("lora")) if isinstance(options.get("lora"), str) else ()
    wish = video_orders.Wish(
        model=name,
        prompt=prompt,
        seed=seed,
        width=width,
        height=height,
        rate=rate(asked["fps"]),
        seconds=length,
        cards=cards,
        first=sources.picture(asked["image"]) if asked["image"] else None,
        last=sources.picture(asked["last"]) if asked["last"] else None,
        strength=strength(asked["strength"]) if kind == "remix" else None,
        options=options,
        loras=loras,
    )
    if kind is None:
        return video_orders.create(engine, wish, nearest=False)
    if kind == "extend":
        return video_orders.extend(engine, wish, footage[0], asked["before"])
    if kind == "connect":
        return video_orders.connect(engine, wish, *footage)
    if kind == "remix":
        return clips.remix(engine, wish, footage[0])
    if kind == "vary":
        return clips.vary(engine, footage[0], seed, 0.7 if asked["closeness"] is None else asked["closeness"])
    edges = [frame_from_seconds(at, footage[0].rate) for at in (asked["from_"], asked["to"])]
    if edges[1] <= edges[0]:
        raise InputError(f"--from {asked['from_']:g} --to {asked['to']:g}: the part ends after it begins")
    return clips.fix(engine, wish, footage[0], Span(*edges))


def storyboard(text: str | None, seconds: float | None) -> tuple[tuple, Fraction]:
    """Cards and the length in seconds. Raises InputError if they leave gaps or overlap."""
    from ..studio.video_orders import Card

    if not text:
        length = Fraction(5) if seconds is None else Fraction(str(seconds))
        if length <= 0:
            raise InputError(f"--seconds {seconds:g}: a clip lasts more than 0 seconds, one frame at least")
        return (), length
    cards, position = [], Fraction(0)
    for part in re.split(r";(?=\s*[\d.]+\s*-\s*[\d.]+\s*:)", text.strip().rstrip(";")):
        match = CARD.match(part)
        if not match or not match[3]:
            raise InputError(f'--storyboard: {part.strip()!r} is not "A-B: what is to be seen"; A and B are seconds')
        try:
            start, end = Fraction(match[1]), Fraction(match[2])
        except ValueError as error:
            raise InputError(f"--storyboard: {match[1]}-{match[2]} are not seconds") from error
        if start != position or end <= start:
            raise InputError(
                f"--storyboard: {match[1]}-{match[2]} does not go on from {float(position):g}: "
                "each prompt begins where the one before ends"
            )
        cards.append(Card(match[3], end - start))
        position = end
    if seconds is not None and Fraction(str(seconds)) != position:
        raise InputError(f"--seconds {seconds:g}: the storyboard lasts {float(position):g}; leave one of them out")
    return tuple(cards), position


def rate(text: str | None) -> Fraction:
    try:
        return rate_from_text(text or "24")
    except (ValueError, ZeroDivisionError) as error:
        raise InputError(f"--fps {text!r}: frames per second, such as 24, 25, 23.976 or 30000/1001") from error


def strength(text: str | None) -> float:
    """A named strength, or a number from 0 to 1. Raises InputError."""
    from ..studio.video_orders import STRENGTHS

    if text is None:
        return STRENGTHS["mild"]
    if text in STRENGTHS:
        return STRENGTHS[text]
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise InputError(f"--strength {text!r}: {', '.join(STRENGTHS)}, or a number from 0 to 1")
    return value


def engine_options(asked: dict) -> dict:
    """The engine's own options: those with a flag of their own, and --set NAME=VALUE."""
    options = {name: asked[name] for name in ("steps", "guidance") if asked[name] is not None}
    if asked["exact"]:
        options["exact"] = True
    if asked["loop"]:
        options["loop"] = 1
    for setting in asked["settings"]:
        name, equals, text = setting.partition("=")
        if not (name and equals and text):
            raise InputError(f"--set {setting!r}: write NAME=VALUE")
        options[name] = value_of(text)
    return options


def value_of(text: str) -> str | int | float | bool:
    if text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text

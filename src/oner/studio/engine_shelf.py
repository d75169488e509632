"""Use cases around engines: what there is, what fits this machine, what a licence says, fetching and removing."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..engines import known_engine_names, open_engine, previews, shipped_names
from ..engines.diffusers import Catalogue, Entry, catalogue, hub
from ..engines.diffusers.machine import Fit, Machine, fits, this_machine
from ..engines.places import user_file
from ..engines.videos_api import Server, servers
from ..errors import InputError, RequestError

__all__ = ["Fit", "Machine", "Shelf", "accept", "accepted", "checks", "entry_of", "facts", "pull", "remove", "shelf",
           "size_of", "this_machine", "user_file"]  # fmt: skip


@dataclass(frozen=True)
class Shelf:
    """All engines by kind; `present` are names of models that are on this machine."""

    shipped: tuple[str, ...]
    models: tuple[Entry, ...]
    present: frozenset[str]
    servers: tuple[Server, ...]


def shelf() -> Shelf:
    """Raises InputError where engines.toml has a mistake."""
    models = tuple(catalogue().entries.values())
    present = frozenset(entry.name for entry in models if entry.present)
    return Shelf((*shipped_names(), *previews()), models, present, tuple(servers().values()))


def entry_of(name: str) -> Entry:
    """A model of the catalogue. Raises RequestError naming the nearest, InputError for engines that are no models."""
    found = catalogue().entries.get(name)
    if found is None:
        if name in known_engine_names():
            raise InputError(f"{name} is no model that is fetched: it needs nothing")
        open_engine(name)  # raises, naming the nearest
        raise RequestError(f"no engine {name!r}")
    return found


def facts(name: str) -> list[tuple[str, str]]:
    """Everything that is known of an engine, as lines of a table. Raises RequestError."""
    if entry := catalogue().entries.get(name):
        return _model_facts(entry)
    if server := servers().get(name):
        return _server_facts(server)
    engine = open_engine(name)
    limits = engine.limits
    engine.close()
    return [
        ("name", engine.name),
        ("kind", "comes with Oner"),
        ("sizes", f"{limits.min_side} to {limits.max_side} pixels, multiples of {limits.size_step}"),
        ("length", f"up to {limits.max_seconds} s" if limits.max_seconds else f"up to {limits.max_frames} frames"),
        ("given frames", "yes" if limits.takes_given_frames else "no"),
        ("price", "free"),
    ]


def _model_facts(entry: Entry) -> list[tuple[str, str]]:
    window = entry.frames.window or entry.frames.most
    length = f"{window} frames, {window / entry.rate:.1f} s at {entry.rate} fps"
    longer = {"latents": "windows that overlap in latents", "own": "the model goes on by itself",
              "": "each window from the last frame of the one before" if entry.continues else "no"}  # fmt: skip
    weights = entry.weights
    lines = [
        ("name", entry.name),
        ("title", entry.title),
        ("from", f"{entry.hub} at {entry.revision}" if entry.hub else str(entry.place)),
        ("licence", f"{entry.licence}; {entry.licence_url}" if entry.licence_url else entry.licence),
        ("terms", entry.terms),
        ("can", ", ".join(f"{operation} ({kind})" for operation, kind in entry.pipelines.items())),
        ("sizes", ", ".join(entry.sizes) + ("" if entry.fixed_size else "; others of the same area")),
        ("length", length),
        ("longer", longer.get(entry.windows, entry.windows)),
        ("steps", f"{entry.steps}, guidance {entry.guidance:g}"),
        ("weights", f"{weights.total:.0f} GB: denoiser {weights.transformer:g}, text {weights.text:g}, "
         f"other {weights.other:g}; {entry.working:g} GB to work in"),
        ("here", str(entry.place) if entry.present else f"no: `oner engines pull {entry.name}`"),
    ]  # fmt: skip
    if entry.speed:
        lines.append(("speed", f"{entry.speed.seconds:g} s a clip on {entry.speed.gpu} ({entry.speed.source})"))
    return [(name, text) for name, text in lines if text]


def _server_facts(server: Server) -> list[tuple[str, str]]:
    kind = server.kind
    lengths = ", ".join(map(str, kind.seconds)) if kind.seconds else f"up to {kind.max_seconds}"
    return [
        ("name", server.name),
        ("kind", f"server, profile {kind.name}: {kind.title}"),
        ("url", server.url),
        ("model", server.model or "the server's own"),
        ("key", server.key or "none"),
        ("sizes", ", ".join(kind.sizes) or f"multiples of {kind.size_step}"),
        ("length", f"{lengths} s"),
        ("first picture", "yes" if kind.reference else "no"),
        ("price", f"${server.price_per_second:g} a second" if server.price_per_second else "free"),
        ("limit", "none" if server.limit is None else f"${server.limit:g} a project"),
    ]


def checks(machine: Machine | None = None, name: str | None = None) -> tuple[Machine, list[Fit]]:
    """What fits a machine, this one if none is given. Raises RequestError for an unknown name."""
    machine = machine or this_machine()
    whole = catalogue()
    if name is not None:
        entry = entry_of(name)
        whole = Catalogue({name: entry}, whole.gpus)
    return machine, fits(whole, machine)


def accepted(entry: Entry) -> bool:
    return hub.accepted(entry)


def accept(entry: Entry) -> None:
    hub.accept(entry)


def size_of(entry: Entry) -> hub.Remote:
    return hub.size_of(entry)


def pull(entry: Entry, told: Callable[[int, int], None]) -> Path:
    return hub.pull(entry, told)


def remove(entry: Entry) -> int:
    return hub.remove(entry)

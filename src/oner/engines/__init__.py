"""One interface, several ways to make a clip. Engines are opened by name; each loads only when it is opened."""

from difflib import get_close_matches
from importlib import import_module

from ..errors import RequestError
from ..film import Engine
from ..model.weights_file import other_weights, weights_ship
from ..timing import Rate

_ENGINES = {
    "worlds": ("worlds", "WorldsEngine"),
    "testcard": ("testcard", "TestcardEngine"),
    "native": ("native", "NativeEngine"),
}
SHIPPED = tuple(_ENGINES)  # names that nothing in engines.toml may have


def shipped_names() -> tuple[str, ...]:
    """Engines that come with Oner and need nothing else. `native` is one where its weights are there."""
    there = weights_ship()
    return tuple(name for name in _ENGINES if name != "native" or there)


def previews() -> tuple[str, ...]:
    """`native:NAME` for the weights that ship besides those of `native`."""
    return tuple(f"native:{name}" for name in other_weights())


def engine_names() -> tuple[str, ...]:
    """Engines that can make clips here: those that ship, models that were pulled, servers of engines.toml."""
    from .diffusers import catalogue
    from .videos_api import servers

    present = [entry.name for entry in catalogue().entries.values() if entry.present]
    return (*shipped_names(), *present, *servers())


def known_engine_names() -> tuple[str, ...]:
    """Everything that `open_engine` opens, models that are not on this machine yet included."""
    from .diffusers import catalogue
    from .videos_api import servers

    return (*_ENGINES, *previews(), *catalogue().entries, *servers())


def engines_from_pictures(first: bool, last: bool, carrying_on: bool = False) -> tuple[str, ...]:
    """Names of engines that make a clip which begins with a given picture, ends with one, or both.

    With `carrying_on` only those that carry a scene on from frames (see `EngineLimits`). Models that are not on this
    machine yet are among them; what is here comes first.
    """
    from .diffusers import catalogue
    from .videos_api import servers

    wanted = {"frames", *(("first-last",) if first and last else ("image",) if first else ())}
    kinds = {name: getattr(import_module(f".{module}", __name__), kind) for name, (module, kind) in _ENGINES.items()}
    limits = {name: kinds[name].limits for name in shipped_names()}
    shipped = [
        name
        for name, its in limits.items()
        if its.takes_given_frames and (its.carries_on_from_frames or not carrying_on)
    ]
    able = [entry for entry in catalogue().entries.values() if wanted & set(entry.pipelines)]
    able.sort(key=lambda entry: not entry.present)
    ordered = [name for name, server in servers().items() if server.kind.reference and not last]
    return (*shipped, *ordered, *(entry.name for entry in able))


def pace(name: str, rate: Rate) -> float | None:
    """Seconds that an open model needs for a frame of a film on this machine, reckoned; None where nobody knows."""
    from .diffusers import catalogue

    whole = catalogue()
    if (entry := whole.entries.get(name)) is None:
        return None
    from .diffusers.machine import fit, this_machine

    found = fit(entry, this_machine(), whole.gpus)
    return found.seconds / (found.clip_seconds * float(rate)) if found.seconds else None


def open_engine(name: str) -> Engine:
    """Open an engine. Light: what is heavy is loaded by the first `render`.

    `native:FILE` is the native engine with weights of one's own.

    Raises RequestError, naming the nearest engine, if there is none of this name; EngineError if it cannot run here;
    InputError where engines.toml has a mistake.
    """
    if name in _ENGINES:
        module, kind = _ENGINES[name]
        return getattr(import_module(f".{module}", __name__), kind)()
    kind, colon, weights = name.partition(":")
    if kind == "native" and colon:
        from .native import NativeEngine

        return NativeEngine(weights)
    from .diffusers import catalogue
    from .videos_api import servers

    if entry := catalogue().entries.get(name):
        from .diffusers.engine import DiffusersEngine

        return DiffusersEngine(entry)
    if server := servers().get(name):
        from .videos_api.engine import VideosApiEngine

        return VideosApiEngine(server)
    near = get_close_matches(name.lower(), known_engine_names(), n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise RequestError(f"no engine {name!r}; {hint}there are {', '.join(_ENGINES)}; `oner engines list` shows all")

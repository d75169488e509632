"""One interface, several ways to make a clip. Engines are opened by name; each loads only when it is opened."""

from difflib import get_close_matches
from importlib import import_module

from ..errors import RequestError
from ..film import Engine

_ENGINES = {"worlds": ("worlds", "WorldsEngine"), "testcard": ("testcard", "TestcardEngine")}


def engine_names() -> tuple[str, ...]:
    """Names that `open_engine` knows."""
    return tuple(_ENGINES)


def open_engine(name: str) -> Engine:
    """Open an engine. Light: what is heavy is loaded by the first `render`.

    Raises RequestError, naming the nearest engine, if there is none of this name; EngineError if it cannot run here.
    """
    if name not in _ENGINES:
        near = get_close_matches(name.lower(), _ENGINES, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise RequestError(f"no engine {name!r}; {hint}there are {', '.join(_ENGINES)}")
    module, kind = _ENGINES[name]
    return getattr(import_module(f".{module}", __name__), kind)()

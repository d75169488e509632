"""Every error that Oner raises on purpose.

    OnerError
    ├── InputError          what the user gave cannot be used (command line: exit code 2)
    │   ├── MediaError      a file that is not what it should be: no sound, truncated, not a picture
    │   ├── RequestError    a clip request that the engine cannot make exactly
    │   ├── FilmError       a mistake in film.toml; carries the line
    │   └── OrderError      an order of a video that cannot be taken; carries the field and a code
    ├── StoreError          the ledger or a stored file is missing, damaged, newer or locked
    │   └── HeldError       another process is at work in the same folder
    ├── EngineError         an engine failed while making a clip
    └── Cancelled           the user or the conductor stopped the work; not a failure

A message says what was given, what is allowed and what to do next.
"""


class OnerError(Exception):
    """Base of every error raised on purpose; its text is meant for the user."""


class InputError(OnerError):
    """What the user gave cannot be used."""


class MediaError(InputError):
    """A media file cannot be read or is not of the needed kind."""


class RequestError(InputError):
    """A clip request that cannot be made exactly as it stands."""


class FilmError(InputError):
    """A mistake in film.toml. `line` is 1-based, or None where no single line is at fault."""

    def __init__(self, message: str, line: int | None = None):
        super().__init__(message if line is None else f"line {line}: {message}")
        self.line = line


class OrderError(InputError):
    """An order that the server's users cannot be given. `field` is the field at fault, `code` a word for programs."""

    def __init__(self, message: str, field: str | None = None, code: str = "invalid_value"):
        super().__init__(message)
        self.field, self.code = field, code


class StoreError(OnerError):
    """The ledger or one of its files is missing, damaged, locked or of a newer version."""


class HeldError(StoreError):
    """Another process is at work in the same folder."""


class EngineError(OnerError):
    """An engine failed while making a clip."""


class Cancelled(OnerError):
    """Work was stopped on request."""

"""What a shoot tells while it runs and when it has ended."""

from dataclasses import dataclass

from ..film import Job, Take

POLL_SECONDS = 0.1  # between two looks at the ledger


@dataclass(frozen=True)
class ShootProgress:
    """How far a shoot is. `total` counts the takes that this shoot makes; `found` those that it did not have to make.

    `running` jobs carry their progress (0..1). `seconds_left` is None until something was measured.
    """

    total: int
    found: int
    done: int
    failed: int
    running: tuple[Job, ...]
    seconds: float
    seconds_left: float | None


@dataclass(frozen=True)
class ShootReport:
    """What a shoot did. `failed` jobs carry their reasons; the other takes are there all the same."""

    found: int
    made: tuple[Take, ...]
    failed: tuple[Job, ...]
    seconds: float
    workers: int  # 0: those of another shoot
    deaths: int  # workers that died and were replaced

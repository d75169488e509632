"""Long work beside a pulse: `report` is called every second although a model thinks for minutes."""

import threading
from collections import deque
from collections.abc import Callable
from typing import TypeVar

from ..errors import Cancelled
from ..film import Report

T = TypeVar("T")
PULSE_SECONDS = 0.5


def with_heartbeat(work: Callable[[Report], T], report: Report) -> T:
    """Run `work(tell)` in a thread of its own and `report` here, with everything that it tells.

    A worker's lease is renewed by `report`, and loading weights or one step of a large model takes longer than a lease
    lasts. Whatever `report` raises comes out of the next `tell`, and then out of here.
    """
    told = deque([(0.0, "starting")])
    news, done = threading.Event(), threading.Event()
    stop: list[BaseException] = []
    result: list[T] = []
    failure: list[BaseException] = []

    def tell(progress: float, words: str) -> None:
        if stop:
            raise Cancelled("stopped") from stop[0]
        told.append((progress, words))
        news.set()

    def run() -> None:
        try:
            result.append(work(tell))
        except BaseException as error:
            failure.append(error)
        finally:
            done.set()
            news.set()

    last = told.popleft()
    report(*last)
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while not done.is_set() or told:
        news.wait(PULSE_SECONDS)
        news.clear()
        try:
            if not told and not stop and not done.is_set():
                report(*last)
            while told and not stop:
                progress, words = told.popleft()
                last = (max(progress, last[0]), words)
                report(*last)
        except BaseException as error:
            stop.append(error)
        if stop:
            told.clear()
    thread.join()
    if stop:
        raise stop[0]
    if failure:
        raise failure[0]
    return result[0]

"""Progress on the terminal: one line that moves, on standard error, silent where no one watches."""

from collections.abc import Iterator
from contextlib import contextmanager

from ..film import Report


@contextmanager
def progress(title: str, quiet: bool = False) -> Iterator[Report]:
    """Give a `report(fraction, words)` that draws a bar with the time left."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda fraction, words: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, TextColumn("[dim]{task.fields[words]}"), console=console, transient=True) as bar:
        task = bar.add_task(title, total=1.0, words="")
        yield lambda fraction, words: bar.update(task, completed=fraction, words=words)

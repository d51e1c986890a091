"""How commands talk: results on stdout (or one JSON line), progress and problems on stderr."""

import json
import signal
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from facelib.cli import log_lines
from facelib.errors import FacelibError
from facelib.machine_faults import is_machine_fault
from facelib.stopping import Stopped, stop_on

PLAIN_WIDTH = 200
"""Columns where the output is no terminal, so that ids and paths stay in one piece."""
# Titles and channels are shown as they are: "search:cat: 3 uploads" has no picture of a cat in it.
out = Console(emoji=False)
err = Console(stderr=True, emoji=False)
if not out.is_terminal:
    out = Console(width=PLAIN_WIDTH, emoji=False)

WHOLE = frozenset({"video_id", "clip_id", "name"})
"""Columns that are pasted into the next command, and must not be broken over lines."""

VALUE_WIDTH = 26
"""Columns of a terminal that a value may take."""

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as one JSON line on stdout.")]
By = Annotated[str, typer.Option(help="Who decides; kept for good.")]


def guarded(command: Callable[[], Any]) -> None:
    """Run a command; show a FacelibError, or a file that cannot be used, as a sentence, and end with its exit code."""
    try:
        with stop_on(signal.SIGINT, signal.SIGTERM):
            command()
    except FacelibError as error:
        _tell(error.message, error.hint, error.reason)
        sys.exit(error.exit_code)
    except OSError as error:
        file = error.filename2 or error.filename
        if file is None and not is_machine_fault(error):
            raise
        told = f"cannot use {file}: {error.strerror}" if file is not None else str(error.strerror)
        _tell(told, "mend this and give the command again: what is complete is kept", "os_error")
        sys.exit(FacelibError.exit_code)
    except Stopped as stopped:
        say(f"{stopped}; what was complete is kept, the next run goes on from there", level="warning")
        sys.exit(stopped.exit_code)


def _tell(message: str, hint: str, reason: str) -> None:
    """A problem on stderr, with the way on."""
    if log_lines.as_json():
        say(message, level="error", reason=reason, hint=hint)
        return
    err.print(f"[red]error:[/red] {escape(message)}", highlight=False)
    if hint:
        err.print(f"[dim]{escape(hint)}[/dim]", highlight=False)


def emit(result: Mapping[str, Any], as_json: bool, *, title: str) -> None:
    """Print a result: one JSON line, or a small table of names and values."""
    if as_json:
        typer.echo(json.dumps(result, ensure_ascii=False, default=str))
        return
    table = Table(title=escape(title), show_header=False, title_justify="left")
    for name, value in result.items():
        table.add_row(name.replace("_", " "), escape(plain(value)))
    out.print(table)


def rows(
    items: Iterable[Mapping[str, Any]], columns: Mapping[str, str], *, title: str, empty: str, group: str = ""
) -> None:
    """Print rows as a table; a sentence when there are none.

    Args:
        items: the rows.
        columns: key of a row, and heading.
        title: above the table.
        empty: printed when there are no rows.
        group: key by which successive rows belong together: its value stands once above them.
    """
    listed = list(items)
    if not listed:
        out.print(empty)
        return
    table = Table(title=escape(title), title_justify="left")
    for key, heading in columns.items():
        # A long value must not leave the columns beside it no room.
        most = VALUE_WIDTH if key == "value" and out.is_terminal else None
        table.add_column(heading, overflow="fold", no_wrap=key in WHOLE, max_width=most)
    above = None
    for item in listed:
        if group and item[group] != above:
            above = item[group]
            table.add_section()
            table.add_row(f"[bold]{escape(plain(above))}[/bold]")
        table.add_row(*(escape(plain(item.get(key))) for key in columns))
    out.print(table)


def bar(*, of_bytes: bool = False) -> Progress:
    """A progress bar on stderr; shows nothing when stderr is no terminal."""
    count = DownloadColumn() if of_bytes else MofNCompleteColumn()
    # A description may be a title, in which [/x] is no end of a style.
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), count, TimeElapsedColumn())
    return Progress(*columns, console=err, transient=True, disable=not err.is_terminal)


def say(text: str, *, level: str = "info", **about: Any) -> None:
    """A line on stderr: the text, or JSON with the ids and codes that it is about; see the setting ``log_format``."""
    if log_lines.as_json():
        print(log_lines.line(text, level=level, **about), file=sys.stderr, flush=True)
    else:
        err.print(text, highlight=False, markup=False)


def plain(value: Any) -> str:
    """A value as it is shown to a person."""
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    if isinstance(value, Mapping):
        return ", ".join(f"{k}: {plain(v)}" for k, v in value.items()) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(plain(item) for item in value) or "none"
    return "–" if value is None else str(value)

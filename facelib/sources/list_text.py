"""From the bytes of a list to its rows: encodings, headers, delimiters, quotes."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from facelib.errors import SourceError
from facelib.sources.list_report import BadLine, shown

TABLE_SUFFIXES = frozenset({".csv", ".tsv"})
_DELIMITERS = ("\t", ",", ";")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class Row:
    """One row of a list.

    Attributes:
        line: number of its first line, from 1.
        text: its first line as it is in the file.
        values: its values by column name; without a header the columns are `""`, `column_2`, `column_3` ...
    """

    line: int
    text: str
    values: dict[str, str]

    def bad(self, reason: str, why: str) -> BadLine:
        """This row as one that is not taken."""
        return BadLine(self.line, shown(self.text), reason, why)


@dataclass
class Table:
    """A list, read.

    Attributes:
        path: its file.
        columns: names of its columns in lower case; empty without a header.
        rows: the rows that could be read, in order.
        bad: the lines that could not, in order.
    """

    path: Path
    columns: tuple[str, ...] = ()
    rows: list[Row] = field(default_factory=list)
    bad: list[BadLine] = field(default_factory=list)


def read_table(path: Path, known: Collection[str]) -> Table:
    """Read a list: UTF-8 or UTF-16 with or without a byte order mark, any line end.

    The first line is a header where one of its values, whatever its case, is in `known`; the delimiter is then the
    one of tab, comma and semicolon that shows it. Without a header, values are divided by tabs, in .csv files by commas
    or semicolons; blank lines, and in files that are no tables also lines that begin with `#`, are passed over.

    Raises:
        SourceError: `list_unreadable` where the file cannot be read or is no text.
    """
    lines = _lines(path)
    at = next((number for number, line in enumerate(lines) if line.strip()), None)
    table = Table(path)
    if at is None:
        return table
    for delimiter in _DELIMITERS:
        names = tuple(name.strip().lower() for name in next(csv.reader([lines[at]], delimiter=delimiter), ()))
        if set(names) & set(known):
            table.columns = names
            return _filled(table, lines, _records(lines, at + 1, delimiter, table.bad))
    if path.suffix.lower() in TABLE_SUFFIXES:
        return _filled(table, lines, _records(lines, at, _delimiter_in(lines[at]), table.bad))
    return _filled(
        table, lines, ((n, line.split("\t")) for n, line in enumerate(lines) if not line.lstrip().startswith("#"))
    )


def _lines(path: Path) -> list[str]:
    """The lines without their ends; bytes that are not UTF-8 become surrogates."""
    try:
        content = path.read_bytes()
    except IsADirectoryError:
        raise SourceError(
            f"{path} is a folder, not a list", hint="give the folder itself as the channel", reason="list_unreadable"
        ) from None
    except OSError as error:
        raise SourceError(
            f"cannot read the list {path}: {error.strerror}", hint="check the path", reason="list_unreadable"
        ) from error
    if content.startswith(_UTF16):
        text = content.decode("utf-16", "replace")
    elif b"\0" in content:
        raise SourceError(f"{path} is not a text file", hint="give a CSV, TSV or text file", reason="list_unreadable")
    else:
        text = content.decode("utf-8-sig", "surrogateescape")
    # Not splitlines(): it also cuts at characters that may stand in titles, such as U+2028.
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _delimiter_in(line: str) -> str:
    return next((delimiter for delimiter in _DELIMITERS if delimiter in line), ",")


def _records(lines: Sequence[str], at: int, delimiter: str, bad: list[BadLine]) -> Iterator[tuple[int, list[str]]]:
    """Index of the first line and the values of each record; after one with wrong quotes goes on with the next line."""
    while at < len(lines):
        reader = csv.reader((f"{lines[n]}\n" for n in range(at, len(lines))), delimiter=delimiter, strict=True)
        start = 0
        try:
            for values in reader:
                yield at + start, values
                start = reader.line_num
            return
        except csv.Error as error:
            why = "a quote is not closed" if "unexpected end" in str(error) else f"quotes are wrong: {error}"
            bad.append(BadLine(at + start + 1, shown(lines[at + start]), "bad_quotes", why))
            at += start + 1


def _filled(table: Table, lines: Sequence[str], records: Iterable[tuple[int, list[str]]]) -> Table:
    for index, values in records:
        cells = [value.strip() for value in values]
        if not any(cells):
            continue
        columns = table.columns or ("", *(f"column_{n}" for n in range(2, len(cells) + 1)))
        row = Row(index + 1, lines[index], dict(zip(columns, cells, strict=False)))
        if len(cells) > len(columns) and any(cells[len(columns) :]):
            table.bad.append(row.bad("wrong_columns", f"{len(cells)} values under {len(columns)} columns"))
        elif any(_is_broken(cell) for cell in cells):
            table.bad.append(row.bad("not_utf8", "its bytes are not UTF-8: save the file as UTF-8"))
        else:
            table.rows.append(row)
    table.bad.sort(key=lambda line: line.line)
    return table


def _is_broken(cell: str) -> bool:
    try:
        cell.encode()
    except UnicodeEncodeError:
        return True
    return False

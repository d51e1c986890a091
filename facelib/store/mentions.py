"""Finds ids in texts, documents, Parquet tables and raw bytes, and takes out what mentions them.

An id is mentioned where it stands between characters that cannot belong to an id of ours: ``<id>.000025.0.96e63223``,
the id of a clip, mentions its video, and so does ``results/track/<id>/ab12.parquet``.
"""

import mmap
import re
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

TAKEN_DOWN = "taken-down"
"""What stands in place of a text that mentioned an id."""
ALTERNATIVES = 400
"""Ids in one regular expression of a query; more would need more memory than the engine grants it."""

_TAIL = re.compile(rb"-[0-9a-f]{10}")
_LETTER = re.compile(rb"[0-9A-Za-z]")


class Mentions:
    """Some ids, to be looked for.

    Any number of ids cost about the same: those of videos end in ten hexadecimal digits, which are looked for first.

    Example:
        >>> mentions = Mentions(["file_a-0123456789"])
        >>> mentions.in_text("media/file_a-0123456789/x.mp4"), mentions.in_text("file_a-01234567890")
        (True, False)
        >>> mentions.without({"videos": ["file_a-0123456789", "file_b-0123456789"], "n": 2})
        {'videos': ['file_b-0123456789'], 'n': 2}
    """

    def __init__(self, ids: Iterable[str]) -> None:
        self.ids = tuple(sorted(set(ids)))
        self._by_tail: dict[bytes, list[bytes]] = {}
        others = []
        for item in self.ids:
            data = item.encode()
            if _TAIL.fullmatch(data[-11:]):
                self._by_tail.setdefault(data[-11:], []).append(data)
            else:
                others.append(re.escape(data))
        self._others = re.compile(b"|".join(others)) if others else None

    def in_text(self, text: str) -> bool:
        """Whether a text mentions one of the ids."""
        data = text.encode("utf-8", "surrogatepass")
        return any(_alone(data, start, end) for start, end in self._places(data))

    def in_bytes(self, data: bytes | mmap.mmap) -> bool:
        """Whether an id stands anywhere in some bytes, whatever is around it: stricter than :meth:`in_text`."""
        return next(self._places(data), None) is not None

    def in_table(self, table: pa.Table) -> bool:
        """Whether any text in a table, lists and structs included, mentions an id."""
        return any(self.in_text(text) for column in table.columns for chunk in column.chunks for text in _texts(chunk))

    def without(self, document: Any) -> Any:
        """A JSON document without the mentions.

        An item of a list that is a mention goes; so does one that is an object with a mention among its own values,
        because the values beside it are about the same thing. Elsewhere :data:`TAKEN_DOWN` stands in its place, in
        that of such an object too, and a key that mentions an id goes with its value. Of the document itself, though
        it has a mention among its own values, the other values stay.
        """
        if isinstance(document, dict):
            kept = {name: value for name, value in document.items() if not self.in_text(name)}
            return {name: self._value(value) for name, value in kept.items()}
        if isinstance(document, list):
            return [self.without(item) for item in document if not self._is_about(item)]
        return TAKEN_DOWN if isinstance(document, str) and self.in_text(document) else document

    def conditions(self, column: str) -> list[str]:
        """SQL conditions for DuckDB of which one holds where a column mentions an id."""
        parts = [self.ids[start : start + ALTERNATIVES] for start in range(0, len(self.ids), ALTERNATIVES)]
        patterns = [f"(^|[^0-9A-Za-z])({'|'.join(map(re.escape, part))})([^0-9A-Za-z]|$)" for part in parts]
        quoted = [pattern.replace("'", "''") for pattern in patterns]
        return [f"coalesce(regexp_matches(CAST(\"{column}\" AS VARCHAR), '{pattern}'), false)" for pattern in quoted]

    def _value(self, value: Any) -> Any:
        return TAKEN_DOWN if isinstance(value, dict) and self._is_about(value) else self.without(value)

    def _is_about(self, item: Any) -> bool:
        values = item.values() if isinstance(item, dict) else [item]
        return any(isinstance(value, str) and self.in_text(value) for value in values)

    def _places(self, data: bytes | mmap.mmap) -> Iterator[tuple[int, int]]:
        if self._by_tail:
            for found in _TAIL.finditer(data):
                for item in self._by_tail.get(found[0], ()):
                    start = found.end() - len(item)
                    if start >= 0 and data[start : found.end()] == item:
                        yield start, found.end()
        if self._others:
            for found in self._others.finditer(data):
                yield found.span()


def _alone(data: bytes | mmap.mmap, start: int, end: int) -> bool:
    return not (_LETTER.match(data[max(0, start - 1) : start]) or _LETTER.match(data[end : end + 1]))


def _texts(array: pa.Array) -> Iterator[str]:
    """Every text in an array, those in lists and structs too."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        yield from _texts(array.dictionary)
    elif pa.types.is_struct(kind):
        for child in array.flatten():
            yield from _texts(child)
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
        yield from _texts(array.flatten())
    elif pa.types.is_map(kind):
        yield from _texts(array.keys)
        yield from _texts(array.items)
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
        yield from (text for text in array.unique().to_pylist() if text is not None)

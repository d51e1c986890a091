"""What one version of a Lance table consists of, as its manifest says.

A manifest is a protobuf message between a few sections and a footer; its fields are those of ``table.proto`` in the
Lance table format (https://lance.org/format/table/). LanceDB does not tell which files a version has, and its own
cleaning cannot keep an old version between younger ones that go, so this reads just that. Whatever it does not know
makes it refuse, since what follows is that files are removed.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

_MAGIC = b"LANC"
_FOOTER = 16
_LENGTH = 4
_HIGHEST = 2**64 - 1
_SUFFIXES = {0: "arrow", 1: "bin"}
"""Of a file of deleted rows, by its kind."""
_MANIFEST_FIELDS = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 19, 21}
"""Left out: 18, paths outside of the table; 20, a branch."""
_FRAGMENT_FIELDS = {1, 2, 3, 4, 5}
"""Left out: what has files of its own beside the data."""

Field = tuple[int, int | bytes]


class UnknownLayout(ValueError):
    """A table whose files cannot be told apart with certainty."""


@dataclass(frozen=True)
class Manifest:
    """One version of a table.

    Args:
        version: its number.
        rows: how many it has.
        files: data files, files of deleted rows and the transaction, relative to the folder of the table.
        indexes: ids of its indexes; each is a folder of this name in ``_indices``.
    """

    version: int
    rows: int
    files: frozenset[str]
    indexes: frozenset[str]


def name_of(version: int) -> str:
    """The file of a version's manifest, relative to the folder of the table.

    >>> name_of(5)
    '_versions/18446744073709551610.manifest'
    """
    return f"_versions/{_HIGHEST - version:020}.manifest"


def version_of(name: str) -> int | None:
    """The version of a manifest's file; None for any other file."""
    stem = name.removeprefix("_versions/").removesuffix(".manifest")
    number = int(stem) if stem.isdecimal() and len(stem) == 20 else _HIGHEST + 1
    return _HIGHEST - number if number <= _HIGHEST and name == name_of(_HIGHEST - number) else None


def read(data: bytes) -> Manifest:
    """What a manifest says.

    Args:
        data: the bytes of its file.

    Raises:
        UnknownLayout: something in it is not known here.
    """
    if data[-len(_MAGIC) :] != _MAGIC:
        raise UnknownLayout("a manifest does not end as one")
    fields = _known(_section(data, int.from_bytes(data[-_FOOTER : -_FOOTER // 2], "little")), _MANIFEST_FIELDS)
    numbers = {n: v for n, v in fields if isinstance(v, int)}
    if not numbers.get(3):
        raise UnknownLayout("a manifest has no version")
    fragments = [_fragment(_bytes(value)) for n, value in fields if n == 2]
    files = {name for names, _ in fragments for name in names}
    files |= {f"_transactions/{_text(value)}" for n, value in fields if n == 12}
    indexes = set[str]()
    if 6 in numbers:
        indexes = {_index(_bytes(value)) for n, value in _fields(_section(data, numbers[6])) if n == 1}
    rows = sum(rows for _, rows in fragments)
    return Manifest(numbers[3], rows, frozenset(files), frozenset(indexes))


def _fragment(data: bytes) -> tuple[list[str], int]:
    """The files of a fragment, and its rows without the deleted ones."""
    fields = _known(data, _FRAGMENT_FIELDS)
    numbers = {n: v for n, v in fields if isinstance(v, int)}
    files = [f"data/{_text(dict(_fields(_bytes(value))).get(1, 0))}" for n, value in fields if n == 2]
    rows = numbers.get(4, 0)
    for deleted in (_bytes(value) for n, value in fields if n == 3):
        about = {n: v for n, v in _fields(deleted) if isinstance(v, int)}
        if about.get(1, 0) not in _SUFFIXES:
            raise UnknownLayout("deleted rows are stored in an unknown way")
        name = f"{numbers.get(1, 0)}-{about.get(2, 0)}-{about.get(3, 0)}.{_SUFFIXES[about.get(1, 0)]}"
        files.append(f"_deletions/{name}")
        rows -= about.get(4, 0)
    return files, rows


def _index(data: bytes) -> str:
    """The id of an index: 16 bytes in a message of their own."""
    number = dict(_fields(_bytes(dict(_fields(data)).get(1, b"")))).get(1, b"")
    if not isinstance(number, bytes) or len(number) != 16:
        raise UnknownLayout("an index has no id")
    return str(uuid.UUID(bytes=number))


def _section(data: bytes, start: int) -> bytes:
    """A message that its length comes before."""
    end = start + _LENGTH + int.from_bytes(data[start : start + _LENGTH], "little")
    if not 0 <= start < end <= len(data) - _FOOTER:
        raise UnknownLayout("a section of a manifest is not where it should be")
    return data[start + _LENGTH : end]


def _known(data: bytes, known: set[int]) -> list[Field]:
    fields = list(_fields(data))
    if other := sorted({n for n, _ in fields} - known):
        raise UnknownLayout(f"a manifest has unknown fields: {other}")
    return fields


def _fields(data: bytes) -> Iterator[Field]:
    """Numbers and values of a protobuf message; numbers of fixed length as bytes.

    >>> list(_fields(bytes([0x08, 0x96, 0x01, 0x12, 0x02]) + b"hi"))
    [(1, 150), (2, b'hi')]
    """
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        if key & 7 == 0:
            value, at = _varint(data, at)
            yield key >> 3, value
            continue
        if key & 7 == 2:
            size, at = _varint(data, at)
        elif key & 7 in (1, 5):
            size = 8 if key & 7 == 1 else 4
        else:
            raise UnknownLayout("a manifest is no protobuf message")
        if at + size > len(data):
            raise UnknownLayout("a manifest ends in the middle of a field")
        yield key >> 3, data[at : at + size]
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < 64:
        value |= (data[at] & 127) << shift
        at += 1
        if data[at - 1] < 128:
            return value, at
        shift += 7
    raise UnknownLayout("a manifest has a broken number")


def _bytes(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise UnknownLayout("a manifest has a number where a message should be")
    return value


def _text(value: int | bytes) -> str:
    return _bytes(value).decode(errors="replace")

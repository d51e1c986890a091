"""The card of a dataset for the Hugging Face Hub: YAML that ``datasets`` and the Hub read, then text for people."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from facelib.export.options import ExportOptions

Rows = Sequence[Mapping[str, Any]]

_HUB_LICENCES = {
    "creative commons attribution license (reuse allowed)": "cc-by-3.0",
    "cc by": "cc-by-4.0",
    "cc by-sa": "cc-by-sa-4.0",
    "cc by-nc": "cc-by-nc-4.0",
    "cc by-nd": "cc-by-nd-4.0",
    "cc by-nc-sa": "cc-by-nc-sa-4.0",
    "cc by-nc-nd": "cc-by-nc-nd-4.0",
    "cc0": "cc0-1.0",
    "cc0 1.0": "cc0-1.0",
    **{f"cc {kind} {v}": f"cc-{kind}-{v}" for kind in ("by", "by-sa", "by-nc", "by-nc-sa") for v in ("3.0", "4.0")},
    **{f"cc {kind} 4.0": f"cc-{kind}-4.0" for kind in ("by-nd", "by-nc-nd")},
}
_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)


def card(
    by_split: Mapping[str, Rows],
    options: ExportOptions,
    *,
    features: Mapping[str, str],
    patterns: Mapping[str, list[str]],
) -> str:
    """The text of ``README.md``.

    Args:
        by_split: what the tables of the dataset say of each item, by the name of its split.
        options: how they were chosen and cut.
        features: type of each column, in the order of the table.
        patterns: files of each split.
    """
    rows = [row for own in by_split.values() for row in own]
    head: dict[str, Any] = {
        "license": hub_licences(rows),
        "size_categories": [_size(len(rows))],
        "tags": ["video", "talking-face"],
        "configs": [
            {"config_name": "default", "data_files": [{"split": s, "path": paths} for s, paths in patterns.items()]}
        ],
        "dataset_info": {"features": [{"name": name, "dtype": kind} for name, kind in features.items()]},
    }
    # A value in JSON is a value in YAML, whatever characters are in it.
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in head.items()]
    return (
        "\n".join(
            ["---", *lines, "---", "", *_text(rows, options, {split: len(own) for split, own in by_split.items()})]
        )
        + "\n"
    )


def hub_licences(rows: Rows) -> list[str]:
    """The licences of the sources as the Hub calls them, sorted; ``unknown`` and ``other`` where it has no name."""
    return sorted({hub_licence(row["licence"]) for row in rows}) or ["unknown"]


def hub_licence(licence: str | None) -> str:
    """A licence as the Hub calls it.

    >>> hub_licence("CC BY-SA 4.0"), hub_licence(""), hub_licence("Terms of the site")
    ('cc-by-sa-4.0', 'unknown', 'other')
    """
    if not licence:
        return "unknown"
    known = licence.strip().lower()
    return known if known in _HUB_LICENCES.values() else _HUB_LICENCES.get(known, "other")


def _text(rows: Rows, options: ExportOptions, splits: Mapping[str, int]) -> list[str]:
    people = {"channels": "channel_id", "videos": "video_id", "clips": "clip_id"}
    counts = ", ".join(f"{len({row[key] for row in rows})} {name}" for name, key in people.items())
    minutes = sum(row["n_frames"] / row["fps"] for row in rows) / 60
    licences = Counter(row["licence"] or "not told by the source" for row in rows)
    return [
        "# Talking-face clips",
        "",
        f"{len(rows)} items, {minutes:.1f} min, from {counts}. H.264 at 25 frames/s with 16 kHz mono AAC.",
        "",
        "| choice | value |",
        "|---|---|",
        f"| where | `{_cell(options.where)}` |",
        f"| unit | {options.unit} |",
        f"| crop | {options.crop} |",
        f"| size | {f'{options.size} px' if options.size else 'as cut'} |",
        f"| sound moved into sync | {'yes' if options.sync else 'no'} |",
        f"| splits | {f'{options.splits} by {options.split_by}' if options.splits else 'none'} |",
        "",
        "| split | items |",
        "|---|---|",
        *(f"| {split} | {count} |" for split, count in splits.items()),
        "",
        "| licence of the source | items |",
        "|---|---|",
        *(f"| {_cell(licence)} | {count} |" for licence, count in sorted(licences.items())),
        "",
        "Times are seconds of the source, sides are px, `offset_frames` is by how many frames of 40 ms the sound was",
        "moved. `url` names the source of each item: the rights in it stay with whoever published it.",
    ]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _size(count: int) -> str:
    return next((name for limit, name in _SIZES if count < limit), "n>10M")

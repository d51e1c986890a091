"""Clips by words: in the title, channel and uploader of their upload, and in what is said while they run."""

from dataclasses import dataclass
from typing import Any

from facelib.catalog.reader import Catalog, ClipFilter
from facelib.catalog.words import words_of
from facelib.errors import FacelibError, StoreError

MAX_WORDS = 12
TITLE_WEIGHT = 2.0
"""What a word in the title counts for, against the same word among those that are said."""


@dataclass(frozen=True)
class TextHit:
    """A clip that was found by words: how well it fits, above 0, and how many of the words it has."""

    clip_id: str
    score: float
    words: int


def find(catalog: Catalog, text: str, *, limit: int, wanted: ClipFilter | None = None) -> list[TextHit]:
    """The clips that fit a text best, best first.

    A word counts for the more the rarer it is (its inverse document frequency, as BM25 has it); the last word may be
    the beginning of one. Words in quotation marks have to follow each other. Clips with more of the words come first.

    Args:
        catalog: the catalogue.
        text: what was typed; accents, case and marks do not matter.
        limit: at most this many.
        wanted: only clips that pass.

    Raises:
        FacelibError: the text has no word in it; reason ``no_words``.
        StoreError: the catalogue was made by a version without texts.
    """
    terms = terms_of(text)
    if not terms:
        raise FacelibError(
            "there is no word to search for", hint="type a word of two letters or more", reason="no_words"
        )
    if "clip_texts" not in catalog.publication.counts:
        raise StoreError(
            "this collection was published before there was a search for words",
            hint="run 'facelib rebuild'",
            reason="no_texts",
        )
    wanted = wanted or ClipFilter()
    condition, parameters = ("TRUE", []) if wanted.is_empty and not catalog.hides else _passing(catalog, wanted)
    rows = catalog.rows(_ranking(len(terms), condition), [*terms, *terms, *parameters, limit])
    return [TextHit(row["clip_id"], row["score"], row["words"]) for row in rows]


def terms_of(text: str) -> list[str]:
    """What has to be in a text, each as it stands there, with spaces; the last word may go on.

    >>> terms_of('"Deep sea" fishin')
    [' deep sea ', ' fishin']
    """
    parts = text.split('"')
    terms: list[str] = []
    for number, part in enumerate(parts):
        words = words_of(part)
        if number % 2 and words:
            terms.append(f" {' '.join(words)} ")
        else:
            terms += [f" {word} " for word in words]
    unique = list(dict.fromkeys(terms))[:MAX_WORDS]
    open_end = unique and parts and len(parts) % 2 and words_of(parts[-1]) and not text[-1:].isspace()
    if open_end and len(unique[-1].strip()) > 1:
        unique[-1] = unique[-1][:-1]
    return unique


def _passing(catalog: Catalog, wanted: ClipFilter) -> tuple[str, list[Any]]:
    condition, parameters = catalog.passing(wanted)
    passing = f"SELECT c.rowid FROM clips c JOIN uploads u USING (video_id) WHERE {condition}"  # noqa: S608
    return f"place IN ({passing})", parameters


def _ranking(terms: int, condition: str) -> str:
    """The query: its parameters are the terms, the terms again, those of the condition, and how many clips at most.

    Clips are told apart by their row, a number; the ids are read of those alone that are found.
    """
    every = range(terms)
    has = ", ".join(f"contains(text, ?)::INTEGER AS h{n}" for n in every)
    some = " OR ".join("contains(text, ?)" for _ in every)
    rarity = ", ".join(f"ln(1 + (any_value(n) - sum(h{n}) + 0.5) / (sum(h{n}) + 0.5)) AS w{n}" for n in every)
    own = ", ".join(f"h{n}" for n in every)
    most = ", ".join(f"max(h{n}) AS m{n}, max(h{n} * part) AS p{n}" for n in every)
    words = " + ".join(f"m{n}" for n in every)
    score = " + ".join(f"w{n} * p{n}" for n in every)
    return (
        f"WITH found AS MATERIALIZED (SELECT video_id, clip_id, {has} FROM clip_texts WHERE {some}), "  # noqa: S608
        f"rarity AS (SELECT {rarity} FROM found, (SELECT count(*) AS n FROM clip_texts)), "
        f"near AS (SELECT clips.rowid AS place, 1::DOUBLE AS part, {own} FROM found JOIN clips USING (clip_id) "
        f"WHERE found.clip_id <> '' UNION ALL SELECT clips.rowid AS place, {TITLE_WEIGHT}::DOUBLE AS part, {own} "
        "FROM found JOIN clips USING (video_id) WHERE found.clip_id = ''), "
        f"best AS (SELECT place, {most} FROM near WHERE {condition} GROUP BY place), "
        f"top AS (SELECT place, {score} AS score, {words} AS words FROM best, rarity "
        "ORDER BY words DESC, score DESC, place LIMIT ?) "
        "SELECT clip_id, score, words FROM clips JOIN top ON clips.rowid = top.place "
        "ORDER BY words DESC, score DESC, place"
    )

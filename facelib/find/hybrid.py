"""Clips by words in their texts and by what is to be seen, both rankings as one.

They are joined by reciprocal rank fusion (Cormack, Clarke and Büttcher 2009): scores of different kinds need not be
comparable, only places count.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from facelib.catalog.reader import Catalog, ClipFilter
from facelib.errors import FacelibError
from facelib.find import texts, vectors
from facelib.find.looks import LookQuery
from facelib.index.reader import Index

DEPTH = 200
"""At least so many places of each ranking count."""
K = 60
"""The constant of the paper: the larger, the less the first places count."""


def fused(rankings: Sequence[Sequence[str]], *, k: int = K) -> list[tuple[str, float]]:
    """Ids by the sum of ``1 / (k + rank)`` over the rankings that have them, the largest first.

    Args:
        rankings: ids, each once in a ranking, best first.
        k: see ``K``.

    >>> [name for name, _ in fused([["a", "b", "c"], ["b", "d"]])]
    ['b', 'a', 'd', 'c']
    """
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, name in enumerate(ranking, start=1):
            scores[name] = scores.get(name, 0.0) + 1 / (k + rank)
    return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))


@dataclass(frozen=True)
class WordHit:
    """A clip that was found by words.

    Args:
        clip_id: the clip.
        words: how many of the words its texts have.
        similarity: cosine of the vectors of the sentence and of the clip's picture, -1..1; None where they were not
            compared, or the clip is not among the nearest.
    """

    clip_id: str
    words: int
    similarity: float | None


def search(
    catalog: Catalog,
    index: Index,
    text: str,
    *,
    limit: int,
    wanted: ClipFilter | None = None,
    look: LookQuery | None = None,
    by_words: bool = True,
) -> list[WordHit]:
    """The clips that fit a text, best first.

    Args:
        catalog: the catalogue.
        index: of the same publication.
        text: words, or a sentence that tells what is to be seen.
        limit: at most this many.
        wanted: only clips that pass.
        look: searches pictures too; None does not.
        by_words: whether titles, channels and captions are searched.

    Raises:
        FacelibError: there is nothing to search by, or a model is missing.
    """
    depth = limit if look is None or not by_words else max(limit, DEPTH)
    told: list[texts.TextHit] = []
    if by_words:
        told = texts.find(catalog, text, limit=depth, wanted=wanted)
    seen: dict[str, float] = {}
    if look is not None:
        if not text.strip():
            raise FacelibError("there is no word to search for", hint="type what is to be seen", reason="no_words")
        near = vectors.nearest(catalog, index, look.table, look.vector(text), limit=depth, wanted=wanted)
        seen = {neighbour.clip_id: 1 - neighbour.distance for neighbour in near}
    words = {hit.clip_id: hit.words for hit in told}
    ranked = fused([ranking for ranking in (list(words), list(seen)) if ranking])
    return [WordHit(clip_id, words.get(clip_id, 0), seen.get(clip_id)) for clip_id, _ in ranked[:limit]]

"""Which versions of stages and models made what is in the collection, and how much of it is out of date."""

from dataclasses import dataclass
from typing import Any

from facelib.catalog.reader import Catalog
from facelib.metrics import stale
from facelib.settings import Settings
from facelib.stages import pipeline

_MADE = """
SELECT stage, version, coalesce(weights, '') AS weights, count(*) AS videos FROM stages
WHERE reason = '' AND fingerprint <> '' GROUP BY ALL ORDER BY stage, videos DESC, version, weights
"""


@dataclass(frozen=True)
class Made:
    """Results of one stage by one version and weights.

    Args:
        stage: the stage.
        version: of its code; None where the result does not tell.
        models: names of the models that it used, with the first 8 hex digits of their sha256.
        videos: how many videos have such a result.
    """

    stage: str
    version: int | None
    models: str
    videos: int


@dataclass(frozen=True)
class UpToDate:
    """How the collection stands to the settings in force.

    Args:
        videos: that have a commit.
        settled: of these, those whose every stage has a result under these settings.
        stale: videos with a result that was made otherwise, by stage.
        generations: videos by settings generation.
    """

    videos: int
    settled: int
    stale: dict[str, int]
    generations: dict[int, int]


def made(catalog: Catalog) -> list[Made]:
    """What made the results that are current, by stage."""
    return [Made(row["stage"], row["version"], short(row["weights"]), row["videos"]) for row in catalog.rows(_MADE)]


def up_to_date(catalog: Catalog, settings: Settings) -> UpToDate:
    """How many videos are as the settings in force would make them."""
    mark = f"-{pipeline.digest(settings.pipeline_document())}_"
    numbers: dict[str, Any] = catalog.rows(
        "SELECT count(*) AS videos, count(*) FILTER (contains(commit_key, ?)) AS settled FROM videos", [mark]
    )[0]
    rows = catalog.rows("SELECT generation, count(*) AS n FROM videos GROUP BY 1 ORDER BY 1 DESC")
    return UpToDate(
        **numbers, stale=stale(catalog, settings), generations={row["generation"]: row["n"] for row in rows}
    )


def short(weights: str) -> str:
    """The weights of a result as they are shown.

    >>> short("arcface=0123456789abcdef yunet=fedcba9876543210")
    'arcface 01234567, yunet fedcba98'
    """
    pairs = [one.partition("=") for one in weights.split()]
    return ", ".join(f"{name} {digest[:8]}" for name, _, digest in pairs)

"""Conditions on clips that no measure gives: licence, verdict, person."""

from typing import Literal

from facelib.catalog.reader import Catalog, Condition

Verdict = Literal["kept", "dropped", "unknown"]
VERDICTS: tuple[Verdict, ...] = ("kept", "dropped", "unknown")
_VERDICTS = {"kept": "keep", "dropped": "NOT keep", "unknown": "keep IS NULL"}


def licensed(licences: tuple[str, ...]) -> Condition:
    """Only clips of uploads under one of these licences; the empty text is no licence."""
    return Condition("coalesce(u.licence, '') IN (SELECT unnest(?::VARCHAR[]))", (list(licences),))


def judged(verdicts: tuple[Verdict, ...]) -> Condition:
    """Only clips with one of these verdicts of the rules in force."""
    said = " OR ".join(_VERDICTS[verdict] for verdict in verdicts)
    return Condition(f"c.clip_id IN (SELECT clip_id FROM verdicts WHERE {said})")  # noqa: S608 - texts of ours


def showing(people: tuple[str, ...]) -> Condition:
    """Only clips that show one of these persons."""
    wanted = "SELECT clip_id FROM clip_people WHERE person_id IN (SELECT unnest(?::VARCHAR[]))"
    return Condition(f"c.clip_id IN ({wanted})", (list(people),), clip_ids=wanted)


def licences(catalog: Catalog) -> dict[str, int]:
    """The licences of the uploads that have clips, with their clips, the most first; empty text for none."""
    rows = catalog.rows(
        "SELECT coalesce(u.licence, '') AS licence, sum(n)::BIGINT AS clips FROM uploads u "
        "JOIN (SELECT video_id, count(*) AS n FROM clips GROUP BY 1) USING (video_id) GROUP BY 1 ORDER BY 2 DESC, 1"
    )
    return {row["licence"]: row["clips"] for row in rows}


def people(catalog: Catalog, *, limit: int, also: tuple[str, ...] = ()) -> dict[str, tuple[str, int]]:
    """Name (empty without one) and clips by person: those with a name first, then the most clips; hidden ones never.

    Args:
        catalog: the catalogue.
        limit: at most this many.
        also: ids of persons that are there in any case.
    """
    rows = catalog.rows(
        "SELECT person_id, name, clips FROM people WHERE NOT hidden "
        "QUALIFY row_number() OVER (ORDER BY name = '', clips DESC, person_id) <= ? "
        "OR person_id IN (SELECT unnest(?::VARCHAR[])) ORDER BY name = '', lower(name), clips DESC, person_id",
        [limit, list(also)],
    )
    return {row["person_id"]: (row["name"] or "", row["clips"]) for row in rows}

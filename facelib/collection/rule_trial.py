"""What a rule set would change, before it is put into force: nothing is written."""

from dataclasses import asdict, dataclass
from typing import Any

from facelib.catalog.reader import Catalog
from facelib.collection.rules import columns
from facelib.curate.rule_sql import FAILED, PASSED, UNKNOWN, Query, check, judgements, verdicts
from facelib.curate.rules import RuleSet

_STATE = "CASE WHEN {}.keep THEN 'keep' WHEN {}.keep IS NULL THEN 'unknown' ELSE 'drop' END"


@dataclass(frozen=True)
class Change:
    """Clips that go from one verdict to another: ``keep``, ``drop`` or ``unknown``."""

    before: str
    after: str
    clips: int
    hours: float


@dataclass(frozen=True)
class RuleCount:
    """What one rule of the new set does; ``only`` clips fail no other rule."""

    rule: str
    column: str
    wanted: str
    unit: str
    passed: int
    failed: int
    failed_hours: float
    unknown: int
    only: int


@dataclass(frozen=True)
class Example:
    """A clip whose verdict changes, and one rule that decides it: of the new set, or the old one where it is kept."""

    clip_id: str
    before: str
    after: str
    rule: str
    found: str
    wanted: str
    unit: str


@dataclass(frozen=True)
class Trial:
    """The outcome of a rule set on the published collection, beside that of the set in force."""

    rule_set: str
    in_force: str
    clips: int
    hours: float
    changes: tuple[Change, ...]
    rules: tuple[RuleCount, ...]
    sample: tuple[Example, ...]

    def moved(self, before: str, after: str) -> Change:
        """The clips that go from one verdict to another."""
        found = (change for change in self.changes if (change.before, change.after) == (before, after))
        return next(found, Change(before, after, 0, 0.0))

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def trial(catalog: Catalog, rules: RuleSet, in_force: RuleSet, *, sample: int = 10) -> Trial:
    """Hold a rule set against the published clips.

    Args:
        catalog: the published collection.
        rules: the set to try.
        in_force: the set to compare it with.
        sample: at most as many examples of each change, spread over the collection and the same each time.

    Raises:
        SettingsError: a rule of either set names a column that there is not, or a value of another kind.
    """
    moved = changes(catalog, rules, in_force)
    return Trial(
        rule_set=rules.name,
        in_force=in_force.name,
        clips=sum(change.clips for change in moved),
        hours=sum(change.hours for change in moved),
        changes=moved,
        rules=_counts(catalog, rules),
        sample=tuple(_sample(catalog, rules, in_force, sample)),
    )


def changes(catalog: Catalog, rules: RuleSet, in_force: RuleSet) -> tuple[Change, ...]:
    """How many clips go from which verdict to which, those that stay as they are too; arguments as of :func:`trial`."""
    for each in (rules, in_force):
        check(each, columns())
    query = Query()
    chosen = _changes(query, rules, in_force)
    rows = catalog.rows(
        f"SELECT before, after, count(*) AS clips, sum(hours) AS hours FROM ({chosen}) GROUP BY ALL ORDER BY ALL",  # noqa: S608
        query.parameters,
    )
    return tuple(Change(**row) for row in rows)


def _changes(query: Query, rules: RuleSet, in_force: RuleSet) -> str:
    old, new = verdicts(query, in_force, columns()), verdicts(query, rules, columns())
    return (
        f"SELECT clip_id, {_STATE.format('old', 'old')} AS before, {_STATE.format('new', 'new')} AS after, "  # noqa: S608
        f"(end_frame - start_frame) / 90000.0 AS hours FROM ({old}) AS old JOIN ({new}) AS new USING (clip_id) "
        "JOIN clips USING (clip_id)"
    )


def _counts(catalog: Catalog, rules: RuleSet) -> tuple[RuleCount, ...]:
    query = Query()
    alone = catalog.rows(
        f"SELECT failed_rules AS rule, count(*) AS n FROM ({verdicts(query, rules, columns())}) GROUP BY 1",  # noqa: S608
        query.parameters,
    )
    only = {row["rule"]: row["n"] for row in alone}
    query = Query()
    counted = catalog.rows(
        f"SELECT rule, count(*) FILTER (state = {PASSED}) AS passed, count(*) FILTER (state = {FAILED}) AS failed, "  # noqa: S608
        f"count(*) FILTER (state = {UNKNOWN}) AS unknown, coalesce(sum((end_frame - start_frame) / 90000.0) "
        f"FILTER (state = {FAILED}), 0.0) AS failed_hours "
        f"FROM ({judgements(query, rules, columns())}) JOIN clips USING (clip_id) GROUP BY 1",
        query.parameters,
    )
    found = {row["rule"]: row for row in counted}
    zero = {"passed": 0, "failed": 0, "unknown": 0, "failed_hours": 0.0}
    return tuple(
        RuleCount(
            **{**found.get(rule.name, zero), "rule": rule.name},
            column=rule.column,
            wanted=rule.wanted(),
            unit=rule.unit or columns()[rule.column].unit,
            only=only.get(rule.name, 0),
        )
        for rule in rules.rules
    )


def _sample(catalog: Catalog, rules: RuleSet, in_force: RuleSet, size: int) -> list[Example]:
    query = Query()
    chosen = _changes(query, rules, in_force)
    rows = catalog.rows(
        f"SELECT * FROM ({chosen}) WHERE before <> after "  # noqa: S608
        f"QUALIFY row_number() OVER (PARTITION BY before, after ORDER BY md5(clip_id), clip_id) <= {query.bind(size)} "
        "ORDER BY before, after, md5(clip_id), clip_id",
        query.parameters,
    )
    ids = [row["clip_id"] for row in rows]
    reasons = {"new": _reasons(catalog, rules, ids), "old": _reasons(catalog, in_force, ids)}
    nothing = {"rule": "", "found": "", "wanted": "", "unit": ""}
    return [
        Example(
            row["clip_id"],
            row["before"],
            row["after"],
            **reasons["old" if row["after"] == "keep" else "new"].get(row["clip_id"], nothing),
        )
        for row in rows
    ]


def _reasons(catalog: Catalog, rules: RuleSet, ids: list[str]) -> dict[str, dict[str, Any]]:
    """The first rule that each clip fails, or cannot be told."""
    query = Query()
    among = f"clips.clip_id IN (SELECT unnest({query.bind(ids)}::VARCHAR[]))"
    rows = catalog.rows(
        f"SELECT clip_id, rule, found, wanted, unit FROM ({judgements(query, rules, columns(), among=among)}) "  # noqa: S608
        f"WHERE state <> {PASSED} QUALIFY row_number() OVER (PARTITION BY clip_id ORDER BY state, place) = 1",
        query.parameters,
    )
    return {row.pop("clip_id"): row for row in rows}

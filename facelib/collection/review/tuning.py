"""A rule's threshold against the clips that people judged, and what another one would change."""

from collections.abc import Mapping
from dataclasses import dataclass

from facelib.catalog.reader import Catalog
from facelib.collection.rules import columns, in_force, put_in_force
from facelib.curate.rule_margins import has_limit
from facelib.curate.rule_sql import check, joined
from facelib.curate.rules import Rule, RuleSet, plain
from facelib.curate.threshold import JudgedValues, Side
from facelib.errors import SettingsError
from facelib.store.objects import Store


@dataclass(frozen=True)
class Limit:
    """One limit of one rule.

    Args:
        rule: name of the rule.
        side: ``min`` or ``max``.
        value: where it is now, in the unit.
        column: what is measured.
        unit: of the value; empty for ratios and counts.
        meaning: what the column holds.
    """

    rule: str
    side: Side
    value: float
    column: str
    unit: str
    meaning: str

    def __str__(self) -> str:
        return f"{self.rule}, {'smallest' if self.side == 'min' else 'largest'} value"


def limits(rules: RuleSet) -> list[Limit]:
    """The limits of a rule set that are numbers, in its order.

    Raises:
        SettingsError: a rule names a column that there is not, or a value of another kind.
    """
    known = columns()
    check(rules, known)
    found: list[Limit] = []
    sides: tuple[Side, ...] = ("min", "max")
    for rule in filter(has_limit, rules.rules):
        column = known[rule.column]
        for side in sides:
            value = getattr(rule, side)
            if value is not None:
                unit = rule.unit or column.unit
                found.append(Limit(rule.name, side, float(value), rule.column, unit, column.meaning))
    return found


def judged_values(catalog: Catalog, limit: Limit, keep: Mapping[str, bool]) -> tuple[JudgedValues, int]:
    """The measured values of judged clips, and how many of these clips have none.

    Args:
        catalog: the published collection.
        limit: which column, and which side of it.
        keep: whether people keep each clip.
    """
    column = columns()[limit.column]
    rows = catalog.rows(
        f"SELECT clips.clip_id, ({column.value})::DOUBLE AS value FROM clips{joined([column])} "  # noqa: S608 - names of ours
        "WHERE clips.clip_id IN (SELECT unnest(?::VARCHAR[]))",
        [list(keep)],
    )
    measured = [(float(row["value"]), keep[row["clip_id"]]) for row in rows if row["value"] is not None]
    return JudgedValues(measured, limit.side), len(rows) - len(measured)


def with_limit(rules: RuleSet, limit: Limit, value: float, *, note: str = "") -> RuleSet:
    """The rule set with another value for one limit; everything else stays, the note as well where none is given.

    Raises:
        SettingsError: no value would pass, because the other limit of the rule lies beyond it; or there is no such
            rule (``bad_rules``).
    """
    if limit.rule not in {rule.name for rule in rules.rules}:
        raise SettingsError(f"{rules.name} has no rule {limit.rule}", hint="look again", reason="bad_rules")
    changed = []
    for rule in rules.rules:
        if rule.name == limit.rule:
            fields = rule.model_dump() | {limit.side: _whole(value)} | ({"note": note} if note else {})
            try:
                rule = Rule.model_validate(fields)
            except ValueError as error:
                said = f"{plain(value)} cannot be the {limit.side} of {rule.name}: no value would pass"
                raise SettingsError(
                    said, hint=f"now: {rule.wanted()} {limit.unit}".strip(), reason="bad_rules"
                ) from error
        changed.append(rule)
    return rules.model_copy(update={"rules": tuple(changed)})


def apply(store: Store, rules: RuleSet, seen: int) -> int:
    """Write a rule set as the one in force, for the next publish; returns its number.

    Args:
        store: takes it.
        rules: the set.
        seen: number of the set in force that it was worked out from.

    Raises:
        SettingsError: another set was put in force meanwhile (``rules_changed``), or a column is not known.
    """
    number, current = in_force(store)
    if number != seen:
        said = f"{current.name} ({number}) was put in force meanwhile"
        raise SettingsError(said, hint="look at what it says, then choose again", reason="rules_changed")
    return put_in_force(store, rules)


def _whole(value: float) -> float | int:
    """A whole number as one, so that a rule file reads as a person would write it."""
    return int(value) if float(value).is_integer() else value

"""How far clips are from the limits of rules, as SQL."""

from collections.abc import Mapping

from facelib.curate.rule_sql import Column, Query, joined
from facelib.curate.rules import Rule, RuleSet


def has_limit(rule: Rule) -> bool:
    """Whether a rule has a number as a limit, which a value can be near to."""
    return any(isinstance(limit, int | float) and not isinstance(limit, bool) for limit in (rule.min, rule.max))


def margins(query: Query, rules: RuleSet, columns: Mapping[str, Column], *, among: str = "TRUE") -> str:
    """One row a clip: ``clip_id``, and the margin ``m<n>`` of each rule that has a limit, counted from 0 without gaps.

    A margin is how far the value lies inside the nearer limit, in the unit of the column: below 0 it fails. NULL where
    nothing was measured.

    Args:
        query: takes the parameters.
        rules: a set that :func:`facelib.curate.rule_sql.check` passed.
        columns: what its rules name.
        among: a condition of ours on ``clips``.
    """
    limited = [rule for rule in rules.rules if has_limit(rule)]
    chosen = [f"{_margin(query, rule, columns[rule.column])} AS m{number}" for number, rule in enumerate(limited)]
    tables = joined(columns[rule.column] for rule in limited)
    return f"SELECT {', '.join(['clips.clip_id', *chosen])} FROM clips{tables} WHERE {among}"  # noqa: S608 - names of ours


def _margin(query: Query, rule: Rule, column: Column) -> str:
    value = f"({column.value})::DOUBLE"
    sides = []
    if rule.min is not None:
        sides.append(f"{value} - {query.bind(rule.min)}::DOUBLE")
    if rule.max is not None:
        sides.append(f"{query.bind(rule.max)}::DOUBLE - {value}")
    return f"least({', '.join(sides)})" if len(sides) > 1 else sides[0]

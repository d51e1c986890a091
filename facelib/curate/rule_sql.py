"""Rule sets as SQL: every value is a bound parameter, every identifier one of the columns that are handed in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from facelib.curate.rules import Rule, RuleSet, kind_of
from facelib.errors import SettingsError

PASSED, FAILED, UNKNOWN = 0, 1, 2
_KINDS = {"VARCHAR": "text", "BOOLEAN": "truth value"}
_MISSING = {"pass": PASSED, "fail": FAILED, "unknown": UNKNOWN}
_FLOATS = ("FLOAT", "DOUBLE")
_UNITS = ("degrees", "px", "frames/s", "dB", "LUFS", "s", "frames", "face sides per second", "logit")


@dataclass(frozen=True)
class Column:
    """A column that a rule may name.

    Args:
        sql: the expression, an identifier or a formula of ours.
        kind: type of the column in DuckDB.
        meaning: what it is, with its unit.
        tables: the tables that have to be joined for it, beside ``clips``.
    """

    sql: str
    kind: str
    meaning: str
    tables: tuple[str, ...] = ()

    @property
    def value(self) -> str:
        """The expression, NULL where there is no value: also for NaN and for empty text."""
        if self.kind in _FLOATS:
            return f"CASE WHEN isnan({self.sql}) THEN NULL ELSE {self.sql} END"
        return f"nullif({self.sql}, '')" if self.kind == "VARCHAR" else self.sql

    @property
    def unit(self) -> str:
        """The unit that its meaning ends on; empty for ratios, counts and text."""
        words = self.meaning.split(";")[0].split(",")[-1].strip().removeprefix("source ")
        return words if words in _UNITS else ""


@dataclass
class Query:
    """The parameters of a statement, which it names ``$1``, ``$2`` …"""

    parameters: list[Any] = field(default_factory=list)

    def bind(self, value: Any) -> str:
        """The placeholder of a value."""
        self.parameters.append(value)
        return f"${len(self.parameters)}"


def check(rules: RuleSet, columns: Mapping[str, Column]) -> None:
    """Hold a rule set against the columns that there are.

    Raises:
        SettingsError: a rule names a column that there is not, or holds it against a value of another kind.
    """
    problems = []
    for rule in rules.rules:
        about = f"rule {rule.name} ({rule.column})"
        column = columns.get(rule.column)
        if column is None:
            problems.append(f"{about}: there is no such column; {_nearest(rule.column, columns)}")
            continue
        kind, given = _KINDS.get(column.kind, "number"), kind_of(rule.values()[0])
        if kind != given:
            problems.append(f"{about}: it holds {_a(kind)}, and the rule names {_a(given)}")
        elif kind == "truth value" and (rule.min is not None or rule.max is not None):
            problems.append(f"{about}: it holds a truth value, which has no min and no max; write equals = true")
    if problems:
        hint = "docs/reference/tables.md lists the columns; 'facelib rules columns' those that a rule may name"
        raise SettingsError(f"rule set {rules.name}: {'; '.join(problems)}", hint=hint, reason="bad_rules")


def verdicts(query: Query, rules: RuleSet, columns: Mapping[str, Column], *, among: str = "TRUE") -> str:
    """One row a clip: ``clip_id``, ``video_id``, ``keep``, ``failed_rules``, ``unknown_rules``.

    ``keep`` is FALSE where a rule failed, else NULL where one is unknown, else TRUE; the names of rules are joined by
    commas, in the order of the set.

    Args:
        query: takes the parameters.
        rules: a set that :func:`check` passed.
        columns: what its rules name.
        among: a condition of ours on ``clips``.
    """
    names = [query.bind(rule.name) for rule in rules.rules]
    judged = _judged(query, rules.rules, columns, among)
    if not names:
        return f"SELECT *, TRUE AS keep, '' AS failed_rules, '' AS unknown_rules FROM ({judged})"  # noqa: S608
    failed, unknown = (
        ", ".join(f"CASE WHEN s{n} = {state} THEN {name} END" for n, name in enumerate(names))
        for state in (FAILED, UNKNOWN)
    )
    states = ", ".join(f"s{n}" for n in range(len(names)))
    return (
        "SELECT clip_id, video_id, "  # noqa: S608 - expressions of ours
        f"CASE WHEN {FAILED} IN ({states}) THEN FALSE WHEN {UNKNOWN} IN ({states}) THEN NULL ELSE TRUE END AS keep, "
        f"concat_ws(',', {failed}) AS failed_rules, concat_ws(',', {unknown}) AS unknown_rules FROM ({judged})"
    )


def judgements(
    query: Query, rules: RuleSet, columns: Mapping[str, Column], *, among: str = "TRUE", only_failed: bool = False
) -> str:
    """One row for each rule and clip, or for each that failed.

    Its columns: ``clip_id``, ``video_id``, ``place`` of the rule in the set, ``rule``, ``column_name``, ``measured``
    (NULL for text, and where the value is missing), ``threshold``, both again in words as ``found`` and ``wanted``,
    ``unit``, and ``state``: 0 passed, 1 failed, 2 unknown. Arguments as of :func:`verdicts`.
    """
    judged, parts = _judged(query, rules.rules, columns, among), list[str]()
    for number, rule in enumerate(rules.rules):
        column = columns[rule.column]
        is_number = column.kind not in _KINDS
        name, named, wanted, unit = (
            query.bind(text) for text in (rule.name, rule.column, rule.wanted(), rule.unit or column.unit)
        )
        shown = f"printf('%.6g', v{number}::DOUBLE)" if is_number else f"v{number}::VARCHAR"
        measured = f"v{number}::DOUBLE" if is_number else "NULL::DOUBLE"
        parts.append(
            f"SELECT clip_id, video_id, {number} AS place, {name} AS rule, {named} AS column_name, "  # noqa: S608
            f"{measured} AS measured, coalesce({shown}, 'not measured') AS found, "
            f"{_threshold(query, rule, f'v{number}') if is_number else 'NULL::DOUBLE'} AS threshold, "
            f"{wanted} AS wanted, {unit} AS unit, s{number} AS state "
            f"FROM judged WHERE {f's{number} = {FAILED}' if only_failed else 'TRUE'}"
        )
    nothing = (
        "SELECT clip_id, video_id, 0 AS place, '' AS rule, '' AS column_name, NULL::DOUBLE AS measured, '' AS found, "
        "NULL::DOUBLE AS threshold, '' AS wanted, '' AS unit, 0 AS state FROM judged WHERE FALSE"
    )
    return f"WITH judged AS MATERIALIZED ({judged}) {' UNION ALL '.join(parts or [nothing])}"


def _judged(query: Query, rules: Iterable[Rule], columns: Mapping[str, Column], among: str) -> str:
    """One row a clip, with the value ``v<n>`` and the state ``s<n>`` of each rule."""
    rules, chosen = list(rules), ["clips.clip_id", "clips.video_id"]
    for number, rule in enumerate(rules):
        column = columns[rule.column]
        missing = _MISSING[rule.missing]
        broken = _broken(query, rule, column, f"v{number}")
        chosen.append(f"{column.value} AS v{number}")
        chosen.append(
            f"CASE WHEN v{number} IS NULL THEN {missing} WHEN {broken} THEN {FAILED} ELSE {PASSED} END AS s{number}"
        )
    tables = joined(columns[rule.column] for rule in rules)
    return f"SELECT {', '.join(chosen)} FROM clips{tables} WHERE {among}"  # noqa: S608 - names of ours


def joined(columns: Iterable[Column]) -> str:
    """The joins to ``clips`` that some columns need."""
    tables = dict.fromkeys(table for column in columns for table in column.tables)
    return "".join(f" LEFT JOIN {table} USING ({_key(table)})" for table in tables)


def _key(table: str) -> str:
    return "video_id" if table in ("uploads", "videos") else "video_id, clip_id"


def _broken(query: Query, rule: Rule, column: Column, value: str) -> str:
    """The condition under which a value does not pass. Limits take the column's type: 0.1 is not a FLOAT's 0.1."""
    kind = column.kind if column.kind in (*_KINDS, *_FLOATS) else "DOUBLE"
    tests = []
    if rule.min is not None:
        tests.append(f"{value} < {query.bind(rule.min)}::{kind}")
    if rule.max is not None:
        tests.append(f"{value} > {query.bind(rule.max)}::{kind}")
    if rule.equals is not None:
        tests.append(f"{value} <> {query.bind(rule.equals)}::{kind}")
    if rule.in_ is not None:
        tests.append(f"NOT list_contains({query.bind(list(rule.in_))}::{kind}[], {value}::{kind})")
    if rule.not_in is not None:
        tests.append(f"list_contains({query.bind(list(rule.not_in))}::{kind}[], {value}::{kind})")
    return " OR ".join(tests)


def _threshold(query: Query, rule: Rule, value: str) -> str:
    """The limit that a number missed; its lower one where it missed none."""
    if rule.min is not None and rule.max is not None:
        low, high = (f"{query.bind(float(limit))}::DOUBLE" for limit in (rule.min, rule.max))
        return f"CASE WHEN {value} > {high} THEN {high} ELSE {low} END"
    limit = next((limit for limit in (rule.min, rule.max, rule.equals) if limit is not None), None)
    return "NULL::DOUBLE" if limit is None else f"{query.bind(float(limit))}::DOUBLE"


def _nearest(name: str, columns: Mapping[str, Column]) -> str:
    """What may have been meant: the same column of another table, else the name that looks most alike."""
    table, _, column = name.partition(".")
    own = [other for other in columns if other.startswith(f"{table}.")]
    same = [other for other in columns if other.endswith(f".{column}")]
    near = get_close_matches(name, own, n=2) or same[:2] or get_close_matches(name, list(columns), n=2)
    if near:
        return f"did you mean {' or '.join(near)}?"
    return f"{table} has {', '.join(other.partition('.')[2] for other in own)}" if own else "and no such table"


def _a(kind: str) -> str:
    return {"text": "text", "number": "numbers", "truth value": "truth values"}[kind]

"""Which clips a person should look at next: near a threshold, failing a rule, hard to tell, or at random."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from facelib.catalog.reader import Catalog
from facelib.collection.rules import columns
from facelib.curate.rule_margins import has_limit, margins
from facelib.curate.rule_sql import FAILED, Query, check, judgements
from facelib.curate.rules import RuleSet

Order = Literal["random", "uncertain", "near", "failing"]
ORDERS: tuple[Order, ...] = ("random", "uncertain", "near", "failing")
LENGTH = 200
"""Clips of a queue: hours of work for one person."""
GOLD_EVERY = 10
"""One clip in so many is a gold one, while there are any."""

_SHOWN = "clips.video_id NOT IN (SELECT video_id FROM hidden_videos)"


@dataclass(frozen=True)
class QueueOrder:
    """What a queue is made of.

    Args:
        order: ``random``; ``uncertain``: nearest to any limit, in standard deviations of what is measured; ``near``:
            nearest to the limit of one rule, on either side; ``failing``: clips that fail it, at random.
        rule: name of that rule; only for ``near`` and ``failing``.
        seed: of what is at random; the same seed gives the same clips.
    """

    order: Order = "random"
    rule: str = ""
    seed: int = 0


def orders(rules: RuleSet) -> list[Order]:
    """The orders that a rule set allows: without a limit nothing is near one."""
    limited = any(map(has_limit, rules.rules))
    return [o for o in ORDERS if o == "random" or (o == "failing" and rules.rules) or (o != "failing" and limited)]


def queue(
    catalog: Catalog,
    rules: RuleSet,
    wanted: QueueOrder,
    *,
    without: Sequence[str] = (),
    among: Sequence[str] | None = None,
    limit: int = LENGTH,
) -> list[str]:
    """Ids of the clips to look at, in order. Clips of hidden videos are never among them.

    Args:
        catalog: the published collection.
        rules: the rule set that the order is about.
        wanted: the order.
        without: ids of clips that were looked at already.
        among: only these clips; all where None.
        limit: at most so many.

    Raises:
        SettingsError: a rule names a column that there is not.
        ValueError: the rule set has no such rule, or none with a limit where the order needs one.
    """
    check(rules, columns())
    if wanted.order not in orders(rules):
        raise ValueError(f"{rules.name} has no rule for the order {wanted.order}")
    query = Query()
    condition = _condition(query, without, among)
    if wanted.order == "random":
        sql = f"SELECT clip_id FROM clips WHERE {condition} ORDER BY {_shuffled(query, wanted.seed)}"  # noqa: S608
    elif wanted.order == "failing":
        failed = judgements(query, _only(rules, wanted.rule), columns(), among=condition)
        sql = f"SELECT clip_id FROM ({failed}) WHERE state = {FAILED} ORDER BY {_shuffled(query, wanted.seed)}"  # noqa: S608
    else:
        chosen = rules if wanted.order == "uncertain" else _only(rules, wanted.rule)
        sql = _nearest(catalog, query, chosen, condition)
    rows = catalog.rows(f"{sql} LIMIT {query.bind(limit)}", query.parameters)
    return [row["clip_id"] for row in rows]


def mixed(clip_ids: Sequence[str], gold: Sequence[str], *, seed: int, every: int = GOLD_EVERY) -> list[str]:
    """A queue with gold clips among the others, at places that cannot be foreseen: one in each ``every``.

    >>> mixed(["a", "b", "c"], ["g"], seed=1, every=4)
    ['a', 'g', 'b', 'c']
    """
    numbers = random.Random(seed)
    there = set(clip_ids)
    waiting = [clip_id for clip_id in gold if clip_id not in there]
    numbers.shuffle(waiting)
    found: list[str] = []
    for start in range(0, max(len(clip_ids), 1), every - 1):
        part = list(clip_ids[start : start + every - 1])
        if waiting:
            part.insert(numbers.randint(0, len(part)), waiting.pop())
        found += part
    return found


def _only(rules: RuleSet, name: str) -> RuleSet:
    found = tuple(rule for rule in rules.rules if rule.name == name)
    if not found:
        raise ValueError(f"{rules.name} has no rule {name}")
    return rules.model_copy(update={"rules": found})


def _condition(query: Query, without: Sequence[str], among: Sequence[str] | None) -> str:
    parts = [_SHOWN]
    if without:
        parts.append(f"clips.clip_id NOT IN (SELECT unnest({query.bind(list(without))}::VARCHAR[]))")
    if among is not None:
        parts.append(f"clips.clip_id IN (SELECT unnest({query.bind(list(among))}::VARCHAR[]))")
    return " AND ".join(parts)


def _shuffled(query: Query, seed: int) -> str:
    return f"md5({query.bind(str(seed))} || clip_id), clip_id"


def _nearest(catalog: Catalog, query: Query, rules: RuleSet, condition: str) -> str:
    """Clips by distance to the nearest limit, each in the spread of its column."""
    if not any(map(has_limit, rules.rules)):
        raise ValueError(f"{rules.name} has no limit that a value can be near to")
    scales = _scales(catalog, rules)
    chosen = margins(query, rules, columns(), among=condition)
    parts = ", ".join(f"abs(m{n}) / {query.bind(scale)}::DOUBLE" for n, scale in enumerate(scales))
    least = f"least({parts})" if len(scales) > 1 else parts
    return f"SELECT clip_id FROM ({chosen}) WHERE {least} IS NOT NULL ORDER BY {least}, clip_id"  # noqa: S608


def _scales(catalog: Catalog, rules: RuleSet) -> list[float]:
    """The standard deviation of each margin; 1 where there is none to speak of."""
    query = Query()
    count = sum(map(has_limit, rules.rules))
    spreads = ", ".join(f"stddev_samp(m{n}) AS s{n}" for n in range(count))
    sql = f"SELECT {spreads} FROM ({margins(query, rules, columns(), among=_SHOWN)})"  # noqa: S608
    row: dict[str, Any] = catalog.rows(sql, query.parameters)[0]
    return [float(row[f"s{n}"] or 1.0) for n in range(count)]

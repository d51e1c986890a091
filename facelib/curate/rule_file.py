"""Rule files: TOML that names rules one by one; a clip has to satisfy all of them::

    extends = "voxceleb2"            # a preset whose rules come first; left out: none
    without = ["long-enough"]        # rules of it that shall not count

    [[rule]]
    name = "in-sync"
    column = "syncnet.confidence"    # any column of a table with one row a clip
    min = 3.0                        # also: max, equals, in = [...], not_in = [...]
    missing = "unknown"              # a clip without the value: "pass", "fail" or "unknown"
    note = "where the threshold is from"

Limits belong to what passes: a clip at ``min`` or ``max`` is kept.
"""

import re
import tomllib
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from facelib.curate.rules import Rule, RuleSet
from facelib.errors import SettingsError


def parse(text: str, *, name: str, preset: Callable[[str], RuleSet]) -> RuleSet:
    """Read a rule file.

    Args:
        text: the TOML.
        name: what the set is called where it does not say so itself.
        preset: gives the set that ``extends`` names.

    Raises:
        SettingsError: it is no TOML, or a rule cannot be used; the message names the rule and its column.

    Example:
        >>> text = '[[rule]]\\nname = "sharp"\\ncolumn = "iqa.sharpness"\\nmin = 20'
        >>> parse(text, name="mine", preset=lambda name: None).rules[0].wanted()
        'at least 20'
    """
    try:
        values = tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise _bad(name, [f"this is no TOML: {error}"]) from error
    values.setdefault("name", re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-_"))
    base, without = values.pop("extends", None), values.pop("without", [])
    if base is not None:
        if not isinstance(base, str):
            raise _bad(name, ["extends: name one preset"])
        own = values.get("rule", [])
        values["rule"] = _extended(name, preset(base), own if isinstance(own, list) else [own], without)
    elif without:
        raise _bad(name, ["'without' takes rules out of the preset that 'extends' names, and none is named"])
    try:
        return RuleSet.model_validate(values)
    except ValidationError as error:
        raise _bad(name, [_problem(values, details) for details in error.errors()]) from error


def _extended(name: str, base: RuleSet, own: list[Any], without: Any) -> list[Any]:
    """The rules of the base, less those that are taken out or given anew, then the set's own."""
    known = {rule.name for rule in base.rules}
    unknown = sorted(str(item) for item in without if item not in known) if isinstance(without, list) else ["without"]
    if unknown:
        there = ", ".join(sorted(known)) or "none"
        raise _bad(name, [f"without: {base.name} has no rule {', '.join(unknown)}; its rules: {there}"])
    anew = {rule.get("name") for rule in own if isinstance(rule, dict)} | set(without)
    return [*(rule.model_dump(by_alias=True) for rule in base.rules if rule.name not in anew), *own]


def _problem(values: dict[str, Any], details: Any) -> str:
    """One fault in a sentence that begins with the rule and its column."""
    where, message = list(details["loc"]), str(details["msg"]).removeprefix("Value error, ")
    about = ""
    fields = RuleSet.model_fields
    if len(where) > 1 and where[0] in ("rule", "rules"):
        rule = values["rule"][where[1]]
        named = rule.get("name", f"number {where[1] + 1}") if isinstance(rule, dict) else f"number {where[1] + 1}"
        column = rule.get("column") if isinstance(rule, dict) else None
        about = f"rule {named}" + (f" ({column})" if column else "") + ": "
        where, fields = where[2:], Rule.model_fields
    field = str(where[0]) if where else ""
    if details["type"] == "extra_forbidden":
        names = [found.alias or key for key, found in fields.items()]
        near = get_close_matches(field, names, n=1)
        message = "there is no such key" + (f"; did you mean {near[0]}?" if near else f"; there are {', '.join(names)}")
    elif details["type"] == "missing":
        message = "it is missing; every rule has one" if about else "it is missing"
    return about + (f"{field}: " if field else "") + message


def _bad(name: str, problems: list[str]) -> SettingsError:
    said = "; ".join(dict.fromkeys(problems))
    hint = "'facelib rules show voxceleb2' shows how a rule file is written"
    return SettingsError(f"rule file {name}: {said}", hint=hint, reason="bad_rules")

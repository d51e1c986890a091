"""Rules and rule sets: which clips are kept, as thresholds on measured columns."""

import json
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    model_validator,
)

NAME = r"^[a-z][a-z0-9_-]{0,63}$"
Missing = Literal["pass", "fail", "unknown"]
Number = StrictInt | Annotated[StrictFloat, Field(allow_inf_nan=False)]


def _day_as_text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


Limit = Annotated[Number | StrictStr, BeforeValidator(_day_as_text)]
Value = Annotated[StrictBool | Number | StrictStr, BeforeValidator(_day_as_text)]


class Rule(BaseModel):
    """One condition on one column.

    Raises:
        ValueError: it has no condition, or one that no value can satisfy.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    name: str = Field(pattern=NAME, description="Name of the rule, in lower case, with - or _ between words.")
    column: str = Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$", description="What is measured: TABLE.COLUMN.")
    min: Limit | None = Field(None, description="Smallest value that passes, in the unit of the column.")
    max: Limit | None = Field(None, description="Largest value that passes, in the unit of the column.")
    equals: Value | None = Field(None, description="The only value that passes.")
    in_: tuple[Value, ...] | None = Field(None, alias="in", description="The values that pass.")
    not_in: tuple[Value, ...] | None = Field(None, description="The values that do not pass.")
    missing: Missing = Field("unknown", description="What a clip without the value does: pass, fail or unknown.")
    unit: str = Field("", max_length=40, description="Unit of the limits; left out, it is taken from the column.")
    note: str = Field("", max_length=1000, description="Where the threshold is from.")

    @model_validator(mode="after")
    def _can_be_satisfied(self) -> Self:
        limits = [self.min, self.max]
        if not any(value is not None for value in (*limits, self.equals, self.in_, self.not_in)):
            raise ValueError("it has no condition: give min, max, equals, in or not_in")
        kinds = {kind_of(value) for value in self.values()}
        if len(kinds) > 1:
            raise ValueError(f"its values are of several kinds: {', '.join(sorted(kinds))}")
        if None not in limits and self.min > self.max:  # type: ignore[operator]
            raise ValueError(f"no value passes: min {self.min} is above max {self.max}")
        if self.in_ is not None and not set(self.in_) - set(self.not_in or ()):
            raise ValueError("no value passes: 'in' leaves none")
        if self.equals is not None and (limits != [None, None] or self.in_ is not None or self.not_in is not None):
            raise ValueError("'equals' stands alone")
        return self

    def values(self) -> list[bool | int | float | str]:
        """Every value that its conditions name."""
        single = [value for value in (self.min, self.max, self.equals) if value is not None]
        return [*single, *(self.in_ or ()), *(self.not_in or ())]

    def wanted(self) -> str:
        """What passes, in words.

        >>> Rule(name="sharp", column="iqa.sharpness", min=20).wanted()
        'at least 20'
        """
        said = []
        if self.min is not None and self.max is not None:
            said.append(f"{plain(self.min)} to {plain(self.max)}")
        elif self.min is not None:
            said.append(f"at least {plain(self.min)}")
        elif self.max is not None:
            said.append(f"at most {plain(self.max)}")
        if self.equals is not None:
            said.append(plain(self.equals))
        if self.in_ is not None:
            said.append(f"one of {', '.join(plain(value) for value in self.in_)}")
        if self.not_in is not None:
            said.append(f"none of {', '.join(plain(value) for value in self.not_in)}")
        return ", ".join(said)


class RuleSet(BaseModel):
    """Rules that a clip has to satisfy, all of them.

    Raises:
        ValueError: two rules have one name, or there is none and ``keep_all`` does not say that this is meant.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    name: str = Field(pattern=NAME, description="Name of the rule set; left out, the name of its file.")
    note: str = Field("", max_length=2000, description="What it is for.")
    keep_all: bool = Field(False, description="Says that there is no rule on purpose: every clip is kept.")
    rules: tuple[Rule, ...] = Field((), alias="rule", description="The rules.")

    @model_validator(mode="after")
    def _is_meant(self) -> Self:
        names = [rule.name for rule in self.rules]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            raise ValueError(f"two rules are named {twice!r}")
        if self.keep_all and self.rules:
            raise ValueError("'keep_all' is for a set without rules")
        if not self.rules and not self.keep_all:
            raise ValueError("there is no [[rule]]; write keep_all = true where every clip shall be kept")
        return self

    def to_toml(self) -> str:
        """The set as a file that stands for itself: what it extended is part of it."""
        head = [f"name = {_toml(self.name)}"]
        head += [f"note = {_toml(self.note)}"] if self.note else []
        head += ["keep_all = true"] if self.keep_all else []
        parts = ["\n".join(head)]
        for rule in self.rules:
            fields = rule.model_dump(by_alias=True, exclude_none=True)
            lines = [f"{name} = {_toml(value)}" for name, value in fields.items() if value != ""]
            parts.append("\n".join(["[[rule]]", *lines]))
        return "\n\n".join(parts) + "\n"


def kind_of(value: Any) -> str:
    """``truth value``, ``number`` or ``text``."""
    if isinstance(value, bool):
        return "truth value"
    return "number" if isinstance(value, int | float) else "text"


def plain(value: Any) -> str:
    """A value as it is read: ``true`` and ``false``, numbers without needless digits."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _toml(value: Any) -> str:
    """A value in TOML. JSON writes text the same way but for one control character."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(item) for item in value)}]"
    written = json.dumps(value, ensure_ascii=False)
    return written.replace("\x7f", "\\u007f")

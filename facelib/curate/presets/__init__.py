"""Rule sets that come with facelib: the thresholds of published datasets, each with its source."""

from difflib import get_close_matches
from functools import lru_cache
from importlib.resources import files

from facelib.curate.rule_file import parse
from facelib.curate.rules import RuleSet
from facelib.errors import SettingsError

DEFAULT = "default"
"""In force until another one is applied: it keeps every clip."""


def names() -> list[str]:
    """The presets by name, the default first."""
    found = sorted(item.name.removesuffix(".toml") for item in files(__name__).iterdir() if item.name.endswith(".toml"))
    return sorted(found, key=lambda name: name != DEFAULT)


@lru_cache(maxsize=32)
def load(name: str) -> RuleSet:
    """A preset.

    Raises:
        SettingsError: there is none of that name.

    Example:
        >>> [rule.name for rule in load("strict-sync").rules]
        ['sync-confidence', 'sync-offset']
    """
    return parse(text(name), name=name, preset=load)


def text(name: str) -> str:
    """The file of a preset, with its comments. Raises SettingsError when there is none of that name."""
    if name not in names():
        near = get_close_matches(name, names(), n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names())}"
        raise SettingsError(f"there is no preset {name!r}", hint=hint, reason="no_preset")
    return files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8")

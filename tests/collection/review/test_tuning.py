"""A threshold against judged clips, and another one put into force."""

import pytest

from facelib.catalog.reader import Catalog
from facelib.collection import rules
from facelib.collection.review import tuning
from facelib.collection.rule_trial import changes
from facelib.curate import presets
from facelib.curate.rules import Rule, RuleSet
from facelib.errors import FacelibError, SettingsError
from tests.support.judged import LATER, Judged


def test_limits() -> None:
    assert [str(limit) for limit in tuning.limits(LATER)] == ["late, smallest value"]
    assert tuning.limits(presets.load("default")) == []
    both = [(limit.rule, limit.side, limit.value, limit.unit) for limit in tuning.limits(presets.load("strict-sync"))]
    assert both == [
        ("sync-confidence", "min", 4.0, ""),
        ("sync-offset", "min", -1.0, ""),
        ("sync-offset", "max", 1.0, ""),
    ]


def test_judged_values_and_what_another_threshold_changes(made: Judged) -> None:
    limit = tuning.limits(LATER)[0]
    keep = {clip: number >= 6 for number, clip in enumerate(made.clips)}
    with Catalog(made.store) as catalog:
        values, unmeasured = tuning.judged_values(catalog, limit, {**keep, "gone": True})
        best = values.best()
        assert best is not None
        changed = tuning.with_limit(LATER, limit, best.threshold, note="seen")
        moved = {(c.before, c.after): c for c in changes(catalog, changed, LATER)}
    assert (len(values), values.kept, unmeasured) == (10, 4, 0)
    assert (best.threshold, best.f1) == (300.0, 1.0)
    assert {change: found.clips for change, found in moved.items()} == {
        ("keep", "keep"): 4,
        ("keep", "drop"): 2,
        ("drop", "drop"): 4,
    }
    assert moved["keep", "drop"].hours == pytest.approx(2 * 2 / 3600)
    assert changed.rules[0] == Rule(name="late", column="clips.start_frame", min=300, note="seen")
    assert changed.rules[1:] == LATER.rules[1:]
    assert "min = 300\n" in changed.to_toml()


def test_clips_without_a_value_are_counted(made: Judged) -> None:
    sync = RuleSet(name="sync", rules=(Rule(name="sync", column="syncnet.confidence", min=3.0),))
    with Catalog(made.store) as catalog:
        values, unmeasured = tuning.judged_values(catalog, tuning.limits(sync)[0], dict.fromkeys(made.clips, True))
    assert (len(values), unmeasured) == (0, 10)


def test_apply_writes_the_rule_file_once(made: Judged) -> None:
    changed = tuning.with_limit(LATER, tuning.limits(LATER)[0], 300)
    assert tuning.apply(made.store, changed, 1) == 2
    assert rules.in_force(made.store) == (2, changed)
    with pytest.raises(SettingsError, match="meanwhile"):
        tuning.apply(made.store, LATER, 1)


def test_a_threshold_that_nothing_passes_is_named() -> None:
    strict = presets.load("strict-sync")
    with pytest.raises(FacelibError, match="no value would pass"):
        tuning.with_limit(strict, tuning.limits(strict)[1], 2)
    with pytest.raises(FacelibError, match="no rule"):
        tuning.with_limit(LATER, tuning.limits(strict)[0], 2)

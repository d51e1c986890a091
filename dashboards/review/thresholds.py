"""Thresholds: precision and recall of a rule's limit on the clips that people judged, and what another would change."""

import streamlit as st

from dashboards import access, url
from dashboards.problems import plain, shown
from dashboards.review import threshold_chart
from dashboards.review.state import ReviewState, choose_rules
from dashboards.words import counted, percent
from facelib.collection.review import tuning
from facelib.collection.review.tuning import Limit
from facelib.collection.rule_trial import Change, changes
from facelib.curate.rules import RuleSet
from facelib.curate.rules import plain as shortened
from facelib.curate.threshold import JudgedValues, Point

FEW = 20
"""Judged clips below which the figures say little."""


def draw(state: ReviewState) -> None:
    """The view."""
    with st.sidebar:
        st.subheader("Rules", anchor=False)
        rules = choose_rules(state)
    limits = {f"{limit.rule}.{limit.side}": limit for limit in tuning.limits(rules)}
    if not limits:
        said = f"The rule set {rules.name} has no threshold."
        st.info(plain(said), icon=":material/tune:")
        st.markdown("Choose one of the presets beside, or put a set into force: `facelib rules apply voxceleb2`.")
        return
    words = {name: str(limit) for name, limit in limits.items()}
    limit = limits[url.select("Threshold", list(limits), "limit", words=words, on_change=url.forget, args=("value",))]
    keep = {clip_id: o.keep for clip_id, o in state.events.outcomes().items() if o.keep is not None}
    values, unmeasured = tuning.judged_values(state.catalog, limit, keep)
    st.caption(plain(f"{limit.column}: {limit.meaning}"))
    if not len(values):
        st.info("No clip that people judged has a value of this.", icon=":material/tune:")
        st.markdown("Judge some under **Judge**, best in the order **Near one rule's threshold**, and come back.")
        return
    chosen = _choose(values, limit)
    _draw_figures(values, unmeasured, limit, chosen)
    _draw_effect(state, rules, limit, values.at(chosen))


def _choose(values: JudgedValues, limit: Limit) -> float:
    low, high = values.span or (limit.value, limit.value)
    step = _step(min(low, limit.value), max(high, limit.value))
    unit = f", {limit.unit}" if limit.unit else ""
    best = values.best()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = url.number(f"New threshold{unit}", "value", limit.value, step=step, format="%.6g", width=220)
        if best is not None:
            st.button(
                f"Best F1: {shortened(best.threshold)}",
                icon=":material/target:",
                help="The value with the largest harmonic mean of precision and recall on the judged clips.",
                on_click=lambda: st.session_state.update(value=float(best.threshold)),
            )
    return float(chosen)


def _draw_figures(values: JudgedValues, unmeasured: int, limit: Limit, chosen: float) -> None:
    threshold_chart.draw(values.curve(), limit, chosen)
    now, new = values.at(limit.value), values.at(chosen)
    st.table(
        {
            "Threshold": [f"now: {_with_unit(limit.value, limit)}", f"new: {_with_unit(chosen, limit)}"],
            "Precision": [percent(point.precision) for point in (now, new)],
            "Recall": [percent(point.recall) for point in (now, new)],
            "Judged clips that pass": [f"{point.passed} of {len(values)}" for point in (now, new)],
        },
        hide_index=True,
    )
    without = f" {counted(unmeasured, 'judged clip')} without a value left out." if unmeasured else ""
    st.caption(
        f"On {counted(len(values), 'judged clip')}, of which people keep {values.kept}. Precision: of those that pass, "
        f"what people keep. Recall: of those that people keep, what passes.{without}"
    )
    if len(values) < FEW:
        st.caption(f":material/warning: Fewer than {FEW} judged clips say little: judge more of them first.")


def _draw_effect(state: ReviewState, rules: RuleSet, limit: Limit, new: Point) -> None:
    st.subheader("What it would change", anchor=False)
    note = (
        f"Set by {state.user}: precision {percent(new.precision)}, recall {percent(new.recall)} "
        f"on reviewed clips, {new.passed} of which pass."
    )
    changed = tuning.with_limit(rules, limit, new.threshold, note=note if new.threshold != limit.value else "")
    if changed == state.in_force:
        st.caption("Nothing: this threshold is in force. Choose another one above.")
        return
    with st.spinner("Holding the rules against all clips …"):
        found = _effect(state.catalog.publication.catalog, changed.to_toml(), state.number, state, changed)
    st.table(_moves(found), hide_index=True)
    st.caption(
        plain(
            f"Of {sum(c.clips for c in found):,} clips, {sum(c.hours for c in found):,.2f} h, by the rules alone: what "
            f"people decided about single clips stays. Compared with {state.in_force.name}, in force."
        )
    )
    if not access.may("admin"):
        st.caption(":material/lock: Only an admin may apply it.")
    elif st.button("Apply this threshold", type="primary", icon=":material/save:"):
        access.require("admin", "change the rules")
        with shown():
            number = tuning.apply(state.store, changed, state.number)
            st.success(
                plain(
                    f"{changed.name} is in force as number {number}. The next publish gives its verdicts: "
                    "facelib publish."
                ),
                icon=":material/check:",
            )


@st.cache_data(max_entries=64, show_spinner=False)
def _effect(key: str, toml: str, number: int, _state: ReviewState, _rules: RuleSet) -> tuple[Change, ...]:
    """The first three tell what is compared: publication, new set, number of the set in force."""
    return changes(_state.catalog, _rules, _state.in_force)


def _moves(found: tuple[Change, ...]) -> dict[str, list[str]]:
    words = {"keep": "kept", "drop": "dropped", "unknown": "without a verdict"}
    moved = [change for change in found if change.before != change.after]
    rows = [(f"{words[c.before]} → {words[c.after]}", f"{c.clips:,}", f"{c.hours:,.2f}") for c in moved]
    rows = rows or [("no clip changes", "0", "0.00")]
    return {name: [row[n] for row in rows] for n, name in enumerate(("Clips that go from", "Clips", "Hours"))}


def _with_unit(value: float, limit: Limit) -> str:
    return f"{shortened(value)} {limit.unit}".strip()


def _step(low: float, high: float) -> float:
    """A step of 1, 2 or 5 times a power of ten, about a hundredth of the span.

    >>> _step(0.0, 100.0), _step(3.0, 3.0)
    (1.0, 0.1)
    """
    wanted = (high - low) / 100
    if wanted <= 0:
        return 0.1
    steps = [factor * 10.0**power for power in range(-6, 7) for factor in (1, 2, 5)]
    return next((step for step in steps if step >= wanted), steps[-1])

"""What every view of the review page works on: the publication, what people decided until now, the rules."""

from dataclasses import dataclass

import streamlit as st

from dashboards import access, collection, url
from facelib import settings
from facelib.catalog.reader import Catalog
from facelib.collection import rules
from facelib.collection.review import reviews
from facelib.curate import presets
from facelib.curate.review_events import ReviewEvents
from facelib.curate.rules import RuleSet
from facelib.store.objects import Store

IN_FORCE = "in force"


@dataclass(frozen=True)
class ReviewState:
    """One look at the collection; made anew with each run of the page.

    Args:
        store: where decisions are written.
        catalog: the newest publication.
        events: what people decided until now, also since that publication.
        number: of the rule set in force.
        in_force: that rule set.
        user: whose decisions this page writes.
    """

    store: Store
    catalog: Catalog
    events: ReviewEvents
    number: int
    in_force: RuleSet
    user: str

    def rule_set(self, name: str) -> RuleSet:
        """The rule set in force, or a preset by its name."""
        return presets.load(name) if name in presets.names() else self.in_force


def read() -> ReviewState:
    """Look at the newest publication and at all decisions.

    Raises:
        FacelibError: the settings are wrong, or nothing was published yet.
    """
    catalog = collection.open_search().catalog
    store = settings.load().open_store()
    events = _published(catalog.publication.catalog, catalog).also(reviews.newer(store, catalog))
    number, in_force = rules.in_force(store)
    return ReviewState(store, catalog, events, number, in_force, access.user())


@st.cache_resource(max_entries=2, show_spinner=False)
def _published(key: str, _catalog: Catalog) -> ReviewEvents:
    """Every publication has a catalogue file of its own: the key of that file is the key."""
    return reviews.of_catalog(_catalog)


def choose_rules(state: ReviewState) -> RuleSet:
    """A select box for the rule set that is looked at; the choice is in the URL."""
    labels = {IN_FORCE: f"{state.in_force.name} (in force)"}
    labels |= {name: f"{name} (preset)" for name in presets.names() if presets.load(name).rules}
    return state.rule_set(url.select("Rule set", list(labels), "rules", words=labels))

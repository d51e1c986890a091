"""One clip with all that is known of it; its id stands in the URL."""

from collections.abc import Callable
from html import escape
from pathlib import Path
from urllib.parse import quote

import streamlit as st

from dashboards import access, cards, collection, url
from dashboards.clip import decided, others, over_time, player, provenance, standing
from dashboards.clip.look import Look
from dashboards.problems import plain, shown
from dashboards.review import page as review_page
from dashboards.review import player as judged
from facelib import settings
from facelib.collection.clip.explain import Story, explain
from facelib.collection.clip.timeline import ClipTimeline
from facelib.collection.source.moment import at_second
from facelib.search import FaceSearch

STYLE = Path(__file__).with_name("style.css")
PARTS: dict[str, tuple[str, Callable[[Look], None]]] = {
    "time": ("Over time", over_time.draw),
    "measures": ("Measures", standing.draw),
    "others": ("Other clips", others.draw),
    "origin": ("Provenance", lambda look: provenance.draw(story_of(look))),
    "decisions": ("Decisions", decided.draw),
}


def draw() -> None:
    """The page."""
    st.html(STYLE)
    st.html(review_page.STYLE)
    title = st.empty()
    title.title("Clip", anchor=False)
    search = collection.open_search()
    clip_id = st.query_params.get("id", "")
    clip = search.catalog.clips([clip_id]).get(clip_id)
    if clip is None:
        _draw_none(clip_id)
        return
    title.title(plain(clip["title"] or clip["video_id"]), anchor=False)
    if not _may_be_seen(search, clip["video_id"]):
        return
    store = settings.load().open_store()
    look = Look(store, search, clip, ClipTimeline(store, search.catalog, clip))
    left, right = st.columns([5, 4], gap="medium")
    with left, shown():
        player.draw(clip, look.timeline)
    with right, shown():
        _draw_about(look)
    part = url.segments(
        "Part", list(PARTS), "part", words={n: w for n, (w, _) in PARTS.items()}, label_visibility="collapsed"
    )
    st.header(PARTS[part][0], anchor=False)
    with shown():
        PARTS[part][1](look)


def story_of(look: Look) -> Story:
    """All that led to the clip; worked out once for each publication.

    Raises:
        SettingsError: the rule set of its verdict names a column that there is not.
    """
    return _story(look.store.address, look.search.catalog.publication.catalog, look.clip_id, look)


@st.cache_data(max_entries=32, ttl=600, show_spinner="Looking up where it is from …")
def _story(root: str, publication: str, clip_id: str, _look: Look) -> Story:
    return explain(_look.store, _look.search.catalog, clip_id)


def _draw_about(look: Look) -> None:
    st.header("About", anchor=False)
    st.html(judged.about(look.clip))
    _draw_ways(look)
    story = story_of(look)
    st.header("Rules", anchor=False)
    if not story.verdict:
        st.info("There is no verdict on this clip yet; the next publish gives one.", icon=":material/info:")
        return
    st.html(f'<p class="verdict">{_verdict(story)}</p>')
    if story.verdict["rules"]:
        st.html(judged.rules(story.verdict["rules"], story.verdict["rule_set"]))
    else:
        st.caption(plain(f"The rule set {story.verdict['rule_set']} has no rules: every clip passes."))


def _verdict(story: Story) -> str:
    keep, by = story.verdict["keep"], story.verdict["decided_by"]
    who = "the rules" if by == "rules" else escape(str(by))
    if keep is None:
        return "Verdict: <b>open</b>. No rule failed, and at least one has nothing to judge by."
    return f'Verdict: <b class="{"kept" if keep else "dropped"}">{"kept" if keep else "dropped"}</b> by {who}.'


def _draw_ways(look: Look) -> None:
    """From here to the source, to faces like this one, to judging it."""
    clip, name = look.clip, quote(look.clip_id)
    start = cards.span(clip).partition("–")[0]
    with st.container(horizontal=True, gap="small"):
        address = at_second(clip["url"] or "", clip["start_s"])
        if address:
            st.link_button(f"Source at {start}", address, icon=":material/open_in_new:")
        st.link_button("Find this face", f"./?clip={name}", icon=":material/person_search:")
        if access.may("review"):
            st.link_button("Judge this clip", f"review?clip={name}", icon=":material/rate_review:")
    if not address:
        st.caption(
            plain(f"Its source has no address on the web; the clip begins at {start} ({clip['start_s']:.2f} s) of it.")
        )


def _may_be_seen(search: FaceSearch, video_id: str) -> bool:
    """Say that a clip is kept out of search; only who judges clips sees it then."""
    rows = search.catalog.rows("SELECT reason, decided_by FROM hidden_videos WHERE video_id = ? LIMIT 1", [video_id])
    if rows:
        why = f"This upload is kept out of search and exports by {rows[0]['decided_by']}: {rows[0]['reason']}."
        st.warning(plain(why), icon=":material/visibility_off:")
    return not rows or access.may("review")


def _draw_none(clip_id: str) -> None:
    if clip_id:
        said = f"The clip {clip_id} is not in the published collection: it was replaced, or taken down."
        st.warning(plain(said), icon=":material/info:")
    else:
        st.info("Choose a clip: each card of the search leads to its clip.", icon=":material/info:")
    st.link_button("To the search", "./", icon=":material/search:")

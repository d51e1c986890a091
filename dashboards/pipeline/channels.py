"""How fresh each channel is."""

from html import escape

import streamlit as st

from dashboards.tables import Html, table
from dashboards.words import ago, counted
from facelib import settings
from facelib.catalog.reader import Catalog
from facelib.clock import now
from facelib.collection.state.channels import Freshness, channels, freshness, overdue
from facelib.store.objects import Store

PAGE = 50
"""Channels a page."""
COLUMNS = ("Channel", "Last crawl", "Last upload", "Uploads", "Processed")


def draw(store: Store, catalog: Catalog) -> None:
    """The view."""
    st.header("Freshness by channel", anchor=False)
    number, hours = channels(catalog), settings.load().dashboard.overdue_hours
    if not number:
        st.info("No channel was crawled yet.", icon=":material/rss_feed:")
        st.write("Take one in, and publish:")
        st.code("facelib ingest --channel PATH_OR_URL", language="shell")
        return
    late = overdue(catalog, now(), hours)
    st.caption(
        f"{counted(number, 'channel')}, {late:,} overdue: a crawl is due after {hours:g} h. Those that were crawled "
        "longest ago come first."
    )
    pages = -(-number // PAGE)
    page = st.pagination(pages, key="page", bind="query-params") if pages > 1 else 1
    rows = freshness(store, catalog, now(), hours, limit=PAGE, offset=(page - 1) * PAGE)
    st.html(table("Channels", COLUMNS, [_row(row) for row in rows], right=(3, 4)))


def _row(row: Freshness) -> list[str]:
    crawl = escape(ago(row.last_listed, now()))
    state = Html(f'{crawl} <span class="bad">overdue</span>') if row.overdue else Html(crawl)
    kind = " (folder)" if row.kind == "folder" else ""
    upload = f"{row.last_upload}, {ago(row.last_upload, now())}" if row.last_upload else ""
    return [f"{row.title}{kind}", state, upload, f"{row.uploads:,}", f"{row.videos:,}"]

"""The dashboard: `streamlit run dashboards/app.py`.

A further page is a module with a function that draws it, and one line in `PAGES`.
"""

import sys
from pathlib import Path

# Streamlit puts the folder of this file on the import path, not the one that holds the package.
ROOT = str(Path(__file__).resolve().parents[1])
if ROOT not in sys.path:
    sys.path.append(ROOT)

import streamlit as st  # noqa: E402

from dashboards import access, hover, problems, ready, search_page, url  # noqa: E402
from dashboards.clip import page as clip_page  # noqa: E402
from dashboards.dataset import page as dataset_page  # noqa: E402
from dashboards.people import page as people_page  # noqa: E402
from dashboards.pipeline import page as pipeline_page  # noqa: E402
from dashboards.review import page as review_page  # noqa: E402

STYLE = Path(__file__).with_name("style.css")
# A named symbol as icon of the browser tab would be fetched from another host.
ICON = str(Path(__file__).with_name("icon.svg"))
PAGES = [
    st.Page(search_page.draw, title="Search", icon=":material/search:", default=True),
    # The default page has the empty path alone; links that name it lead to it as well.
    st.Page(search_page.draw, title="Search", icon=":material/search:", url_path="search", visibility="hidden"),
    st.Page(clip_page.draw, title="Clip", icon=":material/movie:", url_path="clip", visibility="hidden"),
    st.Page(review_page.draw, title="Review", icon=":material/rate_review:", url_path="review"),
    st.Page(people_page.draw, title="People", icon=":material/group:", url_path="people"),
    st.Page(pipeline_page.draw, title="Pipeline", icon=":material/account_tree:", url_path="pipeline"),
    st.Page(dataset_page.draw, title="Dataset", icon=":material/dataset:", url_path="dataset"),
]

st.set_page_config(page_icon=ICON, layout="wide", menu_items={"About": "facelib: talking faces, found."})
st.html(STYLE)
with problems.shown():
    page = st.navigation(PAGES, position="sidebar" if access.may("view") else "hidden")
    access.enter()
    access.draw_user()
    page.run()
    st.session_state[url.LAST_PATH] = page.url_path
    hover.listen()
    ready.get_ready()

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

from dashboards import problems, search_page  # noqa: E402

STYLE = Path(__file__).with_name("style.css")
# A named symbol as icon of the browser tab would be fetched from another host.
ICON = str(Path(__file__).with_name("icon.svg"))
PAGES = [st.Page(search_page.draw, title="Face search", icon=":material/face:", url_path="search", default=True)]

st.set_page_config(page_icon=ICON, layout="wide", menu_items={"About": "facelib: talking faces, found."})
st.html(STYLE)
page = st.navigation(PAGES)
with problems.shown():
    page.run()

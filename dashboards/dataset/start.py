"""Starting an export of a selection: here, in a process of its own, or by Airflow."""

import json
from typing import Any

import streamlit as st

from dashboards import access
from dashboards.dataset import show_view
from dashboards.problems import shown
from dashboards.words import counted, length
from facelib import settings
from facelib.demo.airflow_rest import AirflowClient
from facelib.export.names import CROPS, FORMATS
from facelib.export.options import ExportOptions, checked
from facelib.export.overview import Overview
from facelib.export_jobs import check_name, start
from facelib.store import snapshots
from facelib.store.objects import Store

DAG = "dataset_export"
NOW = "what is published now"
NO_SPLITS = "none"


def draw(store: Store, where: str, found: Overview) -> None:
    """The form; the condition can be copied by everyone."""
    with st.expander(f"Export {counted(found.clips, 'clip')}, {length(found.seconds)}", icon=":material/download:"):
        if not access.may("review"):
            st.caption("To start an export you need the role reviewer.")
        else:
            _draw_form(store, where)
        st.caption("The condition, for `facelib export --where` and notebooks:")
        st.code(where, language="sql", wrap_lines=True)


def _draw_form(store: Store, where: str) -> None:
    # Enter in the name, as people press it after a word, must not start hours of work.
    with st.form("export", border=False, enter_to_submit=False):
        with st.container(horizontal=True):
            name = st.text_input("Name", placeholder="talks-v1", width=220, key="export_name")
            kind = st.selectbox("Format", list(FORMATS), width=180, key="export_format")
            version = st.selectbox("Of", [NOW, *snapshots.names(store)], width=220, key="export_of")
        with st.container(horizontal=True):
            crop = st.selectbox("Crop", CROPS, width=180, help="See docs/crops.md; window: the clip as it is.")
            size = st.number_input("Size, px", 0, 4096, 0, 2, width=140, help="0 leaves the scale.")
            splits = st.selectbox("Train/val/test, %", [NO_SPLITS, "80/10/10", "90/5/5", "90/10"], width=180)
            limit = st.number_input("At most, clips", 0, None, 0, width=160, help="A sample; 0 takes all.")
        if not st.form_submit_button("Start the export", type="primary", icon=":material/play_arrow:"):
            return
    access.require("review", "start an export")
    if not name.strip():
        st.warning("Give the export a name: it becomes that of its folder.", icon=":material/edit:")
        return
    values: dict[str, Any] = {"where": where, "crop": crop, "size": int(size), "limit": int(limit)}
    values |= {"splits": "" if splits == NO_SPLITS else splits, "snapshot": "" if version == NOW else version}
    with shown():
        options: ExportOptions = checked(ExportOptions, values, "export")
        _start(check_name(name.strip()), kind, options)


def _start(name: str, kind: str, options: ExportOptions) -> None:
    conf = settings.load()
    airflow = conf.dashboard
    if not airflow.airflow_url:
        start(conf.exports_dir, name, kind, options, access.user())
        show_view("Exports")
        st.rerun()
    asked = {"name": name, "format": kind, **options.model_dump(mode="json", exclude_defaults=True)}
    if airflow.airflow_user:
        secret = airflow.airflow_password.get_secret_value()
        run_id = AirflowClient(airflow.airflow_url, lambda: (airflow.airflow_user, secret)).trigger(DAG, conf=asked)
        st.success(f"Airflow runs it: {run_id}", icon=":material/play_circle:")
    else:
        st.info("Start it in Airflow with these parameters:", icon=":material/play_circle:")
        st.code(json.dumps(asked, indent=1), language="json")
    st.link_button("Open Airflow", f"{airflow.airflow_url}/dags/{DAG}", icon=":material/open_in_new:")

"""Exports: those that were started here, with their progress, and all others that were ever begun."""

from datetime import timedelta
from pathlib import Path

import streamlit as st

from dashboards.problems import plain
from dashboards.words import counted, minute
from facelib import settings
from facelib.export.manifest import MANIFEST
from facelib.export_jobs import ExportJob, jobs
from facelib.store import exports_log
from facelib.store.exports_log import NotedExport
from facelib.store.objects import Store

MOST = 50
"""Past exports that are shown."""
EVERY = timedelta(seconds=2)
BADGES = {
    "running": ("running", "blue", ":material/sync:"),
    "done": ("complete", "green", ":material/check:"),
    "failed": ("failed", "red", ":material/error:"),
    "stopped": ("stopped", "orange", ":material/pause:"),
}


def draw(store: Store) -> None:
    """The view."""
    folder = settings.load().exports_dir
    begun = jobs(folder)
    if begun:
        st.header("Started here", anchor=False)
        running = any(job.state == "running" for job in begun)
        st.fragment(_draw_jobs, run_every=EVERY if running else None)(folder, running)
    here = {str(job.folder) for job in begun[:MOST]}
    past = [entry for entry in exports_log.newest(store, MOST) if entry.folder not in here]
    if past or not begun:
        st.header("Other exports of this collection" if begun else "All exports of this collection", anchor=False)
    if not past and not begun:
        st.info("Nothing was exported yet.", icon=":material/dataset:")
        st.write("Choose clips under **Selection**, and start an export there.")
    for number, entry in enumerate(past):
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"past-{number}"):
            _draw_past(entry, number)


def _draw_jobs(folder: Path, running: bool) -> None:
    """Draws itself anew while an export runs; when none does any more, the whole page."""
    found = jobs(folder)[:MOST]
    if running and not any(job.state == "running" for job in found):
        st.rerun()
    for job in found:
        with st.container(border=True, gap="small", key=f"job-{job.name}"):
            _draw_job(job)


def _draw_job(job: ExportJob) -> None:
    word, color, icon = BADGES[job.state]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(job.name)}** · {job.format} · {minute(job.started)} by {plain(job.by)}", width="stretch")
        st.badge(word, color=color, icon=icon)  # type: ignore[arg-type]
        _download(job.folder, f"job-{job.name}")
    if job.state == "running":
        share = job.done / job.total if job.total else 0.0
        text = f"{job.done:,} of {counted(job.total, 'item')}" if job.total else "Choosing clips …"
        st.progress(share, text)
    elif job.message:
        more = " Start it again with the same name and options: it goes on." if job.state == "stopped" else ""
        st.caption(plain(job.message) + more)
    elif job.total:
        st.caption(f"{counted(job.total, 'item')} in {plain(str(job.folder))}")


def _draw_past(entry: NotedExport, number: int) -> None:
    source = f"snapshot {plain(entry.snapshot)}" if entry.snapshot else f"publication {entry.publication}"
    st.markdown(
        f"**{plain(Path(entry.folder).name)}** · {entry.format} · {counted(entry.items, 'item')} of "
        f"{counted(len(entry.videos), 'video')} · {source}  \n{minute(entry.at)} · {plain(entry.folder)}",
        width="stretch",
    )
    _download(Path(entry.folder), f"past-{number}")


def _download(folder: Path, key: str) -> None:
    manifest = folder / MANIFEST
    if manifest.is_file():
        st.download_button(
            "Manifest",
            manifest.read_bytes,
            file_name=f"{folder.name}-{MANIFEST}",
            mime="application/json",
            key=f"manifest-{key}",
            icon=":material/download:",
            on_click="ignore",
            help=f"The manifest of {folder.name}: query, models, licences, counts",
        )

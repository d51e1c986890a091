"""Runs of the pipeline: their shards, what each stage did, and the run of Airflow."""

from typing import Any

import streamlit as st

from dashboards.pipeline import airflow
from dashboards.problems import plain
from dashboards.tables import Html, table
from dashboards.words import counted, length, minute
from facelib.catalog.reader import Catalog
from facelib.collection.state import runs
from facelib.collection.state.runs import Run, StageDone
from facelib.store.objects import Store
from facelib.store.plans import Manifest, Shard

PAGE = 10
"""Runs a page."""
SHARDS = 20
"""Shards a page of one run."""
STAGES = ("Stage", "Computed", "There before", "Waited", "Failed", "Compute", "Note")


def draw(store: Store, catalog: Catalog) -> None:
    """The view."""
    run_id = st.query_params.get("run")
    if run_id:
        _draw_run(store, run_id)
        return
    st.header("Runs, the newest first", anchor=False)
    ids = runs.plan_ids(store)
    if not ids:
        st.info("Nothing was run yet.", icon=":material/play_circle:")
        st.write("A run begins with a plan: `facelib ingest`, `facelib plan`, or a DAG of Airflow makes one.")
        return
    pages = -(-len(ids) // PAGE)
    page = st.pagination(pages, key="page", bind="query-params") if pages > 1 else 1
    st.caption(f"{counted(len(ids), 'run')}. Maintenance removes old ones.")
    for run in runs.runs(store, ids[(page - 1) * PAGE : page * PAGE]):
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"run-{run.plan_id}"):
            st.markdown(f"**{minute(run.started)}** · {run.lane} · {_shards(run)}  \n{_holder(run)}", width="stretch")
            _draw_link(run)
            st.button("Show", key=f"show-{run.plan_id}", on_click=_show, args=(run.plan_id,), help=run.plan_id)


def _draw_run(store: Store, plan_id: str) -> None:
    st.button("All runs", icon=":material/arrow_back:", key="all_runs", on_click=_show, args=("",), type="tertiary")
    found = runs.runs(store, [plan_id]) if plan_id in runs.plan_ids(store) else []
    if not found:
        st.info(f"There is no run {plain(plan_id)} any more: maintenance removes old ones.", icon=":material/info:")
        return
    run = found[0]
    st.header(f"Run of {minute(run.started)}", anchor=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"{run.lane} · {_shards(run)} · {_holder(run)}")
        _draw_link(run)
    keys = runs.shard_keys(store, plan_id)
    pages = -(-len(keys) // SHARDS)
    page = st.pagination(pages, key="shards", bind="query-params") if pages > 1 else 1
    shown = runs.shards(store, keys[(page - 1) * SHARDS : page * SHARDS])
    total = runs.by_stage(manifest for _, manifests in shown for manifest in manifests)
    if not total:
        st.info("No stage has ended a shard yet.", icon=":material/hourglass_empty:")
    else:
        caption = "Videos by stage" if pages == 1 else f"Videos by stage, shards of page {page}"
        st.html(table(caption, STAGES, [_stage(stage) for stage in total], right=(1, 2, 3, 4, 5)))
    st.header("Shards", anchor=False)
    stages = [stage.stage for stage in total]
    rows = [_shard(shard, manifests, stages) for shard, manifests in shown]
    st.html(table("Videos by shard and stage", ("Shard", "Videos", "Predicted", *stages), rows, right=(1, 2)))
    st.caption("Of each stage: videos with a result of all that it was given; what failed is in quarantine.")


def _stage(stage: StageDone) -> list[str]:
    failed = Html(f'<span class="bad">{stage.quarantined:,}</span>') if stage.quarantined else "0"
    reasons = ", ".join(f"{reason.replace('_', ' ')}: {number:,}" for reason, number in stage.reasons.items())
    note = f"could not begin: {stage.not_computed}" if stage.not_computed else reasons
    numbers = [f"{number:,}" for number in (stage.done, stage.skipped, stage.blocked)]
    return [stage.stage, *numbers, failed, length(stage.seconds), note or " "]


def _shard(shard: Shard, manifests: list[Manifest], stages: list[str]) -> list[str]:
    by_stage = {manifest.stage: manifest for manifest in manifests}
    name = shard.key.rpartition("/")[2].removesuffix(".json")
    cells = [_cell(by_stage.get(stage)) for stage in stages]
    return [name, f"{len(shard.videos):,}", length(60 * shard.predicted_minutes), *cells]


def _cell(manifest: Manifest | None) -> str:
    if manifest is None:
        return "not yet"
    if manifest.not_computed:
        return Html('<span class="bad">no model</span>') if "weight" in manifest.not_computed else "not computed"
    good = manifest.done + manifest.skipped
    text = f"{good:,} of {good + manifest.quarantined + manifest.blocked:,}"
    return Html(f'{text} <span class="bad">{manifest.quarantined:,} failed</span>') if manifest.quarantined else text


def _draw_link(run: Run) -> None:
    link = airflow.run_link(run)
    if link:
        st.link_button("Airflow", link, icon=":material/open_in_new:", type="tertiary")


def _shards(run: Run) -> str:
    return f"{counted(run.shards, 'shard')}, {run.begun:,} begun"


def _holder(run: Run) -> str:
    return f"run {plain(run.holder)} of Airflow" if run.by_airflow else "started without Airflow"


def _show(plan_id: str, **_: Any) -> None:
    if plan_id:
        st.query_params["run"] = plan_id
    else:
        st.query_params.pop("run", None)

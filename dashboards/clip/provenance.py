"""Where the clip is from, and why it exists: upload, channels, download, track, stages, what was dropped near it."""

from typing import Any

import streamlit as st

from dashboards.clip.tables import facts, table
from dashboards.words import minute
from facelib.collection.clip.explain import Story

LINKS = {
    "similar_clips": "Clips with the same sound or look",
    "duplicates": "Duplicates",
    "clip_people": "Person",
    "reviews": "Reviews",
}


def draw(story: Story) -> None:
    """The whole story but its measures, rules and decisions."""
    st.subheader("Upload", anchor=False)
    st.html(facts(_upload(story.upload)))
    rows = [
        (_text(s["title"] or s["channel_id"]), minute(s["first_listed"]), minute(s["last_listed"]))
        for s in story.sightings
    ]
    st.html(table("Channels that showed it", ("Channel", "First listed", "Last listed"), rows))
    st.subheader("Source file", anchor=False)
    if story.download:
        st.html(facts(_download(story.download)))
    else:
        st.info("No download of it was recorded.", icon=":material/info:")
    st.subheader("Stages", anchor=False)
    st.html(
        table(
            "What was computed, in order", ("Stage", "State", "Version", "Weights", "Time"), map(_stage, story.stages)
        )
    )
    st.subheader("Track", anchor=False)
    _draw_track(story.track)
    st.subheader("Dropped near it", anchor=False)
    _draw_rejects(story.rejects)
    if story.links:
        st.subheader("Connections", anchor=False)
        for name, rows_of in story.links.items():
            st.html(table(LINKS.get(name, name.replace("_", " ").capitalize()), *_plain(rows_of, story.clip)))


def _upload(upload: dict[str, Any]) -> dict[str, str]:
    length = upload.get("duration_s")
    return {
        "Title": _text(upload.get("title")),
        "Uploader": _text(upload.get("uploader")),
        "Channel": _text(upload.get("channel_title") or upload.get("channel_id")),
        "Upload day": _text(upload.get("upload_day")) or "not known",
        "Licence": _text(upload.get("licence")) or "not stated",
        "Length": f"{length:.1f} s" if length else "",
        "First seen": minute(upload.get("first_seen") or ""),
        "Address": url
        if (url := _text(upload.get("url"))).startswith(("https://", "http://"))
        else "a file, not on the web",
        "Video": _text(upload.get("video_id")),
    }


def _download(download: dict[str, Any]) -> dict[str, str]:
    height, codec = download.get("height"), _text(download.get("codec"))
    return {
        "Recorded": minute(download["recorded"]),
        "Size": f"{download['size_bytes'] / 1e6:,.1f} MB",
        "Picture": ", ".join(part for part in (f"{height} px high" if height else "", codec) if part),
        "Download took": f"{download['seconds']:.1f} s" if download.get("seconds") is not None else "",
        "sha256": _text(download["digest"]),
        "Revision": _text(download["revision"]),
        "Kept": "yes" if download["still_there"] else "no: it was let go, or moved away",
    }


def _stage(stage: dict[str, Any]) -> tuple[str, ...]:
    weights = ", ".join(
        f"{name} {'' if digest == 'unknown' else str(digest)[:12]}".strip()
        for name, digest in (stage["weights"] or {}).items()
    )
    seconds = f"{stage['seconds']:.1f} s" if stage["seconds"] is not None else "not told"
    state = stage["reason"] or ("computed" if stage["result_there"] else "computed; its file is gone")
    return stage["stage"], state, _text(stage["version"]), weights or "none", seconds


def _draw_track(track: dict[str, Any]) -> None:
    if not track:
        st.info("Its track is not in the catalogue.", icon=":material/info:")
        return
    rows = [
        (p["what"].capitalize(), f"{p['measured']:.4g} {p['unit']}", f"{p['wanted']} {p['threshold']:g} {p['unit']}")
        for p in track["passed"]
    ]
    if rows:
        st.html(table("What the track had to pass", ("Measure", "Measured", "Wanted"), rows))
    frames = track["end_frame"] - track["start_frame"]
    st.caption(
        f"Frames {track['start_frame']:,} to {track['end_frame']:,} at 25 frames/s ({frames / 25:.1f} s), "
        f"{track['detections']:,} faces found, in the shot that begins at frame {track['shot_start']:,}."
    )


def _draw_rejects(rejects: list[dict[str, Any]]) -> None:
    if not rejects:
        st.caption("Nothing was dropped within 5 s of it.")
        return
    st.html(
        table(
            "What was dropped within 5 s of it",
            ("Stage", "What", "At frame", "Reason", "Measured", "Wanted"),
            (
                (
                    r["stage"],
                    r["kind"],
                    f"{r['start_frame']:,}",
                    r["reason"].replace("_", " "),
                    f"{r['measured']:.4g} {r['unit']}",
                    f"{r['threshold']:.4g} {r['unit']}",
                )
                for r in rejects
            ),
        )
    )


def _plain(rows: list[dict[str, Any]], clip: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Head and cells of rows of a table of the catalogue; columns that only name the clip, or nothing, are left out."""
    known = (None, "", clip["clip_id"], clip["video_id"])
    names = [name for name in rows[0] if name != "record" and any(row[name] not in known for row in rows)]
    return [name.replace("_", " ") for name in names], [[_text(row[name]) for name in names] for row in rows]


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return "" if value is None else str(value)

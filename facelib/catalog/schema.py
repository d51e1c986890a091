"""The tables of the catalogue: scalars by channel, upload, video, shot, track, clip. Each column says its unit."""

from facelib.catalog.curation_tables import CURATION
from facelib.catalog.measures import MEASURES

TABLES: dict[str, dict[str, tuple[str, str]]] = {
    "channels": {
        "channel_id": ("VARCHAR", "id of the channel"),
        "url": ("VARCHAR", "where it is listed"),
        "title": ("VARCHAR", "what it calls itself"),
        "kind": ("VARCHAR", "channel or folder"),
        "last_listed": ("VARCHAR", "last listing, UTC, ISO 8601"),
    },
    "sightings": {
        "channel_id": ("VARCHAR", "channel that showed the upload"),
        "video_id": ("VARCHAR", "the upload"),
        "first_listed": ("VARCHAR", "first listing that showed it, UTC, ISO 8601"),
        "last_listed": ("VARCHAR", "last listing that showed it, UTC, ISO 8601"),
    },
    "uploads": {
        "video_id": ("VARCHAR", "id of the video"),
        "extractor": ("VARCHAR", "site or kind of source"),
        "url": ("VARCHAR", "where it is fetched from"),
        "title": ("VARCHAR", "title"),
        "channel_id": ("VARCHAR", "channel that showed it first"),
        "channel_title": ("VARCHAR", "title of that channel"),
        "upload_day": ("VARCHAR", "UTC upload day, YYYY-MM-DD; empty until it is decided"),
        "duration_s": ("DOUBLE", "length as the source tells it, s"),
        "licence": ("VARCHAR", "licence as the source tells it"),
        "uploader": ("VARCHAR", "uploader as the source tells it"),
        "first_seen": ("VARCHAR", "first sighting, UTC, ISO 8601"),
    },
    "downloads": {
        "video_id": ("VARCHAR", "id of the video"),
        "state": ("VARCHAR", "downloaded, waiting, failed (in quarantine) or filtered (left out by the selection)"),
        "path": ("VARCHAR", "key of the file in the store, or its path where it is read in place; empty without one"),
        "size_bytes": ("DOUBLE", "size of the file, bytes"),
        "height": ("INTEGER", "frame height as the source tells it, px"),
        "wanted_height": ("INTEGER", "frame height that its list names, px; empty where it names none"),
        "codec": ("VARCHAR", "codec of the pictures as the source tells it"),
        "seconds": ("DOUBLE", "time that the last try, or the one that succeeded, took, s"),
        "attempts": ("INTEGER", "how often it was tried"),
        "reason": ("VARCHAR", "why the last try failed, stable code; empty when it did not"),
        "message": ("VARCHAR", "the same for a person to read"),
        "last_try": ("VARCHAR", "end of the last try, UTC, ISO 8601; empty before the first"),
    },
    "captions": {
        "video_id": ("VARCHAR", "id of the video"),
        "language": ("VARCHAR", "language as the source names it"),
        "automatic": ("BOOLEAN", "whether the source made it from the sound"),
        "start_s": ("DOUBLE", "start, s of the source"),
        "end_s": ("DOUBLE", "end, s of the source"),
        "text": ("VARCHAR", "what is said"),
    },
    "videos": {
        "video_id": ("VARCHAR", "id of the video"),
        "generation": ("INTEGER", "settings generation of its current commit"),
        "committed": ("VARCHAR", "time of its current commit, UTC, ISO 8601"),
        "commit_key": ("VARCHAR", "key of its current commit record"),
        "duration_s": ("DOUBLE", "length, s"),
        "width": ("INTEGER", "width after rotation, px"),
        "height": ("INTEGER", "height after rotation, px"),
        "fps": ("DOUBLE", "frame rate of the source, frames/s"),
        "video_codec": ("VARCHAR", "codec of the source"),
        "has_audio": ("BOOLEAN", "whether the source has a sound stream"),
        "n_frames": ("INTEGER", "frames on the 25 fps grid"),
        "decode_errors": ("INTEGER", "packets or frames that could not be decoded"),
        "source_digest": ("VARCHAR", "sha256 of the source file"),
        "fetched": ("VARCHAR", "when the source file was recorded, UTC, ISO 8601"),
    },
    "stages": {
        "video_id": ("VARCHAR", "id of the video"),
        "stage": ("VARCHAR", "stage"),
        "fingerprint": ("VARCHAR", "name of the result"),
        "reason": ("VARCHAR", "why it was not computed; empty when it was"),
        "seconds": ("DOUBLE", "time it took, s; empty where the process was killed before it could tell"),
        "version": ("INTEGER", "version of the stage that made it"),
        "params": ("VARCHAR", "sha256 of its parameters, as canonical JSON"),
        "weights": ("VARCHAR", "sha256 of the weights that it used: MODEL=DIGEST, with spaces between"),
    },
    "shots": {
        "video_id": ("VARCHAR", "id of the video"),
        "start_frame": ("INTEGER", "first frame on the grid"),
        "end_frame": ("INTEGER", "one past the last frame"),
        "start_s": ("DOUBLE", "start, s of the source"),
        "end_s": ("DOUBLE", "end, s of the source"),
    },
    "tracks": {
        "video_id": ("VARCHAR", "id of the video"),
        "start_frame": ("INTEGER", "first frame on the grid"),
        "end_frame": ("INTEGER", "one past the last frame"),
        "number": ("INTEGER", "which of the tracks that start there"),
        "shot_start": ("INTEGER", "first frame of its shot"),
        "detections": ("INTEGER", "faces found"),
        "face_side": ("FLOAT", "larger of mean width and height of the face, source px"),
        "kept": ("BOOLEAN", "whether it passed the rules"),
    },
    "clips": {
        "clip_id": ("VARCHAR", "id of the clip"),
        "video_id": ("VARCHAR", "id of the video"),
        "start_frame": ("INTEGER", "first frame on the grid"),
        "end_frame": ("INTEGER", "one past the last frame"),
        "number": ("INTEGER", "which of the clips that start there"),
        "track_start": ("INTEGER", "first frame of its track"),
        "track_number": ("INTEGER", "number of its track"),
        "start_s": ("DOUBLE", "start, s of the source"),
        "end_s": ("DOUBLE", "end, s of the source"),
        "x1": ("INTEGER", "left of the window, source px"),
        "y1": ("INTEGER", "top of the window, source px"),
        "x2": ("INTEGER", "right of the window, source px"),
        "y2": ("INTEGER", "bottom of the window, source px"),
        "face_x1": ("FLOAT", "left of the face in the middle frame, source px"),
        "face_y1": ("FLOAT", "top of that face, source px"),
        "face_x2": ("FLOAT", "right of that face, source px"),
        "face_y2": ("FLOAT", "bottom of that face, source px"),
        "face_side": ("FLOAT", "median larger side of the face, source px"),
        "has_audio": ("BOOLEAN", "whether it has sound"),
        "media_key": ("VARCHAR", "key of its mp4 in the store; wav and jpg lie beside it"),
    },
    "rejects": {
        "video_id": ("VARCHAR", "id of the video"),
        "stage": ("VARCHAR", "stage that dropped it"),
        "kind": ("VARCHAR", "face, track or clip"),
        "start_frame": ("INTEGER", "first frame on the grid"),
        "number": ("INTEGER", "which of those that start there"),
        "reason": ("VARCHAR", "why it was dropped"),
        "measured": ("DOUBLE", "measured value"),
        "threshold": ("DOUBLE", "limit that it missed"),
        "unit": ("VARCHAR", "unit of both"),
    },
    "vectors": {
        "clip_id": ("VARCHAR", "id of the clip"),
        "video_id": ("VARCHAR", "id of the video"),
        "vector_table": ("VARCHAR", "LanceDB table that holds the vector"),
        "n_faces": ("INTEGER", "faces averaged"),
        "spread": ("FLOAT", "largest distance of one of them from the mean"),
    },
    "quarantine": {
        "video_id": ("VARCHAR", "id of the video"),
        "stage": ("VARCHAR", "stage that failed"),
        "fingerprint": ("VARCHAR", "what was being computed"),
        "error": ("VARCHAR", "class of the error"),
        "reason": ("VARCHAR", "stable code"),
        "message": ("VARCHAR", "for a person to read"),
        "attempts": ("INTEGER", "how often it was tried"),
        "entered": ("VARCHAR", "when, UTC, ISO 8601"),
    },
    "decisions": {
        "event_id": ("VARCHAR", "id of the event"),
        "kind": ("VARCHAR", "review, gold, undo, release, merge, split, name, hide, hide_video or takedown"),
        "decided_by": ("VARCHAR", "who decided"),
        "decided_at": ("VARCHAR", "when, UTC, ISO 8601"),
        "value": ("VARCHAR", "content, JSON"),
        "video_id": ("VARCHAR", "video of its anchor; empty without one"),
        "clip_id": ("VARCHAR", "clip that it is attached to now; empty when none fits"),
    },
    **CURATION,
    "read_log": {"key": ("VARCHAR", "log entry that this catalogue has taken in")},
}

VIDEO_ID = {"video_id": ("VARCHAR", "id of the video")}
TABLES |= {name: {**VIDEO_ID, **columns} for name, columns in MEASURES.items()}

BY_VIDEO = ("videos", "stages", "shots", "tracks", "clips", "rejects", "vectors", *MEASURES, "verdicts", "failed_rules")
"""Tables whose rows are replaced video by video."""

ONE_PER_CLIP = tuple(name for name in MEASURES if name not in ("segments", "speech_segments"))
"""Tables of measures with one row a clip at most."""

VIEWS = {
    "provenance": (
        {
            "clip_id": "id of the clip",
            "video_id": "id of the video",
            "channel_id": "channel that showed the upload first",
            "channel_title": "title of that channel",
            "uploader": "uploader as the source tells it",
            "url": "where it was fetched from",
            "upload_day": "UTC upload day, YYYY-MM-DD",
            "licence": "licence as the source tells it",
            "downloaded": "when the source file was recorded, UTC, ISO 8601",
            "source_digest": "sha256 of the source file",
            "committed": "time of the video's current commit, UTC, ISO 8601",
            "generation": "settings generation of that commit",
            "models": "sha256 of all weights that its stages used: MODEL=DIGEST, with spaces between",
        },
        "SELECT clips.clip_id, clips.video_id, uploads.channel_id, uploads.channel_title, uploads.uploader, "
        "uploads.url, uploads.upload_day, uploads.licence, videos.fetched AS downloaded, videos.source_digest, "
        "videos.committed, videos.generation, used.models "
        "FROM clips LEFT JOIN uploads USING (video_id) LEFT JOIN videos USING (video_id) LEFT JOIN ("
        "SELECT video_id, string_agg(weights, ' ' ORDER BY stage) AS models "
        "FROM stages WHERE weights <> '' GROUP BY 1) AS used USING (video_id)",
    ),
}
"""Views: what their columns mean, and the query. Made anew with each catalogue, so that they fit its version."""


def view_statements() -> list[str]:
    """The SQL that makes the views, in place of those that a file may have."""
    return [f"CREATE OR REPLACE VIEW {name} AS {query}" for name, (_, query) in VIEWS.items()]


def create_statements() -> list[str]:
    """The SQL that makes an empty catalogue."""
    statements = []
    for table, columns in TABLES.items():
        body = ", ".join(f'"{name}" {kind}' for name, (kind, _) in columns.items())
        statements.append(f"CREATE TABLE {table} ({body})")
        for name, (_, comment) in columns.items():
            escaped = comment.replace("'", "''")
            statements.append(f"""COMMENT ON COLUMN {table}."{name}" IS '{escaped}'""")
    return statements

"""The tables that publish works out over the whole collection: duplicates, verdicts, persons, hidden videos."""

CURATION: dict[str, dict[str, tuple[str, str]]] = {
    "compared": {
        "clip_id": ("VARCHAR", "clip that was held against all others for duplicates"),
        "video_id": ("VARCHAR", "its video"),
        "heard": ("BOOLEAN", "whether it has sound to look it up by"),
        "state": ("VARCHAR", "commit and settings it was compared under; it is compared again when they change"),
    },
    "sound_words": {
        "word": ("UINTEGER", "part of a clip's sound fingerprint: two words 1/8 s apart; a quarter of all are here"),
        "step": ("INTEGER", "where it begins in the clip, 1/32 s"),
        "clip_id": ("VARCHAR", "id of the clip"),
    },
    "similar_clips": {
        "clip_id": ("VARCHAR", "id of a clip"),
        "other_id": ("VARCHAR", "id of a clip with the same sound, or without sound and alike; after clip_id by name"),
        "difference": ("INTEGER", "bits in which the average hashes of their faces differ, 0..64"),
        "mirrored": ("BOOLEAN", "whether they are nearer with one of them in a mirror"),
        "sound_error": ("FLOAT", "share of bits in which their sound differs, 0..0.5; empty where one has no sound"),
        "distance": ("FLOAT", "distance of their face vectors in the metric of the model; empty without"),
        "shift_s": ("DOUBLE", "by how much the same moment comes later in the video of the other, s"),
        "overlap_s": ("DOUBLE", "length that both hold, s"),
    },
    "duplicates": {
        "clip_id": ("VARCHAR", "clip that shows again what another one shows"),
        "video_id": ("VARCHAR", "its video"),
        "kept_clip_id": ("VARCHAR", "that other clip, which is no duplicate itself"),
        "stage": ("INTEGER", "1: hash, same video; 2: hash, another video; 3: face vector"),
        "difference": ("DOUBLE", "how far the two are apart, in the unit"),
        "unit": ("VARCHAR", "bits (0..64), l2 or cosine"),
        "mirrored": ("BOOLEAN", "whether one shows the other in a mirror"),
    },
    "duplicate_uploads": {
        "video_id": ("VARCHAR", "video that shows again what another one shows"),
        "kept_video_id": ("VARCHAR", "that other video, which is no duplicate itself"),
        "kind": ("VARCHAR", "mirrored, sound_only, trimmed, rescaled or re_encoded"),
        "shift_s": ("DOUBLE", "by how much the same moment comes later in the kept video, s"),
        "overlap_s": ("DOUBLE", "length of clips that both hold, s"),
        "share": ("FLOAT", "the same over the length of all clips of the video with fewer, 0..1"),
        "clips": ("INTEGER", "clips of the video that lie in it"),
    },
    "verdicts": {
        "video_id": ("VARCHAR", "id of the video"),
        "clip_id": ("VARCHAR", "id of the clip"),
        "keep": ("BOOLEAN", "the verdict: what people decided, else what the rules say; empty while it is open"),
        "rules_keep": ("BOOLEAN", "whether every rule passed; empty where none failed and one is unknown"),
        "decided_by": ("VARCHAR", "rules, or the names of those who reviewed it, joined by commas"),
        "failed_rules": ("VARCHAR", "names of the rules that failed, joined by commas"),
        "unknown_rules": ("VARCHAR", "names of the rules whose value was not measured, joined by commas"),
        "rule_set": ("VARCHAR", "name of the rule set"),
        "rule_set_number": ("INTEGER", "its number in the store; 0 is the default"),
        "rule_set_digest": ("VARCHAR", "sha256 of its rules; clips are judged again when it changes"),
    },
    "failed_rules": {
        "video_id": ("VARCHAR", "id of the video"),
        "clip_id": ("VARCHAR", "id of the clip"),
        "rule": ("VARCHAR", "name of the rule"),
        "measured": ("DOUBLE", "measured value; empty for text and where it is missing"),
        "threshold": ("DOUBLE", "limit that it missed; empty for text"),
        "found": ("VARCHAR", "the measured value in words"),
        "wanted": ("VARCHAR", "what passes, in words"),
        "unit": ("VARCHAR", "unit of both"),
    },
    "reviews": {
        "event_id": ("VARCHAR", "id of the event"),
        "video_id": ("VARCHAR", "id of the video"),
        "clip_id": ("VARCHAR", "id of the clip; empty when none fits"),
        "reviewer": ("VARCHAR", "who decided"),
        "verdict": ("VARCHAR", "keep or drop; empty for a gold clip that is none any more"),
        "reason": ("VARCHAR", "why"),
        "tags": ("VARCHAR", "tags, joined by commas"),
        "kind": ("VARCHAR", "review, settlement (ends a disagreement) or gold (reviewers are measured by it)"),
        "decided_at": ("VARCHAR", "when, UTC, ISO 8601"),
        "state": ("VARCHAR", "in force, replaced by a later one, undone, or no clip fits"),
        "undone_by": ("VARCHAR", "who undid it; empty while it stands"),
        "undone_at": ("VARCHAR", "when, UTC, ISO 8601"),
    },
    "clip_people": {
        "clip_id": ("VARCHAR", "id of the clip; clips whose face has no vector are not here"),
        "video_id": ("VARCHAR", "id of the video"),
        "person_id": ("VARCHAR", "who it shows; empty while it waits for more clips like it"),
        "distance": (
            "DOUBLE",
            "from the nearest core clip of the person, in the metric of the model; empty if waiting",
        ),
        "decided_by": ("VARCHAR", "cluster, or who decided"),
        "neighbours": ("INTEGER", "other clips within the distance, counted up to curate.people.min_neighbours"),
        "seconds": ("DOUBLE", "length of the clip, s"),
        "record": ("VARCHAR", "key of the record in the store that says so"),
    },
    "people": {
        "person_id": ("VARCHAR", "id of the person, for good"),
        "name": ("VARCHAR", "name that people gave; empty without one"),
        "hidden": ("BOOLEAN", "whether people hid it"),
        "clips": ("INTEGER", "clips that show it"),
        "seconds": ("DOUBLE", "length of these clips, s"),
        "videos": ("INTEGER", "videos that show it"),
        "channels": ("INTEGER", "channels that showed these videos first"),
        "first_day": ("VARCHAR", "earliest upload day of these videos, YYYY-MM-DD"),
        "last_day": ("VARCHAR", "latest upload day of these videos, YYYY-MM-DD"),
    },
    "twins": {
        "person_a": ("VARCHAR", "a person"),
        "person_b": ("VARCHAR", "another one that may be the same"),
        "distance": ("DOUBLE", "of their nearest core clips, in the metric of the model"),
    },
    "clip_texts": {
        "video_id": ("VARCHAR", "id of the video"),
        "clip_id": ("VARCHAR", "clip that the text is of; empty: the text is of the whole upload"),
        "text": (
            "VARCHAR",
            "words in lower case without accents, each between two spaces: captions while the clip runs, or the "
            "upload's title, channel and uploader",
        ),
    },
    "hidden_videos": {
        "video_id": ("VARCHAR", "video whose clips are kept out of search and export"),
        "reason": ("VARCHAR", "why"),
        "decided_by": ("VARCHAR", "who decided; source_check is the check of sources"),
        "decided_at": ("VARCHAR", "when, UTC, ISO 8601"),
    },
    "curated": {
        "what": ("VARCHAR", "what is worked out over the whole collection: duplicates or people"),
        "state": ("VARCHAR", "sha256 of the settings and decisions it was worked out under; all anew when it changes"),
    },
}
"""By table, each column with its type and its meaning."""
PEOPLE_COUNTS = """
WITH parts AS (
    SELECT person_id, video_id, count(*) AS clips, sum(seconds) AS seconds
    FROM clip_people SEMI JOIN affected USING (person_id) WHERE person_id <> '' GROUP BY ALL
)
SELECT person_id, sum(clips) AS clips, sum(seconds) AS seconds, count(*) AS videos,
    count(DISTINCT channel_id) AS channels, coalesce(min(nullif(upload_day, '')), '') AS first_day,
    coalesce(max(upload_day), '') AS last_day
FROM parts LEFT JOIN uploads USING (video_id) GROUP BY 1
"""
"""What ``people`` counts, of the persons in the table ``affected`` that have a clip."""

"""The rule set in force, and the verdicts that it gives: versioned in the store, computed by SQL alone."""

from collections.abc import Callable

from facelib.catalog import schema
from facelib.catalog.writer import CatalogWriter
from facelib.clock import now
from facelib.curate import presets
from facelib.curate.rule_file import parse
from facelib.curate.rule_sql import Column, Query, check, judgements, verdicts
from facelib.curate.rules import RuleSet
from facelib.store import documents, layout
from facelib.store.objects import Store

RULES = "rules"
"""Who decided a verdict that no person gave."""
_APPLIED = "# Applied "
UNTOLD = (
    "clips.video_id IN (SELECT video_id FROM touched) AND clips.clip_id NOT IN "
    "(SELECT clip_id FROM verdicts WHERE video_id IN (SELECT video_id FROM touched))"
)
_WHOLE = ("clips", "uploads", "videos")
_TABLES = (*_WHOLE, *(table for table in schema.ONE_PER_CLIP if table != "hashes"), "clip_people")
"""Tables with one row a clip at most that hold something to judge it by."""

_GUESSED = ("offset_frames", "offset_s", "confidence", "min_distance", "frame_confidence", "good_ratio")
"""Columns of syncnet that an experimental method fills as a hint: for rules they are not measured."""

_FORMULAS = {
    "clips.seconds": Column("((clips.end_frame - clips.start_frame) / 25.0)", "DOUBLE", "length of the clip, s"),
    "clips.window_side": Column(
        "least(clips.x2 - clips.x1, clips.y2 - clips.y1)", "INTEGER", "smaller side of its window, source px"
    ),
    "clips.face_share": Column(
        "((clips.face_x2 - clips.face_x1) * (clips.face_y2 - clips.face_y1) "
        "/ nullif(videos.width * videos.height, 0))::DOUBLE",
        "DOUBLE",
        "share of the source picture that the face of the middle frame takes, 0..1",
        ("videos",),
    ),
    "clips.is_duplicate": Column(
        "(duplicates.clip_id IS NOT NULL)", "BOOLEAN", "whether another clip shows the same", ("duplicates",)
    ),
}


def columns() -> dict[str, Column]:
    """The columns that a rule may name, as ``table.column``: clip, upload, video, person and every measure."""
    found = {}
    for table in _TABLES:
        joined = () if table == "clips" else (table,)
        for name, (kind, meaning) in schema.TABLES[table].items():
            sql = f'{table}."{name}"'
            if table == "syncnet" and name in _GUESSED:
                sql = f"(CASE WHEN syncnet.experimental THEN NULL ELSE {sql} END)"
            found[f"{table}.{name}"] = Column(sql, kind, meaning, joined)
    return found | _FORMULAS


def in_force(store: Store) -> tuple[int, RuleSet]:
    """The number of the rule set in force, and the set; number 0 is the default preset, before any was applied."""
    newest = max((int(name.removesuffix(".toml")) for name in store.names(layout.RULES)), default=0)
    return newest, (read(store, newest) if newest else presets.load(presets.DEFAULT))


def read(store: Store, number: int) -> RuleSet:
    """A rule set by its number. Raises StoreError when there is none."""
    if not number:
        return presets.load(presets.DEFAULT)
    text = store.read(layout.rules(number)).decode()
    return parse(text, name=f"rules-{number}", preset=presets.load)


def applied(store: Store, number: int) -> str:
    """When a rule set was put into force, UTC, ISO 8601; empty for the default."""
    first = store.read(layout.rules(number)).decode().partition("\n")[0] if number else ""
    return first.removeprefix(_APPLIED) if first.startswith(_APPLIED) else ""


def put_in_force(store: Store, rules: RuleSet) -> int:
    """Make a rule set the one in force; the next publish gives its verdicts. Returns its number.

    The set that is in force already keeps its number, and nothing is written.

    Raises:
        SettingsError: a rule names a column that there is not, or a value of another kind; nothing was changed.
    """
    check(rules, columns())
    while True:
        number, current = in_force(store)
        if number and current == rules:
            return number
        text = f"{_APPLIED}{now().isoformat()}\n{rules.to_toml()}"
        if store.put(layout.rules(number + 1), text.encode()):
            return number + 1


def update(store: Store, catalog: CatalogWriter, keep_lock: Callable[[], None] = lambda: None) -> int:
    """Bring the tables ``verdicts`` and ``failed_rules`` up to the catalogue and the rule set in force.

    Only clips without a verdict are judged while the set stays the same; all of them when it is another one, or when
    it looks at tables that change without a new commit. Returns how many clips were judged.

    Raises:
        SettingsError: the rule set in force names a column that this version does not have.
    """
    keep_lock()
    number, rules = in_force(store)
    known = columns()
    check(rules, known)
    # The number alone does not tell: the default has 0 in every release, whatever its rules are.
    digest = documents.digest(rules.to_toml())
    held = catalog.query("SELECT DISTINCT rule_set, rule_set_number, rule_set_digest FROM verdicts")
    fixed = {*_WHOLE, *schema.BY_VIDEO}
    all_anew = held not in ([], [(rules.name, number, digest)])
    all_anew |= any(set(known[rule.column].tables) - fixed for rule in rules.rules)
    if all_anew:
        catalog.query("DELETE FROM verdicts")
        catalog.query("DELETE FROM failed_rules")
    among = "TRUE" if all_anew or not held else UNTOLD
    query = Query()
    chosen = judgements(query, rules, known, among=among, only_failed=True)
    names = ", ".join(schema.TABLES["failed_rules"])
    catalog.query(f"INSERT INTO failed_rules BY NAME SELECT {names} FROM ({chosen})", query.parameters)  # noqa: S608
    query = Query()
    named = (
        f"keep AS rules_keep, '{RULES}' AS decided_by, {query.bind(rules.name)} AS rule_set, "
        f"{query.bind(number)}::INTEGER AS rule_set_number, {query.bind(digest)} AS rule_set_digest"
    )
    chosen = verdicts(query, rules, known, among=among)
    told = catalog.query(f"INSERT INTO verdicts BY NAME SELECT *, {named} FROM ({chosen})", query.parameters)  # noqa: S608
    return int(told[0][0])

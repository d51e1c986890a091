"""Commands that tell why: the story of a clip, and what became of every hour."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from facelib.cli.output import AsJson, emit, out, plain, say

if TYPE_CHECKING:
    from facelib.collection.clip.explain import Story

app = typer.Typer()


@app.command()
def explain(
    clip_id: Annotated[str, typer.Argument(help="Id of the clip, as 'facelib search' prints it.")],
    json: AsJson = False,
) -> None:
    """Tell why a clip exists and why it was kept: source, download, stages, track, measures, rules.

    Example: `facelib explain file_anna-3baae3b175.000000.0.86eb888f`
    """
    from facelib import settings
    from facelib.catalog.reader import Catalog
    from facelib.collection.clip.explain import explain as tell

    store = settings.load().open_store()
    with Catalog(store) as catalog:
        story = tell(store, catalog, clip_id)
    if json:
        emit(story.to_dict(), True, title="clip")
        return
    for line in _lines(story):
        out.print(line, highlight=False, markup=False, soft_wrap=True)
    for remark in story.remarks:
        say(remark)


def _lines(story: "Story") -> list[str]:
    clip, upload = story.clip, story.upload
    span = f"{clip['start_s']:.2f} to {clip['end_s']:.2f} s"
    lines = [f"{clip['clip_id']}: {span} of {upload['title'] or clip['video_id']}", "", "Source"]
    for seen in story.sightings:
        lines.append(
            f"  seen in {seen['channel_id']} ({seen['title']}): {seen['first_listed']} to {seen['last_listed']}"
        )
    for name in ("url", "uploader", "upload_day", "licence"):
        lines.append(f"  {name.replace('_', ' ')}: {upload[name] or 'not told'}")
    lines += ["", "Download", *_pairs(story.download)] if story.download else ["", "Download", "  not recorded"]
    lines += ["", "Stages", *(line for stage in story.stages for line in _stage(stage))]
    lines += ["", "Track", *_track(story.track)]
    lines += ["", "Rejected near it", *(f"  {_reject(row)}" for row in story.rejects)]
    lines += [] if story.rejects else ["  nothing"]
    lines += ["", "Measures"]
    lines += [f"  {m['table']}.{m['column']}: {plain(m['value'])} ({m['meaning']})" for m in story.measures]
    for row in story.vectors:
        lines.append(f"  vector in {row['vector_table']}: {row['n_faces']} faces, spread {plain(row['spread'])}")
    for table, found in story.links.items():
        lines += ["", "Person" if table == "clip_people" else table.replace("_", " ").capitalize()]
        lines += [f"  {_person(row) if table == 'clip_people' else _row(row)}" for row in found]
    if story.decisions:
        lines += ["", "Decisions"]
        lines += [f"  {d['kind']} by {d['decided_by']}, {d['decided_at']}: {d['value']}" for d in story.decisions]
    if story.hidden:
        lines += ["", "Hidden from search and export", _hidden(story.hidden)]
    return [*lines, "", "Verdict", *_verdict(story.verdict)]


def _row(row: dict[str, Any]) -> str:
    return ", ".join(f"{name.replace('_', ' ')}: {plain(value)}" for name, value in row.items() if value is not None)


def _person(row: dict[str, Any]) -> str:
    """Whom the clip shows, and who told so."""
    if not row["person_id"]:
        return "nobody yet: it waits for others like it"
    if row["decided_by"] != "cluster":
        return f"{row['person_id']}, decided by {row['decided_by']}"
    near = "" if row["distance"] is None else f", distance {plain(row['distance'])}"
    return f"{row['person_id']}, by its face{near}"


def _hidden(why: dict[str, Any]) -> str:
    said = why["reason"]
    if "takedown_id" in why:
        said = f"the face of {why['clip_id']} is like that of a person who was taken down (takedown "
        said += f"{why['takedown_id']}), distance {plain(why['distance'])}; 'facelib takedown blocked' shows all"
    return f"  {said}; by {why['decided_by']}, {why['decided_at'][:19]} UTC"


def _pairs(values: dict[str, Any]) -> list[str]:
    shown = {"size" if name == "size_bytes" else name: value for name, value in values.items()}
    if "size_bytes" in values:
        shown["size"] = f"{values['size_bytes'] / 1e6:.1f} MB"
    return [f"  {name.replace('_', ' ')}: {plain(value)}" for name, value in shown.items()]


def _stage(stage: dict[str, Any]) -> list[str]:
    if stage["reason"]:
        return [f"  {stage['stage']}: no result, {stage['reason']}"]
    if not stage["result_there"]:
        return [f"  {stage['stage']}: {plain(stage['seconds'])} s; its result {stage['fingerprint']} is gone"]
    said = f"  {stage['stage']} version {stage['version']}: {plain(stage['seconds'])} s, result {stage['fingerprint']}"
    lines = [f"{said}, parameters {stage['params_digest'][:16]}"]
    return lines + [f"    {model}: {digest}" for model, digest in stage["weights"].items()]


def _track(track: dict[str, Any]) -> list[str]:
    if not track:
        return ["  not recorded"]
    lines = [f"  frames {track['start_frame']} to {track['end_frame']} of the shot from {track['shot_start']}"]
    for test in track["passed"]:
        found = f"{test['what']}: {plain(test['measured'])} {test['unit']}"
        lines.append(f"  {found}, wanted {test['wanted']} {plain(test['threshold'])}")
    return lines


def _reject(row: dict[str, Any]) -> str:
    limit = f"{plain(row['measured'])} {row['unit']}, wanted {plain(row['threshold'])}"
    return f"{row['kind']} at frame {row['start_frame']}, {row['stage']}: {row['reason']} ({limit})"


def _verdict(verdict: dict[str, Any]) -> list[str]:
    if not verdict:
        return ["  none yet; 'facelib publish' gives it"]
    word = {True: "kept", False: "dropped", None: "unknown"}[verdict["keep"]]
    by = f"rule set {verdict['rule_set']} ({verdict['rule_set_number'] or 'none was applied'})"
    lines = [f"  {word}, {by}" + (f", applied {verdict['applied'][:19]} UTC" if verdict["applied"] else "")]
    if verdict["decided_by"] != "rules":
        said = {True: "keep", False: "drop", None: "cannot tell"}[verdict["rules_keep"]]
        lines[0] = f"  {word if word != 'unknown' else 'open: reviewers disagree'}, reviewed by {verdict['decided_by']}"
        lines.append(f"  the rules alone say {said}: {by}")
    for rule in verdict["rules"]:
        found = f"{rule['column']} is {rule['found']} {rule['unit']}".strip()
        lines.append(f"  {rule['state']}: {rule['rule']}: {found}, wanted {rule['wanted']}")
    return lines

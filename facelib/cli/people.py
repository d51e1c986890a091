"""Commands on persons: who is in the collection, and whom clips show."""

from pathlib import Path
from typing import Annotated, Any

import typer

from facelib.cli import person_decisions
from facelib.cli.output import AsJson, emit, out, rows
from facelib.cli.person_decisions import Person

app = typer.Typer(help="Persons: list, name, merge, split and hide them, and hold clips against them.")
app.registered_commands += person_decisions.app.registered_commands


@app.command("list")
def list_people(
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, help="How many persons; those of most clips first.")
    ] = 50,
    hidden: Annotated[bool, typer.Option("--hidden", help="Also those that were hidden.")] = False,
    named: Annotated[bool, typer.Option("--named", help="Only those with a name.")] = False,
    json: AsJson = False,
) -> None:
    """Show the persons of the collection, and how many clips wait for one.

    Example: `facelib people list --named`
    """
    from facelib import settings
    from facelib.catalog.reader import Catalog

    with Catalog(settings.load().open_store()) as catalog:
        found = catalog.rows(
            "SELECT * FROM people WHERE (? OR NOT hidden) AND (NOT ? OR name <> '') "
            "ORDER BY clips DESC, person_id LIMIT ?",
            [hidden, named, limit],
        )
        some = catalog.rows("SELECT 1 FROM people LIMIT 1")
        waiting = catalog.rows("SELECT count(*) AS n FROM clip_people WHERE person_id = ''")[0]["n"]
    if json:
        emit({"people": found, "waiting": waiting}, True, title="people")
        return
    columns = {"person_id": "person", "name": "name", "clips": "clips", "seconds": "seconds", "videos": "videos"}
    columns |= {"channels": "channels", "first_day": "first day", "last_day": "last day"}
    none = "no person has a name" if named else "no person is listed; --hidden shows those that are hidden"
    rows(found, columns, title="people", empty=none if some else "there are no persons yet")
    if waiting:
        out.print(f"clips that wait for others like them: {waiting}", highlight=False)


@app.command()
def show(
    person: Person,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many clips; the nearest first.")] = 20,
    json: AsJson = False,
) -> None:
    """Show a person, its clips, who may be the same, and who was merged into it.

    Example: `facelib people show "Ada Lovelace" -n 5`
    """
    from facelib import settings
    from facelib.catalog.reader import Catalog
    from facelib.collection.people.decisions import find_person
    from facelib.collection.people.now import PeopleNow
    from facelib.collection.people.unmerge import merged_into

    store = settings.load().open_store()
    with Catalog(store) as catalog:
        found = find_person(catalog, person)
        merged = [vars(one) for one in merged_into(PeopleNow(store, catalog).events, found["person_id"])]
        clips = catalog.rows(
            "SELECT p.clip_id, p.distance, p.decided_by, c.start_s, c.end_s, u.title, u.upload_day FROM clip_people p "
            "JOIN clips c USING (clip_id) JOIN uploads u ON u.video_id = p.video_id WHERE p.person_id = ? "
            "ORDER BY p.distance NULLS LAST, p.clip_id LIMIT ?",
            [found["person_id"], limit],
        )
        near = [pair for pair in _twins(catalog) if found["person_id"] in (pair["person_a"], pair["person_b"])]
    if json:
        emit({"person": found, "clips": clips, "twins": near, "merged": merged}, True, title="person")
        return
    emit(found, False, title=found["name"] or found["person_id"])
    columns = {"clip_id": "clip", "distance": "distance", "decided_by": "decided by", "upload_day": "day"}
    rows(clips, {**columns, "title": "title"}, title="clips, nearest to the core first", empty="no clips")
    if near:
        rows(near, TWIN_COLUMNS, title="possible twins", empty="")
    if merged:
        columns = {"person_id": "person", "name": "name", "by": "merged by"}
        rows(merged, columns, title="merged into it; 'facelib people unmerge PERSON' undoes that", empty="")


@app.command()
def twins(
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many pairs; the nearest first.")] = 50,
    json: AsJson = False,
) -> None:
    """Show pairs of persons that may be one.

    Example: `facelib people twins`
    """
    from facelib import settings
    from facelib.catalog.reader import Catalog

    with Catalog(settings.load().open_store()) as catalog:
        found = _twins(catalog)[:limit]
    if json:
        emit({"twins": found}, True, title="twins")
        return
    rows(found, TWIN_COLUMNS, title="possible twins", empty="no two persons are near each other")


@app.command()
def verify(
    person: Person,
    clip: Annotated[list[str] | None, typer.Option(help="Id of a clip to hold against it; may be repeated.")] = None,
    channel: Annotated[str | None, typer.Option(help="Id of a channel: hold all of its clips against it.")] = None,
    picture: Annotated[
        list[Path] | None,
        typer.Option(help="With --channel: a picture of the person, who need not be in the collection."),
    ] = None,
    json: AsJson = False,
) -> None:
    """Hold clips, or a whole channel, against a person.

    Example: `facelib people verify "Ada Lovelace" --channel channel_ada-0123456789`
    """
    from facelib import settings
    from facelib.catalog.reader import Catalog
    from facelib.collection.people.check import PersonCheck
    from facelib.errors import SettingsError
    from facelib.search import FaceSearch

    if bool(clip) == bool(channel) or (picture and not channel):
        hint = "pass --clip ID, or --channel ID with or without --picture"
        raise SettingsError("what shall be held against the person?", hint=hint, reason="no_query")
    store = settings.load().open_store()
    check = PersonCheck(store, Catalog(store))
    if clip:
        reference, verdicts = check.clips(clip, person)
        told: dict[str, Any] = {"name": reference.name, "threshold": reference.same_person}
        told |= {"clips": [vars(verdict) for verdict in verdicts]}
    else:
        reference = FaceSearch(settings.load()).reference(person, picture) if picture else check.reference(person)
        found = check.channel(channel or "", reference)
        told, verdicts = found.to_dict(), list(found.verdicts)
    if json:
        emit(told, True, title="verify")
        return
    if channel:
        emit({key: value for key, value in told.items() if key != "verdicts"}, False, title=channel)
        verdicts = [verdict for verdict in verdicts if not verdict.same_person]
    columns = {"clip_id": "clip", "distance": f"distance, {reference.metric}", "is": "verdict"}
    listed = [{**vars(v), "is": reference.name if v.same_person else "someone else"} for v in verdicts]
    title = "clips of somebody else" if channel else f"threshold {reference.same_person:g}, model {reference.model}"
    rows(listed, columns, title=title, empty="every clip shows the person")


TWIN_COLUMNS = {
    "person_a": "person",
    "name_a": "name",
    "clips_a": "clips",
    "person_b": "person",
    "name_b": "name",
    "clips_b": "clips",
    "distance": "distance",
}


def _twins(catalog: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = catalog.rows(
        "SELECT t.person_a, a.name AS name_a, a.clips AS clips_a, t.person_b, b.name AS name_b, b.clips AS clips_b, "
        "t.distance FROM twins t JOIN people a ON a.person_id = t.person_a JOIN people b ON b.person_id = t.person_b "
        "ORDER BY t.distance, t.person_a, t.person_b"
    )
    return found

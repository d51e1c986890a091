"""A person as a card: faces, name, how much there is of them."""

from html import escape
from typing import Any

from dashboards import words
from dashboards.collection import url_of
from dashboards.words import counted, length

EACH = 4
"""Faces on a card."""


def card(person: dict[str, Any], media: list[str], *, heading: int = 3) -> str:
    """HTML of one person.

    Args:
        person: a row of ``people``.
        media: keys of clips that show the face, the nearest to the core first.
        heading: level of its heading.
    """
    name = words.person(person["person_id"], person["name"])
    hidden = '<span class="hidden">hidden</span>' if person["hidden"] else ""
    return (
        f'<article class="person">{strip(media, name)}<h{heading} class="name">{escape(name)}{hidden}'
        f"</h{heading}><p>{facts(person)}</p><p>{days(person)}</p></article>"
    )


def strip(media: list[str], name: str) -> str:
    """HTML of the faces; the pictures say one thing together, so one of them has the words."""
    pictures = [
        f'<img src="{escape(url_of(key.removesuffix(".mp4") + ".jpg"))}" '
        f'alt="{escape(f"Face of {name}") if number == 0 else ""}" loading="lazy">'
        for number, key in enumerate(media[:EACH])
    ]
    return f'<div class="faces n{len(pictures)}">{"".join(pictures)}</div>'


def facts(person: dict[str, Any]) -> str:
    """How much there is of a person."""
    parts = [counted(person["clips"], "clip"), length(person["seconds"]), counted(person["videos"], "video")]
    return " · ".join([*parts, counted(person["channels"], "channel")])


def days(person: dict[str, Any]) -> str:
    """The upload days of the videos that show a person."""
    first, last = person["first_day"], person["last_day"]
    return first if first == last else f"{first} to {last}"

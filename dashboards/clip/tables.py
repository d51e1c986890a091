"""Tables and lists as HTML that a screen reader reads well."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of plain text; the first cell of each row names it.

    >>> table("Sums", ["What", "m"], [["a<b", "2"]])[-75:]
    '<tbody><tr><th scope="row">a&lt;b</th><td>2</td></tr></tbody></table></div>'
    """
    names = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>' + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:]) + "</tr>"
        for row in rows
    )
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{escape(caption)}"><table class="told">'
        f"<caption>{escape(caption)}</caption><thead><tr>{names}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def facts(told: Mapping[str, str]) -> str:
    """Names with their values; those without one are left out.

    >>> facts({"Title": "a & b", "Licence": ""})
    '<dl class="about"><dt>Title</dt><dd>a &amp; b</dd></dl>'
    """
    return (
        '<dl class="about">'
        + "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in told.items() if value)
        + "</dl>"
    )


def bullets(lines: Iterable[str]) -> str:
    """A list of sentences."""
    return '<ul class="told">' + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"

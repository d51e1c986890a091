"""Tables that screen readers can read: rows of text with headings, numbers to the right."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

STYLE = Path(__file__).with_name("tables.css")
"""What a page with tables gives to ``st.html`` first."""


class Html(str):
    """Text of a cell that is markup already."""


def table(
    caption: str, columns: Sequence[str], rows: Sequence[Sequence[str | None]], *, right: Sequence[int] = ()
) -> str:
    """HTML of a table that scrolls sideways where it is too wide.

    Args:
        caption: what it shows.
        columns: their headings, with the unit.
        rows: the cells; the first of each row is its heading. :class:`Html` goes in as it is.
        right: numbers of the columns that hold numbers.

    >>> html = table("t", ["x", "n"], [["a<b", "3"]], right=[1])
    >>> html[html.index("<tbody>") : html.index("</tbody>")]
    '<tbody><tr><th scope="row">a&lt;b</th><td class="number">3</td></tr>'
    """
    head = "".join(f'<th scope="col"{_class(number, right)}>{escape(name)}</th>' for number, name in enumerate(columns))
    body = "".join(f"<tr>{''.join(_cell(number, cell, right) for number, cell in enumerate(row))}</tr>" for row in rows)
    return (
        f'<div class="wide" role="region" aria-label="{escape(caption)}" tabindex="0"><table class="figures">'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def bar(share: float, text: str) -> Html:
    """A number with a bar behind it that shows its share, 0..1."""
    return Html(f'<span class="bar" style="--share:{min(max(share, 0), 1) * 100:.1f}%">{escape(text)}</span>')


def _cell(number: int, cell: str | None, right: Sequence[int]) -> str:
    text = cell if isinstance(cell, Html) else escape(cell or "–")
    return f'<th scope="row">{text}</th>' if number == 0 else f"<td{_class(number, right)}>{text}</td>"


def _class(number: int, right: Sequence[int]) -> str:
    return ' class="number"' if number in right else ""

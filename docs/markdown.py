"""The few pieces of Markdown that the generated pages are made of."""

import inspect
from collections.abc import Iterable, Sequence


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a bar or a line break in a cell is escaped.

    >>> print(table(["name", "what"], [["`a`", "x|y"]]))
    | name | what |
    |---|---|
    | `a` | x\\|y |
    """
    lines = [_row(headings), "|" + "---|" * len(headings), *(_row(cells) for cells in rows)]
    return "\n".join(lines)


def code(value: object) -> str:
    """A value as inline code; nothing for an empty one.

    >>> code("a"), code("")
    ('`a`', '')
    """
    text = str(value)
    return f"`{text}`" if text else ""


def page(title: str, introduction: str, *sections: str) -> str:
    """A whole page, which says that it is generated."""
    note = "<!-- Written by `make reference` from the code. Change the code, then run it again. -->"
    return "\n\n".join([note, f"# {title}", introduction, *(section for section in sections if section)]) + "\n"


def prose(docstring: str | None) -> str:
    """A docstring up to its first section of arguments, errors or examples, unwrapped into paragraphs.

    >>> prose("One\\nline.\\n\\nRaises:\\n    ValueError: never.")
    'One line.'
    """
    paragraphs = []
    for block in inspect.cleandoc(docstring or "").split("\n\n"):
        if block.split("\n", 1)[0].rstrip() in ("Args:", "Attributes:", "Raises:", "Returns:", "Example:", "Yields:"):
            break
        paragraphs.append(" ".join(block.split()))
    return "\n\n".join(paragraphs).replace("``", "`")


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"

"""``python -m docs.generate``: writes docs/reference/ anew from the code."""

import sys
from collections.abc import Callable
from pathlib import Path

from docs.pages import commands, dags, formats, models, settings, stages, tables

FOLDER = Path(__file__).resolve().parent / "reference"
PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands.render,
    "settings.md": settings.render,
    "stages.md": stages.render,
    "tables.md": tables.render,
    "models.md": models.render,
    "dags.md": dags.render,
    "formats.md": formats.render,
}


def main() -> int:
    """Write every page and remove what is no page; says which ones changed."""
    FOLDER.mkdir(exist_ok=True)
    for name, render in PAGES.items():
        path = FOLDER / name
        text = render()
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(FOLDER.parents[1])}")
    for path in sorted(FOLDER.iterdir()):
        if path.name not in PAGES:
            path.unlink()
            print(f"removed {path.relative_to(FOLDER.parents[1])}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Files that say who is on pictures: what a grouping is measured against."""

from pathlib import Path

from facelib.errors import SettingsError


def read_labels(path: Path) -> dict[str, str]:
    """Who is on pictures: lines of a path below the folder and a label, with a comma, a tab or a space between.

    Raises:
        SettingsError: the file cannot be read, or a line is something else (``bad_labels``).
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeError) as error:
        raise SettingsError(f"cannot read {path}: {error}", reason="bad_labels") from error
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        separator = next((sign for sign in (",", "\t", " ") if sign in line.strip()), "")
        if not line.strip():
            continue
        if not separator:
            hint = "each line is FILE,LABEL"
            raise SettingsError(f"{path}, line {number}: {line!r} has no label", hint=hint, reason="bad_labels")
        name, _, label = line.strip().rpartition(separator)
        found[name.strip()] = label.strip()
    return found

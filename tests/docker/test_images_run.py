"""The images for real: built by buildah on a base of Debian's own packages, and started.

Needs root, buildah and debootstrap (both are packages of Debian), Debian's mirror and the package index,
8 GB of disk and twenty minutes; without them it is skipped and says why.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docker.files import ROOT
from tests.support.s3_server import ACCESS, S3Server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

BASE = "localhost/facelib-test-base:12"
MIRROR = os.environ.get("DEBIAN_MIRROR", "http://deb.debian.org/debian")
# Python's venv needs a package that bookworm has under another name, which debootstrap cannot resolve by itself.
PACKAGES = "ca-certificates,python3,python3-venv,python3-distutils"
DAGS = {path.stem for path in (ROOT / "dags").glob("*.py")}


class Engine:
    """Buildah with a storage of its own."""

    def __init__(self, folder: Path) -> None:
        self.tag = ""
        self.env = {
            **os.environ,
            "BUILDAH_ISOLATION": "chroot",
            "STORAGE_DRIVER": os.environ.get("STORAGE_DRIVER", "overlay"),
        }
        (folder / "storage.conf").write_text(
            f'[storage]\ndriver = "{self.env["STORAGE_DRIVER"]}"\n'
            f'graphroot = "{folder}/storage"\nrunroot = "{folder}/run"\n'
        )
        self.env["CONTAINERS_STORAGE_CONF"] = str(folder / "storage.conf")

    def __call__(self, *arguments: str, timeout: float = 600) -> str:
        """Standard output of a command; its errors fail the test."""
        done = subprocess.run(
            ["buildah", *arguments], env=self.env, capture_output=True, text=True, timeout=timeout, cwd=ROOT
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    missing = [name for name in ("buildah", "debootstrap") if not shutil.which(name)]
    if missing or os.geteuid():
        pytest.skip(f"needs root and {' and '.join(missing) or 'nothing else'}")
    folder = tmp_path_factory.mktemp("images")
    if shutil.disk_usage(folder).free < 8e9:
        pytest.skip("needs 8 GB of disk")
    engine, root = Engine(folder), folder / "debian"
    arguments = ["--variant=minbase", f"--include={PACKAGES}", "bookworm", str(root), MIRROR]
    done = subprocess.run(["debootstrap", *arguments], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no base image from {MIRROR}: {done.stdout[-300:]}")
    shutil.rmtree(root / "var/cache/apt/archives", ignore_errors=True)
    container = engine("from", "scratch").strip()
    engine("add", container, str(root), "/")
    engine("commit", "--quiet", "--rm", container, BASE)
    shutil.rmtree(root)
    build = [sys.executable, "docker/build.py", "--engine", "buildah", "--base", BASE, "--registry", "localhost"]
    try:
        made = subprocess.run(
            [*build, "worker", "airflow", "dashboard"], env=engine.env, cwd=ROOT, capture_output=True, text=True
        )
        assert made.returncode == 0, made.stderr[-3000:] + made.stdout[-3000:]
        # Not asked again: somebody may commit while the tests run.
        engine.tag = re.search(r"facelib-worker:(\S+) built with buildah", made.stdout)[1]  # type: ignore[index]
        yield engine
    finally:
        subprocess.run(["buildah", "rm", "--all"], env=engine.env, capture_output=True)
        subprocess.run(["buildah", "rmi", "--all", "--force"], env=engine.env, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def container(engine: Engine, request: pytest.FixtureRequest) -> Iterator[str]:
    """A container of the image that the test names."""
    name = engine("from", f"localhost/facelib-{request.param}:{engine.tag}").strip()
    yield name
    engine("rm", name)


@pytest.mark.parametrize("container", ["worker"], indirect=True)
def test_worker(engine: Engine, container: str) -> None:
    assert engine("run", container, "--", "id", "-u").strip() == "1000"
    assert "talking-face clips" in engine("run", container, "--", "facelib", "--help")
    engine("run", container, "--", "python", "/opt/health.py")
    assert "nothing was published yet" in engine("run", container, "--", "sh", "-c", "facelib doctor || true")
    # Nothing but the folders that are mounted over, and /tmp, can be written.
    can = engine(
        "run",
        container,
        "--",
        "sh",
        "-c",
        "for d in / /opt /opt/venv /opt/facelib /etc /store /tmp; do test -w $d && echo $d; done; true",
    )
    assert can.split() == ["/store", "/tmp"]
    assert engine("run", container, "--", "find", "/models", "-type", "f") == ""


@pytest.mark.parametrize("container", ["worker"], indirect=True)
def test_worker_with_a_bucket(engine: Engine, container: str, s3_server: S3Server) -> None:
    s3_server.client().create_bucket(Bucket="from-an-image")
    told = {**ACCESS, "FACELIB_STORE": "s3://from-an-image", "FACELIB_S3_ENDPOINT": s3_server.endpoint}
    given = [argument for name, value in told.items() for argument in ("--env", f"{name}={value}")]
    engine("run", *given, container, "--", "python", "/opt/health.py")
    engine("run", *given, container, "--", "facelib", "publish")
    listed = s3_server.client().list_objects_v2(Bucket="from-an-image")["Contents"]
    assert any(entry["Key"].startswith("published/") for entry in listed)


@pytest.mark.parametrize("container", ["airflow"], indirect=True)
def test_airflow(engine: Engine, container: str) -> None:
    run = ["run", "--env", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=sqlite:////tmp/airflow.db", container, "--"]
    assert engine(*run, "airflow", "version").strip().startswith("3.")
    engine(*run, "python", "/opt/airflow/airflow_init.py")
    engine(*run, "airflow", "dags", "reserialize")
    assert "No data found" in engine(*run, "airflow", "dags", "list-import-errors")
    listed = engine(*run, "airflow", "dags", "list", "--output", "plain")
    assert {line.split()[0] for line in listed.splitlines() if "/opt/airflow/dags/" in line} == DAGS
    assert "download" in engine(*run, "airflow", "pools", "list")
    engine(*run, "python", "-c", "import asyncpg, psycopg2, statsd")


@pytest.mark.parametrize("container", ["dashboard"], indirect=True)
def test_dashboard(engine: Engine, container: str) -> None:
    port = "18531"
    serve = ["streamlit", "run", "/opt/facelib/dashboards/app.py", "--server.port", port]
    started = subprocess.Popen(
        ["buildah", "run", container, "--", *serve],
        env=engine.env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    check = ["buildah", "run", container, "--", "python", "/opt/health.py", f"http://127.0.0.1:{port}/_stcore/health"]
    try:
        deadline = time.monotonic() + 90
        while subprocess.run(check, env=engine.env, capture_output=True).returncode:
            assert started.poll() is None and time.monotonic() < deadline
            time.sleep(1)
    finally:
        started.terminate()
        started.wait(30)


@pytest.mark.parametrize("image", ["worker", "airflow", "dashboard"])
def test_no_secret_of_the_build_is_in_an_image(engine: Engine, image: str) -> None:
    described = engine("inspect", "--type", "image", f"localhost/facelib-{image}:{engine.tag}")
    assert "PIP_INDEX_URL" not in described and "export UV_" not in described
    name = engine("from", f"localhost/facelib-{image}:{engine.tag}").strip()
    try:
        folders = ["/run/secrets", "/src", "/opt/build", "/var/cache/uv"]
        left = engine("run", name, "--", "sh", "-c", f"find {' '.join(folders)} -type f 2>/dev/null || true")
        assert left.split() == []
    finally:
        engine("rm", name)

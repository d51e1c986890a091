"""No secret in a pod's specification, in rendered fields, in what tasks keep, or in logs."""

import json
from typing import Any

import pytest

from facelib import settings, variables
from operators.pod_environment import environment, is_secret
from operators.stage import stage_operator
from tests.support.pod_server import PodServer
from tests.support.pod_task import Body, Instance

SHARD = "plans/daily-20260105T000000.000000Z/shard-00003.json"
HIDDEN = "s3cr3t"
VARIABLES = {
    "FACELIB_DOWNLOAD__YOUTUBE__KEYS": f'["{HIDDEN}-key"]',
    "FACELIB_DOWNLOAD__PROXY": f"http://me:{HIDDEN}@proxy",
    "FACELIB_DOWNLOAD__COOKIEFILE": f"/secrets/{HIDDEN}.txt",
    "FACELIB_CHANNELS": f'["https://me:{HIDDEN}@example.org/feed"]',
    "FACELIB_TASK_WEBHOOK": f"https://hooks.example.org/{HIDDEN}",
    "AWS_SECRET_ACCESS_KEY": f"{HIDDEN}-s3",
    "AWS_SESSION_TOKEN": f"{HIDDEN}-session",
    "AIRFLOW_CONN_OTHER": f"http://me:{HIDDEN}@other",
}


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    settings.load.cache_clear()


def test_a_secret_reaches_the_pod_by_reference_and_shows_nowhere(
    cluster: PodServer, body: Body, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    settings.load.cache_clear()
    cluster.host.secrets["facelib"] = {"FACELIB_DOWNLOAD__PROXY": VARIABLES["FACELIB_DOWNLOAD__PROXY"]}
    body("manifest.done = int('s3cr3t' in os.environ['FACELIB_DOWNLOAD__PROXY'])")

    def make() -> Any:
        task: Any = stage_operator("detect", SHARD)
        task.startup_check_interval_seconds = 0.2
        return task

    ti = Instance()
    deferred = ti.start(make)
    kept = json.dumps(deferred.trigger.serialize(), default=str)
    assert ti.resume(make, deferred)["done"] == 1, "the pod has it"
    rendered = {name: str(getattr(ti.task, name)) for name in ti.task.template_fields}
    shown = [json.dumps(cluster.created[0].document), json.dumps(rendered), json.dumps(ti.pushed), json.dumps(ti.kept)]
    told = capsys.readouterr()
    assert not [text for text in (*shown, kept, told.out, told.err, caplog.text) if HIDDEN in text]


@pytest.mark.parametrize("stage", ["probe", "detect", "embed"])
def test_no_pod_of_a_stage_is_told_a_secret(stage: str, cluster: PodServer) -> None:
    settings.load.cache_clear()
    task: Any = stage_operator(stage, SHARD)
    assert HIDDEN not in str(task.build_pod_request_obj(dry_run=True).to_dict())


def test_every_secret_setting_is_known_as_one() -> None:
    secret = [s for s in variables.settings(settings.Settings) if "SecretStr" in str(s.field.annotation)]
    assert len(secret) >= 2
    assert all(is_secret(one.variable, "") for one in secret)


def test_a_section_that_may_hold_a_secret_is_one(cluster: PodServer) -> None:
    assert is_secret("FACELIB_DOWNLOAD__YOUTUBE", "{}") and is_secret("FACELIB_DOWNLOAD", "{}")


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("FACELIB_S3__SECRET_ACCESS_KEY", "x", True),
        ("FACELIB_HUB_TOKEN", "x", True),
        ("FACELIB_WEBHOOK_URL", "x", True),
        ("FACELIB_DB_PASSWORD", "x", True),
        ("FACELIB_STORE", "s3://key:word@host/bucket", True),
        ("FACELIB_STORE", "s3://bucket/a:b@c", False),
        ("FACELIB_PIPELINE__DETECT__STEP", "2", False),
        ("FACELIB_THREADS", "2", False),
    ],
)
def test_a_secret_is_known_by_its_name_or_its_value(name: str, value: str, secret: bool) -> None:
    assert is_secret(name, value) == secret


def test_no_setting_of_a_stage_is_taken_for_a_secret() -> None:
    of_stages = [s.variable for s in variables.settings(settings.Settings) if s.key.startswith("pipeline.")]
    assert not [name for name in of_stages if is_secret(name, "")]


def test_what_only_downloads_read_is_not_passed(cluster: PodServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACELIB_DOWNLOAD__WORKERS", "2")
    monkeypatch.setenv("FACELIB_THREADS", "3")
    monkeypatch.setenv("FACELIB_WEIGHTS__CENTERFACE", "/weights/centerface.onnx")
    monkeypatch.setenv("FACELIB_DASHBOARD_SERVICE_HOST", "10.0.0.1")
    settings.load.cache_clear()
    told = environment()
    assert told["FACELIB_WEIGHTS__CENTERFACE"] == "/weights/centerface.onnx"
    assert "FACELIB_DASHBOARD_SERVICE_HOST" not in told
    assert (told["FACELIB_THREADS"], told["FACELIB_STORE"]) == ("3", str(settings.load().store))
    assert not [name for name in told if name.startswith(("FACELIB_DOWNLOAD", "FACELIB_CHANNELS", "FACELIB_POD"))]

from typing import Any

import pytest

from operators import summary, summary_webhook
from operators.summary import counted, tell
from operators.summary_webhook import allowed, post
from tests.support.webhook import SECRET, Webhook


@pytest.fixture
def hooks(monkeypatch: pytest.MonkeyPatch) -> Any:
    opened: list[Webhook] = []
    monkeypatch.setattr(summary_webhook, "WAIT_SECONDS", 0.01)

    def make(*statuses: int) -> Webhook:
        opened.append(Webhook(*statuses))
        monkeypatch.setenv("FACELIB_TASK_WEBHOOK", opened[-1].url)
        return opened[-1]

    yield make
    for hook in opened:
        hook.close()


@pytest.mark.parametrize(
    ("statuses", "tries", "problem"),
    [
        ((200,), 1, ""),
        ((204,), 1, ""),
        ((503, 200), 2, ""),
        ((429, 500, 200), 3, ""),
        ((500,), 3, "HTTP status 500"),
        ((404,), 1, "HTTP status 404"),
        ((302,), 1, "HTTP status 302"),
    ],
)
def test_a_summary_is_posted_and_tried_again_where_that_may_help(
    hooks: Any, statuses: tuple[int, ...], tries: int, problem: str
) -> None:
    hook = hooks(*statuses)
    assert post({"dag": "d"}) == problem
    assert hook.bodies == [{"dag": "d"}] * tries


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://example.org/x", True),
        ("http://127.0.0.1:80/x", True),
        ("http://localhost/x", True),
        ("http://[::1]:9/x", True),
        ("http://example.org/x", False),
        ("http://127.0.0.1.example.org/x", False),
        ("http://10.0.0.1/x", False),
        ("file:///etc/passwd", False),
        ("ftp://127.0.0.1/x", False),
        ("https://", False),
        ("https://[x", False),
        ("", False),
    ],
)
def test_only_https_or_this_machine(url: str, may: bool) -> None:
    assert allowed(url) == may


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        (f"http://example.org/{SECRET}", "neither https nor on this machine"),
        (f"http://127.0.0.1:1/{SECRET}", "URLError"),
    ],
)
def test_the_address_is_in_no_message_and_nothing_is_raised(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, url: str, problem: str
) -> None:
    monkeypatch.setattr(summary_webhook, "WAIT_SECONDS", 0.0)
    monkeypatch.setenv("FACELIB_TASK_WEBHOOK", url)
    monkeypatch.setattr(summary, "run_summary", lambda context: {"dag": "d"})
    with caplog.at_level("INFO"):
        tell({})
    assert problem in caplog.text
    assert SECRET not in caplog.text and "example.org" not in caplog.text


def test_without_an_address_nothing_is_posted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FACELIB_TASK_WEBHOOK", raising=False)
    assert post({"dag": "d"}) == ""


@pytest.mark.parametrize(
    ("results", "told"),
    [
        ([], {}),
        ([None, "x", 3, {}], {}),
        ([{"committed": 2, "clips": 5}, {"committed": 1, "clips": 1}], {"committed": 3, "clips": 6}),
        (
            [
                {"stage": "probe", "media_seconds": 1800.0},
                {"stage": "probe", "media_seconds": 1800.0},
                {"stage": "embed", "media_seconds": 600.0},
            ],
            {"hours_of_video": 1.0},
        ),
        (
            [
                {"rejects": {"small": 1}},
                {"rejects": {"small": 2, "blur": 1}},
                {"quarantine_reasons": {"crashed": 1}},
                {"reasons": {"gone": 2}},
            ],
            {"rejects": {"blur": 1, "small": 3}, "quarantine": {"crashed": 1}, "failed_downloads": {"gone": 2}},
        ),
        ([{"failed": {"a": "x"}}, {"failed": {"b": "y"}}, {"failed": 0}], {"channels_not_listed": 2}),
        ([{"changed": True, "dry_run": False}], {}),
    ],
)
def test_what_the_tasks_of_a_run_say_together(results: list[Any], told: dict[str, Any]) -> None:
    assert counted(results) == told

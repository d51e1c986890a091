from pathlib import Path

import pytest

from facelib.store import plans
from facelib.store.objects import Store
from facelib.store.plans import Manifest

SHARD = "plans/daily-1/shard-00003.json"


def test_the_manifest_of_an_attempt_is_found_by_its_name(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    for stage, attempt, done in [("iqa", "", 1), ("iqa", "pod-a", 2), ("iqa", "pod-a", 3), ("image", "pod-a", 4)]:
        plans.write_manifest(store, Manifest(stage=stage, shard=SHARD, done=done, attempt=attempt))
    found = plans.manifest_of(store, SHARD, "iqa", "pod-a")
    assert found is not None and found.done == 3, "the last one"
    assert plans.manifest_of(store, SHARD, "iqa", "pod-b") is None
    assert plans.manifest_of(store, "plans/none/shard-00000.json", "iqa", "pod-a") is None
    assert [(m.stage, m.done) for m in plans.manifests_of(store, SHARD)] == [
        ("image", 4), ("iqa", 1), ("iqa", 2), ("iqa", 3),
    ]  # fmt: skip


@pytest.mark.parametrize("attempt", ["a/b", "../up", "a b", "x" * 201])
def test_a_name_that_is_no_part_of_a_key_is_refused(attempt: str) -> None:
    from typer.testing import CliRunner

    from facelib.cli import app

    result = CliRunner().invoke(app, ["run", "probe", "--shard", SHARD, "--attempt", attempt])
    assert result.exit_code == 2
    assert "--attempt" in result.output

"""What tasks tell OpenLineage, by the classes of Airflow's provider where it is installed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from facelib import settings
from operators.assets import CLIPS, VIDEOS
from operators.command import CommandOperator
from operators.inprocess import InProcessStageOperator
from operators.lineage import FACET, counts, flow, namespace
from operators.stage import LocalStageOperator


@pytest.mark.parametrize(
    ("argv", "reads", "writes"),
    [
        (["crawl", "", "--stored"], [], ["videos"]),
        (["run", "detect", "--shard", "s"], ["downloads", "results/probe"], ["results/detect"]),
        (["run", "embed", "--shard", "s"], ["results/track"], ["results/embed"]),
        (["backfill", "iqa", "--plan-only"], ["published"], []),
        (["source-check", "--limit=5"], ["videos"], ["videos"]),
        (["commit", "--shard", "s"], ["results"], ["clips"]),
        (["", "publish"], ["videos", "clips"], ["published"]),
        (["takedown", "verify", "x"], [], []),
        ([], [], []),
    ],
)
def test_commands_read_and_write(argv: list[str], reads: list[str], writes: list[str]) -> None:
    assert flow(argv) == (reads, writes)


@pytest.mark.parametrize(
    ("store", "shown"),
    [
        ("s3://bucket/faces/", "s3://bucket/faces"),
        ("s3://key:s%40cret@bucket/faces?token=t", "s3://bucket/faces"),
        ("file:///srv/store", "file:///srv/store"),
        ("/srv/store", "file:///srv/store"),
    ],
)
def test_a_namespace_holds_no_credentials(store: str, shown: str) -> None:
    assert namespace(store) == shown


@pytest.mark.parametrize(
    ("result", "counted"),
    [
        ({"stage": "track", "done": 2, "rejects": {"small": 3, "blurred": 1}}, {"done": 2, "rejected": 4}),
        ({"published": 3, "number": 3, "videos": 9, "counts": {"clips": 12}}, {"videos": 9, "clips": 12}),
        ({"counts": {"items": 9, "hours": 0.5, "splits": {"train": {"items": 9}}}}, {"items": 9}),
        ({"changed": True}, {}),
    ],
)
def test_whole_numbers_are_counts_and_the_number_of_a_publication_is_none(
    result: dict[str, Any], counted: dict[str, int]
) -> None:
    assert counts(result) == counted


def test_the_provider_gets_data_sets_and_counts(
    command: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = pytest.importorskip(
        "airflow.providers.openlineage.extractors.base", reason="apache-airflow-providers-openlineage is not installed"
    )
    serde = pytest.importorskip("openlineage.client.serde", reason="openlineage-python is not installed")
    monkeypatch.setenv("FACELIB_STORE", str(tmp_path / "store"))
    settings.load.cache_clear()
    result = {"stage": "track", "done": 2, "seconds": 1.5, "rejects": {"small": 3}}
    command(f"import json; print(json.dumps({result}))")
    there = LocalStageOperator(task_id="track", stage="track", shard="s")
    there.execute({})
    here = InProcessStageOperator(task_id="track", stage="track", shard="s")
    here.take(result)
    publish = CommandOperator(task_id="publish", argv=["publish"])
    publish.result = {"published": 3, "counts": {"clips": 9}}
    export = CommandOperator(task_id="export", argv=["export", "clips"])
    export.result = {"counts": {"items": 9, "files": 12}}

    def told(task: Any) -> Any:
        return serde.Serde.to_dict(base.DefaultExtractor(task).extract_on_complete(None))

    for task in (there, here):
        said = told(task)
        where = f"file://{tmp_path / 'store'}"
        assert [(one["namespace"], one["name"]) for one in said["inputs"]] == [
            (where, name) for name in ("downloads", "results/probe", "results/detect")
        ]
        assert [(one["namespace"], one["name"]) for one in said["outputs"]] == [(where, "results/track")]
        assert said["run_facets"][FACET]["counts"] == {"done": 2, "rejected": 3}
    (published,), (videos, clips) = told(publish)["outputs"], told(publish)["inputs"]
    assert (published["name"], published["facets"]["version"]["datasetVersion"]) == ("published", "3")
    for dataset, asset in ((videos, VIDEOS), (clips, CLIPS)):
        (other,) = dataset["facets"]["symlinks"]["identifiers"]
        assert f"{other['namespace']}://{other['name']}" == asset.uri
    (exported,) = told(export)["outputs"]
    written = exported["outputFacets"]["outputStatistics"]
    assert (exported["name"], written["rowCount"], written["fileCount"]) == ("exports", 9, 12)
    settings.load.cache_clear()

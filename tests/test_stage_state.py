import pytest

from facelib.stage_state import OFF, explain


@pytest.mark.parametrize(
    ("reason", "why", "hint"),
    [
        ("not_computed", "it was not run", "facelib ingest"),
        ("not_computed: no_weights: scrfd_10g", "weights are absent: scrfd_10g", "models fetch scrfd_10g'"),
        ("not_computed: no_weights: a, b", "weights are absent: a, b", "models fetch a b'"),
        ("not_computed: bad_weights: a", "weights are damaged: a", "models fetch a'"),
        ("not_computed: needs_extra: a", "the packages of the extra 'full' are not installed", "facelib[full]"),
        ("not_computed: other_weights", "weights differ", "facelib ingest"),
        ("quarantined: crashed", "quarantined: crashed", "quarantine list"),
        ("after probe: not_media", "after probe: not_media", "quarantine list"),
        (OFF, "the stage is off", "settings"),
    ],
)
def test_a_code_is_put_into_words_with_a_way_on(reason: str, why: str, hint: str) -> None:
    said, way = explain(reason)
    assert said.startswith(why)
    assert hint in way

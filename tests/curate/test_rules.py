"""Rule files: what can be said, what is refused, and what the SQL makes of values, missing ones too."""

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from facelib.curate import presets
from facelib.curate.rule_file import parse
from facelib.curate.rule_sql import Column, Query, check, judgements, verdicts
from facelib.curate.rules import Rule, RuleSet
from facelib.errors import SettingsError

COLUMNS = {
    "clips.face_side": Column('clips."face_side"', "FLOAT", "median larger side of the face, source px"),
    "clips.has_audio": Column('clips."has_audio"', "BOOLEAN", "whether it has sound"),
    "clips.clip_id": Column('clips."clip_id"', "VARCHAR", "id of the clip"),
    "uploads.licence": Column('uploads."licence"', "VARCHAR", "licence as the source tells it", ("uploads",)),
    "uploads.upload_day": Column('uploads."upload_day"', "VARCHAR", "UTC upload day, YYYY-MM-DD", ("uploads",)),
    "syncnet.confidence": Column('syncnet."confidence"', "FLOAT", "LSE-C", ("syncnet",)),
    "syncnet.offset_frames": Column('syncnet."offset_frames"', "INTEGER", "frames of 40 ms", ("syncnet",)),
}


def rule(**values: Any) -> RuleSet:
    """A set of one rule."""
    return RuleSet(name="one", rules=(Rule.model_validate({"name": "a-rule", **values}),))


def read(text: str) -> RuleSet:
    return parse(text, name="mine", preset=presets.load)


ONE = '[[rule]]\nname = "a"\ncolumn = "clips.face_side"\n'


def test_a_file_says_what_passes() -> None:
    found = read(f'{ONE}min = 50\nmax = 80.5\nmissing = "fail"\nnote = "why"\n')
    assert found.name == "mine"
    assert found.rules[0].wanted() == "50 to 80.5"
    assert read(found.to_toml()) == found


def test_an_extended_file_stands_for_itself() -> None:
    found = read(
        'extends = "voxceleb2"\nwithout = ["long-enough"]\n' + ONE.replace('"a"', '"face-side"') + "min = 99\n"
    )
    base = [one.name for one in presets.load("voxceleb2").rules]
    assert [one.name for one in found.rules] == [n for n in base if n not in ("long-enough", "face-side")] + [
        "face-side"
    ]
    assert found.rules[-1].min == 99
    assert "extends" not in found.to_toml()
    assert read(found.to_toml()) == found


def test_texts_survive_being_written() -> None:
    odd = 'a "quoted" \\ line\nbreak \x7f é 💧'
    found = RuleSet(name="odd", note=odd, rules=(Rule(name="r", column="uploads.licence", not_in=(odd, "b")),))
    assert read(found.to_toml()) == found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "keep_all", id="empty file"),
        pytest.param("# only a comment", "keep_all", id="only a comment"),
        pytest.param("[[rule", "no TOML", id="no TOML"),
        pytest.param("rule = 3", "rule", id="rule is no table"),
        pytest.param("rule = [3]", "rule number 1", id="rule is a number"),
        pytest.param("keep_all = true\n" + ONE + "min = 1", "keep_all", id="keeps all, with a rule"),
        pytest.param(ONE, "rule a (clips.face_side): it has no condition", id="no condition"),
        pytest.param(ONE + "min = 9\nmax = 3", "rule a (clips.face_side): no value passes: min 9", id="contradiction"),
        pytest.param(ONE + 'min = "x"\nmax = 3', "several kinds", id="text and number"),
        pytest.param(ONE + "in = []", "no value passes", id="nothing to choose from"),
        pytest.param(ONE + "in = [1]\nnot_in = [1]", "no value passes", id="in and not in"),
        pytest.param(ONE + "equals = 1\nmin = 0", "'equals' stands alone", id="equals and min"),
        pytest.param(ONE + "min = nan", "min", id="no number"),
        pytest.param(ONE + "min = true", "min", id="a truth value as a limit"),
        pytest.param(ONE + "minn = 3", "did you mean min?", id="unknown key"),
        pytest.param(ONE + 'min = 3\nmissing = "skip"', "missing", id="unknown choice"),
        pytest.param(ONE + "min = 3\n" + ONE + "max = 4", "two rules are named 'a'", id="one name twice"),
        pytest.param(ONE.replace('"a"', '"A b"') + "min = 3", "name", id="bad name"),
        pytest.param(ONE.replace("clips.face_side", "clips; DROP TABLE x") + "min = 3", "column", id="injection"),
        pytest.param('extends = "nonsense"', "no preset", id="no such preset"),
        pytest.param("extends = 3", "name one preset", id="extends a number"),
        pytest.param('without = ["a"]', "none is named", id="nothing to take out of"),
        pytest.param('extends = "hdtf"\nwithout = ["a"]', "hdtf has no rule a", id="nothing of that name"),
        pytest.param('extends = "hdtf"\nwithout = 3', "without", id="without a number"),
        pytest.param('nam = "x"\nkeep_all = true', "did you mean name?", id="unknown top key"),
    ],
)
def test_what_cannot_be_used_is_named(text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=r"rule file mine|no preset") as caught:
        read(text)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"column": "sync.confidence", "min": 3}, "did you mean syncnet.confidence?"),
        ({"column": "clips.face_sid", "min": 3}, "did you mean clips.face_side"),
        ({"column": "clips.zzz", "min": 3}, "clips has face_side"),
        ({"column": "zzz.qqq", "min": 3}, "no such table"),
        ({"column": "uploads.licence", "min": 3}, "it holds text, and the rule names numbers"),
        ({"column": "clips.face_side", "equals": "big"}, "it holds numbers, and the rule names text"),
        ({"column": "clips.face_side", "equals": True}, "names truth values"),
        ({"column": "clips.has_audio", "equals": 1}, "it holds truth values"),
    ],
)
def test_columns_are_held_against_the_catalogue(values: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        check(rule(**values), COLUMNS)
    assert "a-rule" in str(caught.value) and values["column"] in str(caught.value)
    assert said in str(caught.value)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    made = duckdb.connect()
    made.execute("CREATE TABLE clips (clip_id VARCHAR, video_id VARCHAR, face_side FLOAT, has_audio BOOLEAN)")
    made.execute("CREATE TABLE uploads (video_id VARCHAR, licence VARCHAR, upload_day VARCHAR)")
    made.execute("CREATE TABLE syncnet (video_id VARCHAR, clip_id VARCHAR, confidence FLOAT, offset_frames INTEGER)")
    made.execute("INSERT INTO clips VALUES ('a', 'v', 50, TRUE), ('b', 'v', 80.1, FALSE), ('c', 'w', NULL, NULL)")
    made.execute("INSERT INTO uploads VALUES ('v', 'CC BY', '2026-01-05'), ('w', '', NULL)")
    made.execute("INSERT INTO syncnet VALUES ('v', 'a', 3.5, -2), ('v', 'b', 'nan', 1)")
    yield made
    made.close()


def judged(connection: duckdb.DuckDBPyConnection, rules: RuleSet) -> dict[str, tuple[Any, str, str]]:
    check(rules, COLUMNS)
    query = Query()
    sql = verdicts(query, rules, COLUMNS)
    rows = connection.execute(f"SELECT clip_id, keep, failed_rules, unknown_rules FROM ({sql})", query.parameters)
    return {row[0]: row[1:] for row in rows.fetchall()}


@pytest.mark.parametrize(
    ("values", "keep"),
    [
        pytest.param({"column": "clips.face_side", "min": 50}, [True, True, None], id="a limit passes"),
        pytest.param({"column": "clips.face_side", "min": 50.1}, [False, True, None], id="min"),
        pytest.param({"column": "clips.face_side", "max": 80.1}, [True, True, None], id="a float's own limit"),
        pytest.param({"column": "clips.face_side", "max": 80}, [True, False, None], id="max"),
        pytest.param({"column": "clips.face_side", "equals": 80.1}, [False, True, None], id="a float equals"),
        pytest.param({"column": "clips.face_side", "in": [50, 80.1]}, [True, True, None], id="floats in"),
        pytest.param({"column": "clips.face_side", "min": 60, "missing": "pass"}, [False, True, True], id="passes"),
        pytest.param({"column": "clips.face_side", "min": 60, "missing": "fail"}, [False, True, False], id="fails"),
        pytest.param({"column": "clips.has_audio", "equals": True}, [True, False, None], id="truth value"),
        pytest.param({"column": "clips.clip_id", "not_in": ["b"]}, [True, False, True], id="not in"),
        pytest.param({"column": "clips.clip_id", "in": ["b", "';--"]}, [False, True, False], id="quotes"),
        pytest.param({"column": "uploads.licence", "equals": "CC BY"}, [True, True, None], id="empty text is missing"),
        pytest.param({"column": "uploads.upload_day", "min": "2026-01-05"}, [True, True, None], id="days"),
        pytest.param({"column": "uploads.upload_day", "max": "2026-01-04"}, [False, False, None], id="earlier days"),
        pytest.param({"column": "syncnet.confidence", "min": 3}, [True, None, None], id="no number, no row"),
        pytest.param({"column": "syncnet.offset_frames", "min": -1, "max": 1}, [False, True, None], id="whole numbers"),
        pytest.param({"column": "syncnet.offset_frames", "max": 0.5}, [True, False, None], id="half a frame"),
    ],
)
def test_verdicts(connection: duckdb.DuckDBPyConnection, values: dict[str, Any], keep: list[bool | None]) -> None:
    found = judged(connection, rule(**values))
    assert [found[name][0] for name in "abc"] == keep
    for kept, failed, unknown in found.values():
        assert (failed, unknown) == {True: ("", ""), False: ("a-rule", ""), None: ("", "a-rule")}[kept]


def test_a_failure_outweighs_what_is_unknown(connection: duckdb.DuckDBPyConnection) -> None:
    found = judged(
        connection,
        RuleSet(
            name="two",
            rules=(
                Rule(name="sync", column="syncnet.confidence", min=3),
                Rule(name="sound", column="clips.has_audio", equals=True),
                Rule(name="small", column="clips.face_side", max=60),
            ),
        ),
    )
    assert found == {"a": (True, "", ""), "b": (False, "sound,small", "sync"), "c": (None, "", "sync,sound,small")}


def test_no_rule_keeps_all(connection: duckdb.DuckDBPyConnection) -> None:
    assert set(judged(connection, presets.load("default")).values()) == {(True, "", "")}


def test_what_was_measured_stands_beside_its_limit(connection: duckdb.DuckDBPyConnection) -> None:
    rules = RuleSet(
        name="two",
        rules=(
            Rule(name="side", column="clips.face_side", min=60, max=80, missing="fail"),
            Rule(name="licence", column="uploads.licence", in_=("CC0",), unit="x"),
        ),
    )
    query = Query()
    sql = judgements(query, rules, COLUMNS, only_failed=True)
    columns = "clip_id, rule, measured, found, threshold, wanted, unit"
    rows = connection.execute(f"SELECT {columns} FROM ({sql}) ORDER BY clip_id, place", query.parameters).fetchall()
    assert rows == [
        ("a", "side", 50.0, "50", 60.0, "60 to 80", "px"),
        ("a", "licence", None, "CC BY", None, "one of CC0", "x"),
        ("b", "side", pytest.approx(80.1), "80.1", 80.0, "60 to 80", "px"),
        ("b", "licence", None, "CC BY", None, "one of CC0", "x"),
        ("c", "side", None, "not measured", 60.0, "60 to 80", "px"),
    ]

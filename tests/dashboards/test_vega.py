"""Charts as they are sent to the browser."""

import json

from streamlit.testing.v1 import AppTest


def test_each_layer_has_its_rows() -> None:
    def draw() -> None:
        import pandas as pd

        from dashboards import vega

        below = vega.layer(pd.DataFrame({"s": [1.0]}), {"type": "rule"}, x=vega.number("s"))
        above = vega.layer(
            pd.DataFrame({"s": [1.0, None], "what": ["a", "b"]}),
            {"type": "text"},
            x=vega.number("s"),
            text=vega.name("what"),
        )
        vega.show([below, above], "a rule and two words", height=90, title="t")

    page = AppTest.from_function(draw, default_timeout=60).run()
    assert not page.exception
    chart = page.get("vega_lite_chart")[0].proto
    spec = json.loads(chart.spec)
    assert chart.alt == "a rule and two words"
    assert (spec["title"], [one["mark"]["type"] for one in spec["layer"]]) == ("t", ["rule", "text"])
    assert [one["data"]["name"] for one in spec["layer"]] == [dataset.name for dataset in chart.datasets]

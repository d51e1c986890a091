"""Charts written in Vega-Lite, which the browser draws.

They are plain dictionaries: to build and check them as objects took the server longer than all else on a page.
"""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

Part = dict[str, Any]
"""A piece of a chart, as Vega-Lite writes it."""


def number(name: str, **more: Any) -> Part:
    """A column of numbers on an axis or in a tooltip.

    >>> number("s", title="time, s")
    {'field': 's', 'type': 'quantitative', 'title': 'time, s'}
    """
    return {"field": name, "type": "quantitative", **more}


def name(column: str, **more: Any) -> Part:
    """A column of names.

    >>> name("what", title=None)
    {'field': 'what', 'type': 'nominal', 'title': None}
    """
    return {"field": column, "type": "nominal", **more}


def layer(rows: pd.DataFrame, mark: Part, **encoding: Any) -> Part:
    """Marks of one kind.

    Args:
        rows: one for each mark.
        mark: its type and looks.
        encoding: what its channels, such as ``x`` and ``color``, show.
    """
    return {"data": rows, "mark": mark, "encoding": encoding}


def show(layers: Sequence[Part], said: str, *, height: int, **more: Any) -> None:
    """Draw layers above one another, as wide as there is room.

    Args:
        layers: the lowest first.
        said: what the chart shows, for those who do not see it.
        height: of all that is drawn, pixels.
        more: of the whole chart, such as ``title``.
    """
    named = [{**one, "data": {"name": f"layer_{place}"}} for place, one in enumerate(layers)]
    datasets = {f"layer_{place}": one["data"] for place, one in enumerate(layers)}
    st.vega_lite_chart(spec={"layer": named, "datasets": datasets, **more}, width="stretch", height=height, alt=said)

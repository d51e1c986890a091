"""The tables of measures: one row a clip, one table a stage. What does not apply or was not computed is NULL."""

MEASURES: dict[str, dict[str, tuple[str, str]]] = {}

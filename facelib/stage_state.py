"""Why a stage has no result for a video, in words: what a commit notes as a code."""

CODES = {
    "no_weights": "weights are absent",
    "bad_weights": "weights are damaged",
    "other_weights": "weights differ from those of the machine that planned",
    "needs_extra": "the packages of the extra 'full' are not installed",
}
"""The reasons of a stage that could not begin, beside which its models may stand."""

OFF = "the stage is off"
"""Reason of a stage that the settings take out."""


def explain(reason: str) -> tuple[str, str]:
    """A sentence's end, and the way on.

    Args:
        reason: as the table ``stages`` has it.

    >>> explain("not_computed: no_weights: hubert")
    ('weights are absent: hubert', "'facelib models fetch hubert', then 'facelib ingest'")
    >>> explain("after probe: not_media")
    ('after probe: not_media', "'facelib quarantine list' tells more")
    """
    kind, _, rest = reason.partition(": ")
    if kind != "not_computed":
        hint = "name a model for it in the settings" if reason == OFF else "'facelib quarantine list' tells more"
        return reason, hint
    code, _, models = rest.partition(": ")
    if code in {"no_weights", "bad_weights"} and models:
        names = models.replace(",", "")
        return f"{CODES[code]}: {models}", f"'facelib models fetch {names}', then 'facelib ingest'"
    if code == "needs_extra":
        return CODES[code], "install 'facelib[full]', then 'facelib ingest'"
    words = CODES.get(code, code) or "it was not run"
    return words, "'facelib ingest' computes what is missing; 'facelib plan --verify' looks for lost files first"

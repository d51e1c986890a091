"""What the DAGs tell each other: which day has new videos, which day has new clips. Both are partitioned by UTC day."""

from datetime import datetime

from airflow.sdk import Asset
from airflow.sdk.exceptions import AirflowFailException

VIDEOS = Asset("facelib_videos", uri="x-facelib://videos", group="facelib")
CLIPS = Asset("facelib_clips", uri="x-facelib://clips", group="facelib")

#: Format of a partition key.
DAY_FORMAT = "%Y-%m-%d"


def required_day(partition_key: str | None) -> str:
    """The day of a partitioned run, as ``YYYY-MM-DD``.

    Raises:
        AirflowFailException: the run was started by hand without a partition key, or with one that is no day.
    """
    try:
        return datetime.strptime(partition_key or "", DAY_FORMAT).strftime(DAY_FORMAT)
    except ValueError:
        raise AirflowFailException(
            f"partition key {partition_key!r} is no day; start the run with YYYY-MM-DD"
        ) from None

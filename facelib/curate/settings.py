"""Settings of what is worked out over the whole collection."""

from pydantic import BaseModel, ConfigDict, Field

from facelib.curate.duplicate_settings import DuplicateSettings
from facelib.curate.people import PeopleSettings
from facelib.sources.still_there import SourceCheckSettings


class CurateSettings(BaseModel):
    """What is worked out over the whole collection at each publish."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    duplicates: DuplicateSettings = Field(default_factory=DuplicateSettings, description="What is shown twice.")
    people: PeopleSettings = Field(default_factory=PeopleSettings, description="Who is who.")
    source_check: SourceCheckSettings = Field(
        default_factory=SourceCheckSettings, description="Uploads that vanish at their source, or change licence."
    )

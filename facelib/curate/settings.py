"""Settings of what is worked out over the whole collection."""

from pydantic import BaseModel, ConfigDict, Field

from facelib.curate.duplicate_settings import DuplicateSettings
from facelib.curate.people import PeopleSettings
from facelib.sources.still_there import SourceCheckSettings


class TakedownSettings(BaseModel):
    """What a takedown of a person keeps so that the person stays out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    keep_template: bool = Field(
        False,
        description="A takedown of a person keeps a template of the face, the only face data that it keeps: new videos "
        "that show the person are hidden.",
    )
    block_distance: float = Field(
        0.0,
        ge=0,
        description="A clip nearer to a template that is made from now on shows the person, in the metric of the "
        "model; 0 takes the model's own.",
    )


class CurateSettings(BaseModel):
    """What is worked out over the whole collection at each publish."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    duplicates: DuplicateSettings = Field(default_factory=DuplicateSettings, description="What is shown twice.")
    people: PeopleSettings = Field(default_factory=PeopleSettings, description="Who is who.")
    source_check: SourceCheckSettings = Field(
        default_factory=SourceCheckSettings, description="Uploads that vanish at their source, or change licence."
    )
    takedown: TakedownSettings = Field(
        default_factory=TakedownSettings, description="What a takedown of a person keeps."
    )

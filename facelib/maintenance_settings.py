"""Settings of the upkeep of a store: what is let go, and after how many days."""

from pydantic import BaseModel, ConfigDict, Field


class MaintenanceSettings(BaseModel):
    """What ``facelib maintenance`` lets go, packs and clears away."""

    model_config = ConfigDict(extra="forbid")

    raw_days: float = Field(
        0.0,
        ge=0,
        description="Downloaded files are let go so long after every stage of their video is done, d; 0 keeps them.",
    )
    pack_days: float = Field(
        7.0, ge=0, description="Commit records older than this are packed, many in one file, d; 0 packs none."
    )
    stale_days: float = Field(
        7.0, gt=0, description="Leases that ended, start markers, partial downloads and scratch older than this go, d."
    )
    plan_days: float = Field(
        0.0, ge=0, description="Plans with the times of their stages older than this go, d; 0 keeps them."
    )

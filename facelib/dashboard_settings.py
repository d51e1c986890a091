"""Settings of the dashboard: who may do what, and where things are."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

Role = Literal["none", "viewer", "reviewer", "admin"]
Right = Literal["view", "review", "admin"]
RIGHTS: dict[Role, frozenset[Right]] = {
    "none": frozenset(),
    "viewer": frozenset({"view"}),
    "reviewer": frozenset({"view", "review"}),
    "admin": frozenset({"view", "review", "admin"}),
}
"""What each role may do: look; judge, name and merge; release, take down and change rules."""
ORDER: tuple[Role, ...] = ("none", "viewer", "reviewer", "admin")


class DashboardSettings(BaseModel):
    """Who may do what in the dashboard."""

    model_config = ConfigDict(extra="forbid")

    roles: dict[str, Role] = Field(
        default_factory=dict,
        description="Role of a person or a group who logs in, by e-mail address or name of the group: viewer, "
        "reviewer, admin or none. A person's own role counts before those of groups, of which the highest counts.",
    )
    default_role: Role = Field(
        "viewer",
        description="Role of everyone else who can log in; none where the provider knows others too.",
    )
    groups_claim: str = Field("groups", description="Claim of the identity token that lists a person's groups.")
    user: str = Field(
        "", description="Name that decisions carry where there is no login; by default the one of the system's user."
    )
    without_login: bool = Field(
        False,
        description="Serve other machines without a login: everyone who reaches the dashboard may do everything. Only "
        "where something in front of it decides who does, such as a port that is published on 127.0.0.1 alone.",
    )
    airflow_url: str = Field(
        "", description="Address of Airflow as browsers reach it, such as http://127.0.0.1:8080; pages then link to it."
    )
    airflow_user: str = Field(
        "", description="User of Airflow in whose name the dashboard starts an export; empty: it starts one by itself."
    )
    airflow_password: SecretStr = Field(SecretStr(""), description="The password of that user.")
    overdue_hours: float = Field(
        36.0, gt=0, description="A channel is overdue when its last crawl is longer ago than this, h."
    )

    @field_validator("airflow_url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError(f"{value!r} is no address of Airflow; write it as http://HOST:PORT")
        return value.rstrip("/")

    def role(self, claims: Mapping[str, Any]) -> Role:
        """The role of a person who logged in.

        Args:
            claims: of the identity token. An e-mail address that the provider calls unverified counts for nothing, and
                a group whose name looks like an address never stands for a person.

        Example:
            >>> settings = DashboardSettings(roles={"ada@example.org": "admin", "qa": "reviewer"})
            >>> settings.role({"email": "Ada@example.org"}), settings.role({"groups": ["qa"]}), settings.role({})
            ('admin', 'reviewer', 'viewer')
        """
        roles = {name.casefold(): role for name, role in self.roles.items()}
        email = verified_email(claims)
        if email in roles:
            return roles[email]
        groups = claims.get(self.groups_claim) or []
        names = [groups] if isinstance(groups, str) else [group for group in groups if isinstance(group, str)]
        held = [roles[name.casefold()] for name in names if "@" not in name and name.casefold() in roles]
        return max(held, key=ORDER.index, default=self.default_role)


def verified_email(claims: Mapping[str, Any]) -> str:
    """The e-mail address of a person in small letters; empty where there is none, or it is said to be unverified.

    >>> verified_email({"email": "Ada@Example.org"}), verified_email({"email": "a@b.org", "email_verified": False})
    ('ada@example.org', '')
    """
    email = claims.get("email")
    sure = claims.get("email_verified", True) in (True, "true", "True", "1")
    return email.casefold() if isinstance(email, str) and "@" in email and sure else ""


def person(claims: Mapping[str, Any]) -> str:
    """The name that a person's decisions carry: the verified e-mail address, else the provider's name for them."""
    return verified_email(claims) or str(claims.get("sub") or "unknown")

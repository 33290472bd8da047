"""Who acts, and in which roles."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, Field

from src.domain.errors import NotAllowedError


class Role(StrEnum):
    """What a person may do; a person can hold several."""

    REVIEWER = "reviewer"
    ADJUDICATOR = "adjudicator"
    LEAD = "lead"
    EVALUATOR = "evaluator"
    ADMIN = "admin"


class Person(BaseModel, frozen=True, extra="forbid"):
    """One member of the study; judgements hold only the person_id."""

    person_id: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    display_name: str = Field(min_length=1, max_length=200)
    specialty: str = ""
    years: int | None = Field(default=None, ge=0, le=80)
    roles: frozenset[Role] = frozenset()
    active: bool = True
    issuer: str = ""
    subject: str = ""


class Actor(BaseModel, frozen=True, extra="forbid"):
    """Whoever calls a service, with the roles they hold at this moment."""

    person_id: str
    roles: frozenset[Role]

    def require(self, *roles: Role) -> None:
        """Raise NotAllowedError unless the actor holds one of the roles."""
        if not self.roles.intersection(roles):
            wanted = " or ".join(role.value for role in roles)
            raise NotAllowedError(
                f"This needs the role {wanted}; {self.person_id!r} has not got it."
            )


OPERATOR = Actor(person_id="operator", roles=frozenset({Role.LEAD, Role.EVALUATOR, Role.ADMIN}))
"""Whoever runs manage.py on the machine that holds the database: never a reader or adjudicator."""

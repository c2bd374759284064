"""policies/owners.yml: root causes and the departments that own them."""

from pydantic import ValidationInfo, field_validator

from careline.journey.words import CaseKind
from careline.service.policies.base import Section, Sentence, Word, Words


class RootCause(Section):
    owner: Word
    means: Sentence


class OwnerPolicy(Section):
    departments: Words
    root_causes: dict[Word, RootCause]
    default_by_kind: dict[CaseKind, Word]
    by_reason: dict[Word, Word]

    @field_validator("root_causes")
    @classmethod
    def _owners_exist(
        cls, causes: dict[str, RootCause], info: ValidationInfo
    ) -> dict[str, RootCause]:
        departments = info.data.get("departments", [])
        for name, cause in causes.items():
            if departments and cause.owner not in departments:
                raise ValueError(
                    f"{name} is owned by {cause.owner}, which is not among the departments: "
                    + ", ".join(departments)
                )
        return causes

    @field_validator("default_by_kind", "by_reason")
    @classmethod
    def _causes_exist(cls, chosen: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        causes = info.data.get("root_causes", {})
        for kind, cause in chosen.items():
            if causes and cause not in causes:
                raise ValueError(
                    f"{kind} leads to {cause}, which is not among the root causes: "
                    + ", ".join(causes)
                )
        return chosen

    @field_validator("default_by_kind")
    @classmethod
    def _every_kind_has_one(cls, chosen: dict[CaseKind, str]) -> dict[CaseKind, str]:
        missing = [kind.value for kind in CaseKind if kind not in chosen]
        if missing:
            raise ValueError("a root cause is missing for " + ", ".join(missing))
        return chosen

    def root_cause(self, kind: CaseKind, reason: str) -> str:
        return self.by_reason.get(reason, self.default_by_kind[kind])

    def owner(self, root_cause: str) -> str:
        cause = self.root_causes.get(root_cause)
        return cause.owner if cause else self.departments[0]

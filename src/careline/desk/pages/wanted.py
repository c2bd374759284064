"""Which rows of the queue somebody wants to see, as the address says."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Form, Query


class Wanted:
    """Empty fields are no filter."""

    def __init__(
        self,
        view: str = "unassigned",
        search: Annotated[str, Query(max_length=200)] = "",
        channel: str = "",
        kind: str = "",
        team: str = "",
        overdue: bool = False,
        after: str | None = None,
    ) -> None:
        self.view = view
        self.filters: dict[str, Any] = {
            "search": search.strip(),
            "channel": channel,
            "kind": kind,
            "team": team,
            "overdue": overdue,
        }
        self.after = after

    @property
    def query(self) -> str:
        """Of the first page of these rows."""
        given = {"view": self.view} | {name: value for name, value in self.filters.items() if value}
        return urlencode({n: "true" if v is True else v for n, v in given.items()})

    @property
    def place(self) -> str:
        """Of this page of them: what is fetched again must be what is shown."""
        return f"{self.query}&{urlencode({'after': self.after})}" if self.after else self.query


def wanted_by_form(
    view: Annotated[str, Form()] = "",
    search: Annotated[str, Form(max_length=200)] = "",
    channel: Annotated[str, Form()] = "",
    kind: Annotated[str, Form()] = "",
    team: Annotated[str, Form()] = "",
    overdue: Annotated[bool, Form()] = False,
) -> Wanted:
    """The same, of the fields that stand above the rows."""
    return Wanted(view, search, channel, kind, team, overdue)

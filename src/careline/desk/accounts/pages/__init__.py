"""The faces of accounts: signing in, your own account, the team, the audit. Plain forms, so that
the way in works without scripts."""

from fastapi import APIRouter

from careline.desk.accounts.pages import audit, me, sign_in, team
from careline.desk.accounts.pages.parts import Accounts


def router(accounts: Accounts) -> APIRouter:
    routes = APIRouter(prefix="/desk", include_in_schema=False)
    for module in (sign_in, me, team, audit):
        routes.include_router(module.router(accounts))
    return routes


__all__ = ["Accounts", "router"]

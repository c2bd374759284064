"""The desk's pages: the queue, the conversation, the customer beside it; made on the server.

    showing   pages and the parts of them that are fetched again     talk, views   what they show
    acting    what staff do       dialogs   what can be chosen     saying   ready replies
    promising what words promise, what is due
    remedying what the company can do, and approvals                words, render   how it looks
    joined    records of one person, and splitting them
    consenting   what a customer agreed to or refused, told to a colleague

The scripts in ../static keep the open page fresh; they hold no state that the record does not.
"""

from fastapi import APIRouter

from careline.desk.pages import (
    acting,
    consenting,
    customer,
    dialogs,
    joined,
    promising,
    remedying,
    saying,
    showing,
)
from careline.desk.pages.parts import Desk, make


def router(desk: Desk) -> APIRouter:
    routes = APIRouter()
    for module in (
        showing,
        customer,
        dialogs,
        acting,
        saying,
        promising,
        remedying,
        joined,
        consenting,
    ):
        routes.include_router(module.router(desk))
    return routes


__all__ = ["Desk", "make", "router"]

"""Where the links of our e-mails lead: back into the chat, and out of what comes unasked.

Looking at a page does nothing: mail scanners follow links. A press does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import update
from sqlalchemy.orm import Session
from starlette.responses import Response

from careline.channels import mail_links
from careline.channels.mail_links import LinkElsewhere, LinkExpired, LinkUnknown, Stops
from careline.channels.pages import environment
from careline.channels.tokens import link_token
from careline.conversation.gateway import Gateway
from careline.conversation.receive import ButtonNotOffered
from careline.journey import audit
from careline.journey.joined import kept_for
from careline.journey.models import Customer, MailLink, Touch
from careline.journey.words import Channel, Purpose, Role
from careline.kit.logging import get_logger
from careline.service import consents

log = get_logger("channels.mail")

COOKIE = "careline_link"
_CHOICES: dict[str, tuple[Purpose, ...]] = {
    "all": tuple(Purpose),
    "surveys": (Purpose.RESEARCH,),
    "offers": (Purpose.MARKETING,),
}
_WHERE = {"everywhere": consents.ALL_CHANNELS, "email": Channel.EMAIL.value}
_NO_STORE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
Answer = Annotated[int | None, Query(ge=0, le=100)]


@dataclass(frozen=True)
class MailPages:
    gateway: Gateway
    secret: str  # signs the links that stop, and what an opened one shows at the chat
    shop_name: str
    is_https: bool


def router(pages: MailPages) -> APIRouter:
    routes = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    templates = environment()
    database, clock = pages.gateway.database, pages.gateway.clock

    def page(template: str, status: int = 200, **shown: object) -> HTMLResponse:
        words = templates.get_template(template).render(shop=pages.shop_name, **shown)
        return HTMLResponse(words, status, headers=_NO_STORE)

    def or_why_not(answer: Callable[[], Response]) -> Response:
        try:
            return answer()
        except (LinkUnknown, LinkExpired, LinkElsewhere) as error:
            return page("mail_link_bad.html.j2", error.status, why=error.code)

    @routes.get("/c/{token}")
    def look(
        token: str, request: Request, answer: Answer = None, untaken: Answer = None
    ) -> Response:
        """With `answer`: the button of that place, for one press more. With `untaken`: the one
        that was pressed and came too late."""

        def shown() -> Response:
            now = clock.now()
            with database.read() as session:
                link = mail_links.find(session, now, token)
                is_theirs = mail_links.is_opened_by(link, request.cookies.get(COOKIE, ""))
                customer = session.get_one(Customer, kept_for(session, link.customer_id))
                chosen = _chosen(session, link, answer)
                missed = _chosen(session, link, untaken)
            if is_theirs and chosen is None:
                return page(
                    "mail_chat.html.j2", identity=link_token(pages.secret, link.id, now),
                    missed=missed["title"] if missed else "",
                )  # fmt: skip
            return page(
                "mail_go_on.html.j2", name=customer.name.split(" ")[0], token=token,
                answer=answer, chosen=chosen["title"] if chosen else "",
            )  # fmt: skip

        return or_why_not(shown)

    @routes.post("/c/{token}")
    def go_on(
        token: str, request: Request, answer: Annotated[int | None, Form(ge=0, le=100)] = None
    ) -> Response:
        def opened() -> Response:
            with database.begin() as session:
                shown_before = request.cookies.get(COOKIE, "")
                link, browser = mail_links.open_with(session, clock.now(), token, shown_before)
                conversation_id = mail_links.conversation_of(session, link).id
                chosen = _chosen(session, link, answer)
                link_id = link.id
            key = f"mail:{link_id}:{answer}"
            was_taken = chosen is None or _say(
                pages.gateway, conversation_id, key, chosen["payload"]
            )
            place = f"/c/{token}" if was_taken else f"/c/{token}?untaken={answer}"
            moved = RedirectResponse(place, 303, headers=_NO_STORE)
            moved.set_cookie(
                COOKIE,
                browser,
                max_age=int(mail_links.GOOD_FOR.total_seconds()),
                path=f"/c/{token}",
                secure=pages.is_https,
                httponly=True,
                samesite="lax",  # the next click in the mail program opens the chat at once
            )
            return moved

        return or_why_not(opened)

    @routes.get("/unsubscribe/{token}")
    def ask(token: str) -> Response:
        def asked() -> Response:
            stops = mail_links.read_stop(pages.secret, token)
            with database.read() as session:
                _customer_of(session, stops)
            return page("mail_stop.html.j2", token=token, done="")

        return or_why_not(asked)

    @routes.post("/unsubscribe/{token}")
    def stop(
        token: str,
        what: Annotated[str, Form()] = "all",
        where: Annotated[str, Form()] = "everywhere",
    ) -> Response:
        """Also the mail program's one press: RFC 8058 posts List-Unsubscribe=One-Click."""

        def stopped() -> Response:
            stops = mail_links.read_stop(pages.secret, token)
            chosen = _Chosen(
                what if what in _CHOICES else "all", where if where in _WHERE else "everywhere"
            )
            with database.begin() as session:
                _stop(session, clock.now(), _customer_of(session, stops), stops.touch_id, chosen)
            return page("mail_stop.html.j2", token=token, done=chosen.what, where=chosen.where)

        return or_why_not(stopped)

    return routes


def _chosen(session: Session, link: MailLink, answer: int | None) -> dict[str, str] | None:
    """The button that the e-mail's link stands for; None for one that there is not."""
    buttons = mail_links.answers_of(session, link) if answer is not None else []
    return buttons[answer] if answer is not None and answer < len(buttons) else None


def _say(gateway: Gateway, conversation_id: str, key: str, payload: str) -> bool:
    """As if the button had been pressed in the chat; the same press again is the same message.

    False when it was not taken: much was said since, and it may answer something else by now.
    """
    try:
        gateway.take_in(conversation_id=conversation_id, provider_id=key, payload=payload)
    except ButtonNotOffered:
        log.info("mail.answer_too_old", conversation=conversation_id)
        return False
    return True


def _customer_of(session: Session, stops: Stops) -> str:
    customer_id = kept_for(session, stops.customer_id)
    if session.get(Customer, customer_id) is None:
        raise LinkUnknown("This link is none of ours, or it has been taken away.")
    return customer_id


@dataclass(frozen=True)
class _Chosen:
    what: str  # one of _CHOICES
    where: str  # one of _WHERE


def _stop(
    session: Session, now: datetime, customer_id: str, touch_id: str, chosen: _Chosen
) -> None:
    consents.refuse(
        session,
        now,
        customer_id,
        channel=Channel.EMAIL,
        how=f"the link in our e-mail ({chosen.what}, {chosen.where})",
        source_id=f"{touch_id}:{chosen.what}:{chosen.where}",
        purposes=_CHOICES[chosen.what],
        on=_WHERE[chosen.where],
    )
    audit.note(
        session, now, who=f"customer:{customer_id}", role=Role.CUSTOMER.value,
        did="consent.refused", subject=customer_id,
        details={"touch": touch_id, "what": chosen.what, "where": chosen.where},
    )  # fmt: skip
    session.execute(
        update(Touch)
        .where(
            Touch.id == touch_id,
            Touch.customer_id == customer_id,
            Touch.opted_out_at.is_(None),
        )
        .values(opted_out_at=now, updated_at=now)
        .execution_options(synchronize_session=False)
    )

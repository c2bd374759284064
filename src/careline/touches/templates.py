"""Templates of channels that take nothing else outside their window, and whether they may be used.

The words are at the channel's provider, who approves them; here is its last word on each. An
adapter that hears of it calls `note`; until there is one, `careline touches template` does.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from careline.journey.models import ChannelTemplate
from careline.journey.words import Channel, TemplateState


def note(
    session: Session,
    now: datetime,
    channel: Channel,
    name: str,
    state: TemplateState,
    why: str = "",
) -> None:
    known = session.get(ChannelTemplate, (channel.value, name), with_for_update=True)
    if known is None:
        known = ChannelTemplate(channel=channel.value, name=name, created_at=now)
        session.add(known)
    known.state, known.note, known.updated_at = state.value, why[:300], now


def approved(session: Session) -> Mapping[Channel, frozenset[str]]:
    rows = session.execute(
        select(ChannelTemplate.channel, ChannelTemplate.name).where(
            ChannelTemplate.state == TemplateState.APPROVED
        )
    )
    found: dict[Channel, frozenset[str]] = {}
    for channel, name in rows:
        found[Channel(channel)] = found.get(Channel(channel), frozenset()) | {name}
    return found

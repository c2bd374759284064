"""A complaint about how we treated somebody: a person answers, with a small gift if it is due."""

from careline.journey.words import CaseState, Resolution
from careline.service import goodwill
from careline.service.facts import Assessment, Request, Settled
from careline.service.manual import open_case
from careline.service.services import Services
from careline.service.situation import Situation


def assess(s: Situation) -> Assessment:
    return Assessment((*goodwill.gift(s), s.person()))


def record(services: Services, request: Request, *, wants_answer: bool) -> Settled:
    """Keep the complaint; a person has it if an answer is wanted."""
    if wants_answer:
        return open_case(services, request, state=CaseState.HANDED_OVER, priority=1)
    return open_case(services, request, state=CaseState.RESOLVED, resolution=Resolution.NONE)

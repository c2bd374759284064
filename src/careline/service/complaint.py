"""A complaint about how we treated somebody: a person answers, with a small gift if it is due."""

from careline.service import goodwill
from careline.service.facts import Assessment
from careline.service.situation import Situation


def assess(s: Situation) -> Assessment:
    return Assessment((*goodwill.gift(s), s.person()))

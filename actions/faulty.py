"""Faulty or damaged product: a photo where one helps, then replacement, repair or refund."""

from actions.details import HowMany, Photo
from actions.form import Dialogue, TopicForm
from actions.identify import Identify
from actions.remedy import ChooseRemedy
from actions.settle import SettleRemedy
from actions.which_item import WhichItem
from careline.journey.words import CaseKind, HandoverReason
from careline.service import faulty
from careline.service.gathering import gather_goods


def _photo_is_wished(dialogue: Dialogue) -> bool:
    if dialogue.task.line is None:
        return False
    services = dialogue.context.services
    line = gather_goods(services, dialogue.request()).the_line
    return faulty.photo_wished(services.policies, line)


class FaultyForm(TopicForm):
    topic = "faulty"
    intent = "faulty_or_damaged_product"
    kind = CaseKind.FAULTY
    steps = (Identify(), WhichItem(), HowMany(), Photo(_photo_is_wished), ChooseRemedy())

    def begin(self, dialogue: Dialogue) -> None:
        if faulty.is_dangerous(self.services.policies, dialogue.task.words):
            dialogue.hand_over(HandoverReason.SAFETY)


class SettleFaulty(SettleRemedy):
    form = FaultyForm

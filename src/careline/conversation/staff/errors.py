"""Why something that a staff member wants cannot be done; each says who or what is in the way."""

from careline.kit.errors import Conflict

_SHOWN = 120  # characters of what was sent before


class AlreadyClaimed(Conflict):
    """A colleague is in charge of this customer; talk to them, or have it passed on."""

    code = "already_claimed"

    def __init__(self, holder_id: str, holder_name: str) -> None:
        super().__init__(f"{holder_name} is already talking with this customer.")
        self.holder_id = holder_id
        self.holder_name = holder_name


class NotYours(Conflict):
    """Only who holds the conversation may do this; claim it or take it over first."""

    code = "not_yours"


class NotQueued(Conflict):
    """Nobody waits for a person here (any more); to step in all the same, take it over."""

    code = "not_queued"


class NewerMessage(Conflict):
    """The customer wrote after what was on the page; read that first, the draft stays."""

    code = "newer_message"

    def __init__(self, position: int) -> None:
        super().__init__("The customer has written meanwhile; read that before you answer.")
        self.position = position  # of the newest message


class AlreadySent(Conflict):
    """These words went out under this id already, and they were others; look before sending."""

    code = "already_sent"

    def __init__(self, text: str) -> None:
        short = f"{text[:_SHOWN]}…" if len(text) > _SHOWN else text
        said = f"“{short}”" if text else "The file"
        super().__init__(f"{said} is there already: take it out of what you send now.")


class AtCapacity(Conflict):
    """This person holds as many conversations as they have agreed to."""

    code = "at_capacity"


class CameAlong(Conflict):
    """It is in hand because another conversation of the customer is; that one decides for both."""

    code = "came_along"


class NotMergeable(Conflict):
    """These two are not conversations of one verified person, or one is gone already."""

    code = "not_mergeable"

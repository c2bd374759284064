"""A yes or a no to what we send unasked, as the shop, a machine or a colleague reports it."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from careline.channels.intake import Moment
from careline.journey.words import Channel, Purpose
from careline.service.consents import Word

Everywhere = Literal["*"]
ByChannel = Literal[Channel.WEB, Channel.EMAIL, Channel.WHATSAPP]  # consents.CHANNELS
State = Literal["given", "refused"]
How = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Wording = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)]


class ConsentIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    purpose: Purpose
    channel: ByChannel | Everywhere = "*"
    state: State
    at: Moment  # when the customer said so, not when it was sent on
    how: How = ""
    wording: Wording = ""

    @model_validator(mode="after")
    def _is_proved(self) -> "ConsentIn":
        if self.state == "given" and not (self.how or self.wording):
            raise ValueError("a yes needs `how` it was given or the `wording` they agreed to")
        return self

    @property
    def word(self) -> Word:
        return Word(
            purpose=self.purpose,
            channel=str(self.channel),
            is_yes=self.state == "given",
            at=self.at,
            how=self.how,
            wording=self.wording,
        )

"""What every service function that writes is given: the record, the shop, the rules, the time."""

from dataclasses import dataclass, replace

from careline.kit.clock import Clock
from careline.kit.database import Database
from careline.service.help import HelpIndex
from careline.service.policies import Policies
from careline.service.writer import Writer
from careline.shops.looks import one_look_at
from careline.shops.protocol import Shop


@dataclass(frozen=True)
class Services:
    """The shop is another system: no transaction on `database` is open while it is called."""

    database: Database
    shop: Shop
    policies: Policies
    clock: Clock
    help: HelpIndex
    secret: str  # keys the hashes of one-time codes
    shop_name: str = "Harbour & Vine"  # signs the e-mails
    public_url: str = ""  # goes before the paths of links that customers are sent
    writer: Writer | None = None  # for an action: whom it talks to, who need not be looked up again

    def for_writer(self, writer: Writer) -> "Services":
        """The same for one action, about the conversation of this writer."""
        return replace(self, writer=writer)

    def for_one_look(self) -> "Services":
        """The same for an action that only reads: the shop is asked once for each thing."""
        return replace(self, shop=one_look_at(self.shop))

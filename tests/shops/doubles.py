"""A shop that fails as real order systems do: refuses, or goes silent before or after the work."""

from collections.abc import Callable
from typing import Any

from careline.shops.protocol import Shop, ShopRefused, ShopUnavailable

WRITES = {
    "create_return",
    "create_replacement",
    "create_exchange",
    "create_repair",
    "refund",
    "refund_overpayment",
    "give_credit",
    "cancel_order",
    "cancel_line",
    "change_variant",
    "change_address",
    "trace_parcel",
}


class UnreliableShop:
    """Stands before a real shop. Plan failures with the methods; each is used up by one call.

    A plan for `writes` leaves reads alone, so that a flow gets as far as the write.
    """

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._plans: list[tuple[str, bool]] = []
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def refuse_next(self, *, writes: bool = True) -> None:
        self._plans.append(("refuse", writes))

    def time_out_before_next(self, *, writes: bool = True) -> None:
        """Nothing is done, and the caller cannot know."""
        self._plans.append(("before", writes))

    def time_out_after_next(self, *, writes: bool = True) -> None:
        """It is done, and the caller cannot know."""
        self._plans.append(("after", writes))

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._shop, name)
        if not callable(method):
            return method
        return self._as_planned(name, method)

    def _as_planned(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            self.asked.append((name, kwargs))
            plan = self._next_plan(name)
            if plan == "refuse":
                raise ShopRefused("The shop does not want to.")
            if plan == "before":
                raise ShopUnavailable("The shop did not answer in time.")
            answer = method(*args, **kwargs)
            if plan == "after":
                raise ShopUnavailable("The shop did not answer in time.")
            return answer

        return call

    def _next_plan(self, name: str) -> str | None:
        if not self._plans or self._plans[0][1] != (name in WRITES):
            return None
        return self._plans.pop(0)[0]

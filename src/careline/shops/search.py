"""Find products by the words customers use, typing mistakes included."""

import re
from collections.abc import Sequence

from rapidfuzz import fuzz
from sqlalchemy import select
from sqlalchemy.orm import Session

from careline.shops.models import VariantRow

_ALIKE = 82  # of 100; "kettel" and "kettle" are 83, "shirt" and "skirt" 80
_SHORTEST_WITH_MISTAKES = 5
_LITTLE_WORDS = {"a", "an", "and", "the", "of", "in", "my", "for", "with"}


def search_products(session: Session, words: str, limit: int) -> Sequence[VariantRow]:
    """Best first, one variant a product: the one whose options were said, then one in stock."""
    said = _tokens(words)
    if not said:
        return []
    by_product: dict[str, list[VariantRow]] = {}
    for row in session.scalars(select(VariantRow).order_by(VariantRow.sku)):
        by_product.setdefault(row.product, []).append(row)
    found = []
    for product, variants in by_product.items():
        score = _score(said, product, variants[0].words)
        if score > 0:
            best = max(variants, key=lambda row: (_options_said(said, row), row.in_stock > 0))
            found.append((-score - 0.1 * _options_said(said, best), not best.in_stock, best))
    found.sort(key=lambda one: (*one[:2], one[2].product))
    return [row for _, _, row in found[:limit]]


def _score(said: list[str], product: str, words: list[str]) -> float:
    name = _tokens(product)
    in_name = sum(_said(token, said) for token in name) / len(name) if name else 0.0
    return in_name + max((_whole_phrase(phrase, said) for phrase in words), default=0.0)


def _options_said(said: list[str], row: VariantRow) -> int:
    return sum(all(_said(t, said) for t in _tokens(v)) for v in row.options.values())


def _whole_phrase(phrase: str, said: list[str]) -> float:
    """More for longer phrases: "running shoes" beats "shoes"."""
    tokens = _tokens(phrase)
    if not tokens or not all(_said(token, said) for token in tokens):
        return 0.0
    return 1.0 + 0.5 * (len(tokens) - 1)


def _said(token: str, said: list[str]) -> bool:
    if token in said:
        return True
    if len(token) < _SHORTEST_WITH_MISTAKES:
        return False
    return any(
        len(other) >= _SHORTEST_WITH_MISTAKES and fuzz.ratio(token, other) >= _ALIKE
        for other in said
    )


def _tokens(text: str) -> list[str]:
    words = re.findall(r"\w+", text.casefold())
    return [_singular(word) for word in words if word not in _LITTLE_WORDS]


def _singular(token: str) -> str:
    if len(token) > 3 and token.endswith("s") and not token.endswith("ss"):
        return token[:-1]
    return token

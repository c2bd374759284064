"""The shipped policies are whole, and a broken one says where and what is allowed there."""

import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from careline.journey.words import CaseKind
from careline.service.policies import Policies, PolicyError, load_policies
from careline.service.policies.base import amount_in
from careline.shops.protocol import Money
from tests.service.conftest import HOME


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(HOME / "policies", tmp_path / "policies"))


def problems(folder: Path) -> list[str]:
    with pytest.raises(PolicyError) as error:
        load_policies(folder)
    return error.value.problems


def change(folder: Path, file: str, old: str, new: str) -> int:
    """Replace the first occurrence; the line on which it stands."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


@pytest.mark.parametrize(
    ("file", "old", "new", "field", "advice"),
    [
        (
            "returns.yml", "  default: 30", "  default: soon",
            "window_days.default", "'soon' is not allowed; a whole number",
        ),
        (
            "returns.yml", "    books: 14", "    books: -1",
            "window_days.by_category.books", "-1 is too small; at least 0",
        ),
        (
            "returns.yml", "    US: 45", "    usa: 45",
            "window_days.by_country.usa", "a country of two capital letters, such as GB",
        ),
        (
            "returns.yml", "label_valid_days", "label_days",
            "label_days", "unknown field; allowed here: window_days, not_returnable",
        ),
        (
            "returns.yml", "  return_allowed: false", "  return_allowed: perhaps",
            "final_sale.return_allowed", "'perhaps' is not allowed; true or false",
        ),
        (
            "delivery.yml", "cancel_while: [placed, paid]", "cancel_while: [placed, payed]",
            "cancel_while.1", "'payed' is not allowed; one of placed, paid, shipped",
        ),
        (
            "service_levels.yml", 'monday: "08:00-20:00"', 'monday: "8-20"',
            "teams.support.hours.monday", 'opening hours are written "09:00-18:00"',
        ),
        (
            "service_levels.yml", "Europe/London", "Europe/Londinium",
            "teams.support.time_zone", "a time zone is written like Europe/London",
        ),
        (
            "goodwill.yml", "  delivery:\n", "  lateness:\n",
            "for_kinds.lateness", "'lateness' is not allowed; one of wrong_item, faulty",
        ),
        (
            "owners.yml", "item_left_out: {owner: warehouse", "item_left_out: {owner: nobody",
            "root_causes", "item_left_out is owned by nobody, which is not among the departments",
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_file_line_field_and_what_is_allowed(
    folder: Path, file: str, old: str, new: str, field: str, advice: str
) -> None:
    line = change(folder, file, old, new)
    found = [p for p in problems(folder) if field in p]
    assert found, problems(folder)
    assert found[0].startswith(f"{folder / file}, line ")
    assert advice in found[0]
    if field != "root_causes":  # a rule about the whole group stands at its head
        assert f", line {line}, {field}: " in found[0]


def test_all_mistakes_of_all_files_are_named_at_once(folder: Path) -> None:
    change(folder, "returns.yml", "  default: 30", "  default: soon")
    change(folder, "faulty.yml", "choice_days: 30", "choice_days: month")
    (folder / "owners.yml").unlink()
    found = problems(folder)
    assert len(found) == 3
    assert any("owners.yml: this file is missing" in p for p in found)


def test_unreadable_yaml_is_named_with_its_line(folder: Path) -> None:
    line = change(folder, "returns.yml", "not_returnable: [bakery]", "not_returnable: [bakery")
    [found] = problems(folder)
    assert "not readable as YAML" in found
    assert int(found.split("line ")[1].split(":")[0]) >= line


def test_an_empty_file_lacks_every_field(folder: Path) -> None:
    (folder / "goodwill.yml").write_text("", encoding="utf-8")
    assert all("this field has to be there" in p for p in problems(folder))


def test_a_currency_that_is_not_listed_leaves_the_decision_to_a_person(policies: Policies) -> None:
    assert amount_in(policies.refunds.keep_the_item_up_to, "XAU") == 0
    assert policies.refunds.needs_approval(CaseKind.FAULTY, Money(Decimal("0.01"), "XAU"))


def test_every_kind_of_case_has_an_owner_that_is_a_department(policies: Policies) -> None:
    for kind in CaseKind:
        cause = policies.owners.root_cause(kind, "")
        assert policies.owners.owner(cause) in policies.owners.departments


def test_every_list_of_amounts_has_the_same_currencies(policies: Policies) -> None:
    """A currency that is missing in one list only would treat its customers differently."""
    refunds, goodwill = policies.refunds, policies.goodwill
    lists = [
        refunds.without_approval_up_to.default,
        *refunds.without_approval_up_to.by_kind.values(),
        refunds.keep_the_item_up_to,
        refunds.before_goods_are_back_up_to,
        goodwill.budget_per_customer_and_year,
        *(rule.worth for rule in goodwill.for_kinds.values()),
        policies.faulty.photo_wished_above,
        policies.returns.shipping.label_price,
    ]
    assert len({frozenset(amounts) for amounts in lists}) == 1

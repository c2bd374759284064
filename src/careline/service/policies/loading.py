"""Read policies/*.yml, and say of every mistake where it is and what is allowed there."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError

from careline.kit.errors import CarelineError
from careline.service.policies.base import Section
from careline.service.policies.schema import Policies

# Pydantic's error types, in words for whoever keeps the policies.
_ALLOWED = {
    "missing": "this field has to be there",
    "int_type": "a whole number without quotes, such as 30",
    "int_parsing": "a whole number, such as 30",
    "int_from_float": "a whole number, such as 30",
    "decimal_parsing": "an amount, such as 3.50",
    "decimal_type": "an amount, such as 3.50",
    "decimal_max_digits": "an amount of at most 14 digits",
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "string_type": "text",
    "string_too_short": "at least one word",
    "dict_type": "a group of indented lines, each with a name, a colon and a value",
    "model_type": "a group of indented lines, each with a name, a colon and a value",
    "list_type": "a list, such as [bakery, books]",
    "date_from_datetime_parsing": "a date, such as 2026-12-25",
    "date_type": "a date, such as 2026-12-25",
}
_PATTERNS = {
    "^[A-Z]{3}$": "a currency of three capital letters, such as GBP",
    "^[A-Z]{2}$": "a country of two capital letters, such as GB",
    "^[a-z][a-z0-9_]*$": "one word in small letters, such as footwear or wrong_item",
}


class PolicyError(CarelineError):
    """A policy file cannot be used; every problem names its file, line, field and remedy."""

    code = "policy_error"
    status = 500

    def __init__(self, problems: list[str], what: str = "policies") -> None:
        self.problems = problems
        super().__init__(f"The {what} cannot be used:\n" + "\n".join(problems))


def load_policies(folder: Path) -> Policies:
    """All policy files of the folder. Raises PolicyError with everything that is wrong."""
    problems: list[str] = []
    sections: dict[str, Section] = {}
    for name, field in Policies.model_fields.items():
        section = load_section(folder / f"{name}.yml", field.annotation, problems)
        if section is not None:
            sections[name] = section
    if problems:
        raise PolicyError(problems)
    return Policies(**sections)


def load_section(path: Path, kind: Any, problems: list[str]) -> Section | None:
    """One file as one section; what is wrong with it is added to the problems."""
    try:
        tree = YAML().load(path.read_text(encoding="utf-8"))
    except OSError:
        problems.append(f"{path}: this file is missing; take it from the shipped policies")
        return None
    except UnicodeDecodeError:
        problems.append(f"{path}: not UTF-8 text; save it as UTF-8")
        return None
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problems.append(f"{path}, line {line}: not readable as YAML: {error.problem}")
        return None
    if tree is None:
        tree = CommentedMap()
    try:
        section: Section = kind.model_validate(tree)
    except ValidationError as error:
        problems += [_problem(path, kind, tree, detail) for detail in error.errors()]
        return None
    return section


def _problem(path: Path, kind: type[Section], tree: Any, detail: ErrorDetails) -> str:
    location = tuple(step for step in detail["loc"] if step != "[key]")
    field = ".".join(str(step) for step in location) or "the whole file"
    return f"{path}, line {_line(tree, location)}, {field}: {_advice(kind, detail)}"


def _advice(kind: type[Section], detail: ErrorDetails) -> str:
    context = detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            return "unknown field; allowed here: " + ", ".join(_fields_at(kind, detail["loc"][:-1]))
        case "missing":
            return _ALLOWED["missing"]
        case "enum" | "literal_error":
            allowed = str(context["expected"]).replace("'", "").replace(" or ", ", ")
            return f"{_given(detail)} is not allowed; one of {allowed}"
        case "greater_than_equal":
            return f"{_given(detail)} is too small; at least {context['ge']}"
        case "less_than_equal":
            return f"{_given(detail)} is too large; at most {context['le']}"
        case "value_error":
            return str(context["error"])
        case "string_pattern_mismatch":
            allowed = _PATTERNS.get(str(context["pattern"]), f"text like {context['pattern']}")
        case other:
            allowed = _ALLOWED.get(other, detail["msg"])
    return f"{_given(detail)} is not allowed; {allowed}"


def _given(detail: ErrorDetails) -> str:
    given = detail["input"]
    if isinstance(given, CommentedMap | CommentedSeq):
        return "a group of lines"
    return "an empty value" if given is None else repr(given)


def _fields_at(kind: Any, location: tuple[int | str, ...]) -> list[str]:
    """The names of the fields that the section at this place has."""
    for step in location:
        if isinstance(kind, type) and issubclass(kind, Section) and step in kind.model_fields:
            kind = kind.model_fields[str(step)].annotation
        else:  # a value in a mapping or a list: its type is the last argument
            kind = kind.__args__[-1]
    return list(kind.model_fields)


def _line(tree: Any, location: tuple[int | str, ...]) -> int:
    """The line of the field, or of the group that lacks it; counted from 1."""
    line = 1
    for step in location:
        if isinstance(tree, CommentedMap) and step in tree:
            line = tree.lc.key(step)[0] + 1
        elif isinstance(tree, CommentedSeq) and isinstance(step, int) and step < len(tree):
            line = tree.lc.item(step)[0] + 1
        else:
            return line
        tree = tree[step]
    return line


def line_of(path: Path, *location: str) -> int:
    """The line of a field in a file that could be read; counted from 1."""
    return _line(YAML().load(path.read_text(encoding="utf-8")), location)

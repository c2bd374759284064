"""Whether a column is any of many texts: one parameter, however many there are.

An IN with a parameter for each is written anew by SQLAlchemy at every call, and too long for the
driver of PostgreSQL to keep what it made of it: a sixth of the time of sending touches.
"""

import json
from collections.abc import Iterable
from typing import Any, Self

from sqlalchemy import Boolean, ColumnElement, Text, bindparam
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeDecorator, TypeEngine


class Texts(TypeDecorator[list[str]]):
    """An array where there are such, else a list in JSON."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        is_postgres = dialect.name == "postgresql"
        return dialect.type_descriptor(postgresql.ARRAY(Text()) if is_postgres else Text())

    def process_bind_param(self, value: list[str] | None, dialect: Dialect) -> Any:
        return value if dialect.name == "postgresql" else json.dumps(value)


class _AnyOf(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: OperatorType | None = None) -> Self:
        """As it is: SQLAlchemy would write "= 1" behind it, and SQLite then use no index."""
        return self


@compiles(_AnyOf)
def _in_json(element: _AnyOf, compiler: SQLCompiler, **more: Any) -> str:
    column, values = (compiler.process(each, **more) for each in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"


@compiles(_AnyOf, "postgresql")
def _in_array(element: _AnyOf, compiler: SQLCompiler, **more: Any) -> str:
    column, values = (compiler.process(each, **more) for each in element.clauses)
    return f"{column} = ANY ({values})"


def any_of(
    column: InstrumentedAttribute[Any] | ColumnElement[Any], values: Iterable[str]
) -> ColumnElement[bool]:
    return _AnyOf(column, bindparam(None, list(values), Texts()))


def any_named(
    column: InstrumentedAttribute[Any] | ColumnElement[Any], name: str
) -> ColumnElement[bool]:
    """For statements that are made once: a list of texts is given under this name."""
    return _AnyOf(column, bindparam(name, type_=Texts()))

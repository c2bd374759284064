"""Write rows by a plain statement, made once, where the object mapper would be felt.

A turn writes a handful of rows whose columns are all at hand; the mapper's unit of work costs
four times what their statements do.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnDefault,
    Insert,
    Table,
    Update,
    bindparam,
    insert,
    inspect,
    update,
)
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import instance_dict, set_committed_value
from sqlalchemy.orm.util import identity_key

from careline.kit.database import Base

Row = TypeVar("Row", bound=Base)


def insert_now(session: Session, kind: type[Row], /, **values: Any) -> Row:
    """The new row as a mapped object of this session; columns left out get their defaults."""
    statement, defaults = _insert(kind)
    written = _with_defaults(defaults, values)
    session.connection().execute(statement, written)
    return written_now(session, kind, written)


def insert_many(session: Session, kind: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows with the same columns, in one go to the database; no object is made of them."""
    if rows:
        statement, defaults = _insert(kind)
        session.connection().execute(statement, [_with_defaults(defaults, row) for row in rows])


def written_now(session: Session, kind: type[Row], written: Mapping[str, Any]) -> Row:
    """The mapped object of a row that a statement of this session has just inserted."""
    row: Row = kind.__mapper__.class_manager.new_instance()  # as a loaded one, without its events
    missing = kind.__mapper__.columns.keys() - written.keys()
    instance_dict(row).update(dict.fromkeys(missing), **written)
    make_transient_to_detached(row)
    session.add(row)
    return row


def put_now(session: Session, row: Base, **values: Any) -> None:
    """Change these columns of a mapped row at once, and in its object."""
    (key,) = inspect(row).identity or (None,)
    session.connection().execute(_update(type(row), tuple(values)), {"of": key, **values})
    for name, value in values.items():
        set_committed_value(row, name, value)


def put_by_id(session: Session, kind: type[Base], key: str, /, **values: Any) -> None:
    """Change these columns of the row with this id at once, and in its object if there is one."""
    row = session.identity_map.get(identity_key(kind, key))
    if row is not None:
        put_now(session, row, **values)
        return
    session.connection().execute(_update(kind, tuple(values)), {"of": key, **values})


def _with_defaults(
    defaults: Sequence[tuple[str, Callable[[], Any]]], values: Mapping[str, Any]
) -> dict[str, Any]:
    return {**{name: make() for name, make in defaults if name not in values}, **values}


@cache
def _insert(kind: type[Base]) -> tuple[Insert, list[tuple[str, Callable[[], Any]]]]:
    table = table_of(kind)
    defaults = [
        (column.name, _maker(column.default.arg))
        for column in table.columns
        if isinstance(column.default, ColumnDefault)
    ]
    return insert(table), defaults


def _maker(default: Any) -> Callable[[], Any]:
    return (lambda: default(None)) if callable(default) else (lambda: default)


@cache
def _update(kind: type[Base], names: tuple[str, ...]) -> Update:
    table = table_of(kind)
    (key,) = table.primary_key
    return (
        update(table)
        .where(key == bindparam("of"))
        .values({name: bindparam(name) for name in names})
    )


def table_of(kind: type[Base]) -> Table:
    return kind.metadata.tables[kind.__tablename__]

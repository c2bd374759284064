"""Rows that are any of many: found, and found by the index."""

from pathlib import Path

from sqlalchemy import Column, MetaData, String, Table, insert, not_, select, text

from careline.kit.database import Database
from careline.kit.many import any_named, any_of

_SHELF = Table(
    "shelf",
    MetaData(),
    Column("name", String, primary_key=True),
    Column("room", String, index=True),
)


def a_shelf(tmp_path: Path) -> Database:
    database = Database(f"sqlite:///{tmp_path / 'shelf.db'}")
    _SHELF.metadata.create_all(database.engine)
    with database.begin() as session:
        rows = [{"name": f"box {n}", "room": f"room {n % 3}"} for n in range(9)]
        session.execute(insert(_SHELF), rows)
    return database


def test_those_that_are_any_of_the_names_are_found(tmp_path: Path) -> None:
    wanted = select(_SHELF.c.name).where(any_named(_SHELF.c.name, "names")).order_by("name")
    others = select(_SHELF.c.name).where(not_(any_of(_SHELF.c.room, ["room 0", "room 2"])))
    with a_shelf(tmp_path).read() as session:
        names = {"names": ["box 4", "box 2", "none", 'it\'s "5"']}
        assert session.scalars(wanted, names).all() == ["box 2", "box 4"]
        assert session.scalars(wanted, {"names": []}).all() == []
        assert sorted(session.scalars(others)) == ["box 1", "box 4", "box 7"]


def test_sqlite_looks_them_up_by_the_index(tmp_path: Path) -> None:
    """A thousand customers are not to be looked through for each of two."""
    database = a_shelf(tmp_path)
    alone = select(_SHELF).where(any_named(_SHELF.c.room, "rooms"))
    beside = alone.where(_SHELF.c.name != "box 1")
    with database.read() as session:
        for statement in (alone, beside):
            words = str(statement.compile(database.engine, compile_kwargs={"literal_binds": True}))
            plan = session.execute(text(f"EXPLAIN QUERY PLAN {words}"))
            assert "USING INDEX ix_shelf_room" in " ".join(row[3] for row in plan)

"""Read a user's CSV files into typed rows, keeping every complaint with its place."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from careline.kit.errors import Invalid
from careline.shops.csv_columns import Column

_SHOWN = 20


@dataclass(frozen=True)
class Complaint:
    file: str
    line: int
    column: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}"
        return f"{place}, {self.column}: {self.message}" if self.column else (
            f"{place}: {self.message}"
        )  # fmt: skip


class CsvRefused(Invalid):
    """Correct the places it names and import again; nothing has been imported."""

    code = "csv_refused"

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        shown = "\n".join(f"  {complaint}" for complaint in complaints[:_SHOWN])
        more = len(complaints) - _SHOWN
        if more > 0:
            shown += f"\n  and {more} more"
        super().__init__(f"Nothing was imported. Please correct:\n{shown}")
        self.complaints = tuple(complaints)


@dataclass(frozen=True)
class CsvRow:
    file: str
    line: int  # as an editor counts; the header is line 1
    values: dict[str, Any]

    def __getitem__(self, column: str) -> Any:
        return self.values[column]


@dataclass
class CsvFolder:
    folder: Path
    complaints: list[Complaint] = field(default_factory=list)

    def read(self, file: str, columns: Sequence[Column]) -> list[CsvRow]:
        """The rows that are well formed; complaints about the others are kept."""
        try:
            text = (self.folder / file).read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            self.complain(file, 1, "", "there is no such file in the folder")
            return []
        except UnicodeDecodeError:
            self.complain(file, 1, "", "the file must be UTF-8")
            return []
        reader = csv.DictReader(text.splitlines(keepends=True), strict=True)
        try:
            return self._rows(file, columns, reader)
        except csv.Error as error:
            self.complain(file, reader.line_num, "", f"not proper CSV: {error}")
            return []

    def complain(self, file: str, line: int, column: str, message: str) -> None:
        self.complaints.append(Complaint(file, line, column, message))

    def complain_about(self, row: CsvRow, column: str, message: str) -> None:
        self.complain(row.file, row.line, column, message)

    def refuse_if_any(self) -> None:
        if self.complaints:
            raise CsvRefused(self.complaints)

    def _rows(
        self, file: str, columns: Sequence[Column], reader: "csv.DictReader[str]"
    ) -> list[CsvRow]:
        if not self._header_is_right(file, columns, list(reader.fieldnames or ())):
            return []
        rows = []
        for cells in reader:
            before = len(self.complaints)
            row = self._row(file, reader.line_num, columns, cells)
            if len(self.complaints) == before:
                rows.append(row)
        return rows

    def _header_is_right(self, file: str, columns: Sequence[Column], header: list[str]) -> bool:
        known = [column.name for column in columns]
        for name in header:
            if name not in known:
                self.complain(
                    file, 1, name, f"there is no such column; there are {', '.join(known)}"
                )
        missing = [
            column.name
            for column in columns
            if column.name not in header and column.default is None and not column.optional
        ]
        for name in missing:
            self.complain(file, 1, name, "this column is missing")
        return not missing

    def _row(
        self, file: str, line: int, columns: Sequence[Column], cells: dict[str, Any]
    ) -> CsvRow:
        if None in cells:
            self.complain(file, line, "", "there are more cells than columns")
        values = {}
        for column in columns:
            cell = (cells.get(column.name) or "").strip()
            try:
                values[column.name] = _parsed(column, cell)
            except ValueError as error:
                shown = f'"{cell[:40]}"' if cell else "an empty cell"
                self.complain(file, line, column.name, f"{shown} is not allowed here: {error}")
        return CsvRow(file, line, values)


def _parsed(column: Column, cell: str) -> Any:
    if cell:
        return column.parse(cell)
    if column.optional:
        return None
    if column.default is None:
        raise ValueError("it must be filled in")
    return column.parse(column.default)

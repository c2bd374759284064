"""What every row of the record has: a public id, and when it was made and changed."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from careline.kit.database import UtcDateTime

ID = String(40)
WORD = String(40)


class Dated:
    """Both times are given by the caller's clock: the database's own is not the record's."""

    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

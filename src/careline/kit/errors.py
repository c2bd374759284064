"""The base of our named errors, and the one shape in which the API shows them."""

from typing import Any


class CarelineError(Exception):
    """Something that the caller can be told, with what to do about it.

    `code` is stable and for programs; the message is one plain sentence for people.
    """

    code = "error"
    status = 400

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    def as_json(self) -> dict[str, Any]:
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.field is not None:
            error["field"] = self.field
        return {"error": error}


class NotFound(CarelineError):
    """There is no such thing, or the caller may not know that there is."""

    code = "not_found"
    status = 404


class Invalid(CarelineError):
    """The request cannot be understood as it is; the message says what to change."""

    code = "invalid"
    status = 422


class Conflict(CarelineError):
    """The thing changed meanwhile, or is already done; read it again before trying again."""

    code = "conflict"
    status = 409


class TooLarge(CarelineError):
    """The body or the file is larger than this address takes."""

    code = "too_large"
    status = 413


class Unauthorised(CarelineError):
    """No token, or one that is not ours; sign in again."""

    code = "unauthorised"
    status = 401


class Forbidden(CarelineError):
    """The token is good, but its role does not reach this."""

    code = "forbidden"
    status = 403

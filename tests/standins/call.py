"""What comes in and what goes out: so that gateways and /control need not know how HTTP is read and written."""

import dataclasses
import json


class BadCall(Exception):
    """The caller said something that cannot be meant; the text says what."""


@dataclasses.dataclass(frozen=True)
class Call:
    method: str
    path: str
    query: dict
    headers: object  # Case-insensitive, with .get(name).
    body: bytes

    def json(self):
        """The body as a JSON object; BadCall for anything else."""
        try:
            content = json.loads(self.body or b"{}")
            json.dumps(content, ensure_ascii=False).encode()  # Half a character is no text.
        except (ValueError, RecursionError) as error:
            raise BadCall(f"the body is not JSON: {error}") from error
        if not isinstance(content, dict):
            raise BadCall("the body has to be a JSON object")
        return content


@dataclasses.dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    content_type: str = "application/json; charset=utf-8"


def json_answer(status, content):
    return Answer(status, json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode())


def is_won(value):
    """Money is whole won. True would pass for 1 in Python, so the type is asked exactly."""
    return type(value) is int and 0 < value <= 10**12

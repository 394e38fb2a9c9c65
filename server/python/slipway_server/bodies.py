"""What a request brings: its headers and its body, as ASGI gives them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from .errors import TooLarge

Receive = Callable[[], Awaitable[dict]]


class ClientGone(Exception):
    """The client closed the connection before its request was complete: nobody is there to answer."""


def header(scope: dict, wanted: bytes) -> str | None:
    for name, value in scope["headers"]:
        if name == wanted:
            return value.decode("latin-1")
    return None


async def read_body(scope: dict, receive: Receive, limit: int) -> bytes:
    """Read a request body of at most `limit` bytes.

    A larger one is read to its end without being kept, up to eight times the limit, because a client that is still
    sending sees a reset connection instead of the answer. Raises TooLarge.
    """
    first = await receive()
    if first["type"] == "http.disconnect":
        raise ClientGone
    body = first.get("body", b"")
    if not first.get("more_body", False):
        if len(body) > limit:
            raise TooLarge(limit)
        return body
    parts, size = [body], len(body)
    more = True
    while more and size <= 8 * limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        part = message.get("body", b"")
        size += len(part)
        if size <= limit:
            parts.append(part)
        else:
            parts.clear()
        more = message.get("more_body", False)
    if size > limit:
        raise TooLarge(limit)
    return b"".join(parts)

"""How notifiers speak HTTP: bounded, without redirects, and not into private networks unless that is allowed."""

from __future__ import annotations

import ipaddress
import json
import socket
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from seamark.notify.notifier import DeliveryFailed
from seamark.records.options import require

_RETRIED_STATUS: Final = frozenset({408, 409, 425, 429})
_SHOWN_CHARS: Final = 200


def require_url(options: Any, name: str = "url") -> None:
    """Raises InvalidInput for what is no address of a web server."""
    fine = getattr(options, name).startswith(("http://", "https://"))
    require(options, name, fine, "a URL that starts with http:// or https://")


def send(
    url: str,
    body: bytes | Mapping[str, Any] | list[Any] | None,
    *,
    headers: Mapping[str, str] | None = None,
    method: str = "POST",
    timeout_seconds: float = 10.0,
    allow_private: bool = False,
    shown: str = "",
) -> Any:
    """The decoded answer (None where it is no JSON) of any 2xx.

    4xx is permanent (but for 408, 409, 425 and 429), all else is tried again. `shown` is what errors call the address,
    where that is a secret.
    """
    import httpx  # noqa: PLC0415 a bare install reads configurations, too

    shown = shown or url
    check_target(url, shown, allow_private=allow_private)
    content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    sent = {"Content-Type": "application/json", **(headers or {})}
    try:
        answer = httpx.request(
            method,
            url,
            content=None if body is None else content,
            headers=sent,
            timeout=timeout_seconds,
            follow_redirects=False,
        )
    except httpx.HTTPError as failure:
        raise DeliveryFailed(f"{shown} could not be reached: {_words(failure, url, shown)}.") from None
    except (httpx.InvalidURL, ValueError) as failure:
        raise DeliveryFailed(f"{shown} is not a URL: {_words(failure, url, shown)}.", permanent=True) from None
    if not answer.is_success:
        permanent = 300 <= answer.status_code < 500 and answer.status_code not in _RETRIED_STATUS
        said = answer.text[:_SHOWN_CHARS].replace("\n", " ").strip()
        raise DeliveryFailed(
            f"{shown} answered {answer.status_code}{f': {said}' if said else ''}.", permanent=permanent
        )
    try:
        return answer.json()
    except ValueError:
        return None


def check_target(url: str, shown: str, *, allow_private: bool) -> None:
    """Raises DeliveryFailed where the name leads into a private network, unless that is allowed."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as failure:
        raise DeliveryFailed(f"{shown} is not a URL: {failure}.", permanent=True) from None
    if allow_private:
        return
    try:
        found = {str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as failure:
        raise DeliveryFailed(f"The host of {shown} cannot be found: {failure}.") from None
    private = sorted(each for each in found if not ipaddress.ip_address(each.partition("%")[0]).is_global)
    if private:
        raise DeliveryFailed(
            f"{shown} leads into a private network ({private[0]}); say allow_private = true if that is meant.",
            permanent=True,
        )


def _words(failure: Exception, url: str, shown: str) -> str:
    """What went wrong, without an address that is a secret."""
    return (str(failure) or type(failure).__name__).replace(url, shown).rstrip(".")

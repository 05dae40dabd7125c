"""POSTs each message as JSON to a URL, signed when a secret is set."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import asdict, dataclass

import httpx

from seamark.notify.notifier import DeliveryFailed, Message, Notifier
from seamark.records.options import require
from seamark.records.secret import Secret

_RETRIED_STATUS = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Options:
    """`secret` signs the body: header `X-Seamark-Signature: sha256=HMAC-SHA256(secret, body)`."""

    url: str
    secret: Secret | None = None
    timeout_seconds: float = 10.0

    def __post_init__(self) -> None:
        """Raises InvalidInput for what is no address of a web server."""
        fine = self.url.startswith(("http://", "https://"))
        require(self, "url", fine, "a URL that starts with http:// or https://")


def body_of(message: Message) -> bytes:
    """The JSON document a receiver gets; field names are the Message's."""
    return json.dumps({"version": 1, **asdict(message)}, ensure_ascii=False).encode()


def deliver(options: Options, message: Message) -> None:
    """Any 2xx is delivered; 4xx is permanent (but for 408, 425 and 429), all else is tried again."""
    body = body_of(message)
    headers = {"Content-Type": "application/json", "Idempotency-Key": message.key}
    if options.secret:
        digest = hmac.new(options.secret.reveal().encode(), body, hashlib.sha256).hexdigest()
        headers["X-Seamark-Signature"] = f"sha256={digest}"
    try:
        answer = httpx.post(
            options.url, content=body, headers=headers, timeout=options.timeout_seconds, follow_redirects=False
        )
    except httpx.HTTPError as failure:
        raise DeliveryFailed(f"{options.url} could not be reached: {failure}.") from failure
    except (httpx.InvalidURL, ValueError) as failure:
        raise DeliveryFailed(f"{options.url!r} is not a URL: {failure}.", permanent=True) from failure
    if not answer.is_success:
        permanent = 300 <= answer.status_code < 500 and answer.status_code not in _RETRIED_STATUS
        raise DeliveryFailed(f"{options.url} answered {answer.status_code}.", permanent=permanent)


NOTIFIER = Notifier(title="Webhook", options=Options, deliver=deliver)

"""Everything that Apprise knows how to reach, by its URLs: https://github.com/caronc/apprise/wiki.

Needs `pip install 'seamark[apprise]'`.
"""

from __future__ import annotations

from dataclasses import dataclass

from seamark.notify.notifier import DeliveryFailed, Message, Notifier
from seamark.notify.notifiers._text import check_template, details, headline
from seamark.records.secret import Secret


@dataclass(frozen=True, slots=True)
class Options:
    """The URL holds tokens, so it is a secret; several may stand on lines of their own."""

    urls: Secret
    template: str = ""

    def __post_init__(self) -> None:
        """Raises InvalidInput for a bad template."""
        check_template(self)


def deliver(options: Options, message: Message) -> None:
    """Apprise says whether it was taken, not why not; so it is tried again."""
    try:
        import apprise  # noqa: PLC0415 only this receiver needs it
    except ImportError:
        said = "Apprise is not installed; run `pip install 'seamark[apprise]'`."
        raise DeliveryFailed(said, permanent=True) from None
    found = apprise.Apprise()
    if not all(found.add(url) for url in options.urls.reveal().split()):
        raise DeliveryFailed(f"Apprise does not know the URL in {options.urls.source}.", permanent=True)
    kind = apprise.NotifyType.SUCCESS if message.state == "resolved" else apprise.NotifyType.WARNING
    body = "\n".join([*details(message), message.link])
    if not found.notify(body=body, title=headline(message, options.template), notify_type=kind):
        raise DeliveryFailed(f"What {options.urls.source} names has not taken the message.")


NOTIFIER = Notifier(title="Apprise", options=Options, deliver=deliver, paced=True)

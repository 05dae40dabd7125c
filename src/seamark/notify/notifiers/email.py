"""E-mail over SMTP, as HTML and as text; one conversation per incident."""

from __future__ import annotations

import re
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parseaddr
from html import escape
from typing import Final, Literal

from seamark.notify.notifier import DeliveryFailed, Message, Notifier
from seamark.notify.notifiers._text import check_template, cut, details, headline
from seamark.records.options import require
from seamark.records.secret import Secret

_SUBJECT_CHARS: Final = 200
_COLOURS: Final = {"critical": "#b42318", "high": "#b42318", "warning": "#b54708", "info": "#175cd3"}


@dataclass(frozen=True, slots=True)
class Options:
    """`security`: "starttls" (port 587), "tls" (port 465) or "none" (a relay on this machine)."""

    host: str
    sender: str
    to: tuple[str, ...]
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: Secret | None = None
    template: str = ""
    timeout_seconds: float = 30.0

    def __post_init__(self) -> None:
        """Raises InvalidInput for what is no address."""
        require(self, "host", bool(self.host), "the name of an SMTP server")
        require(self, "sender", _is_address(self.sender), "an e-mail address")
        require(self, "to", bool(self.to) and all(map(_is_address, self.to)), "a list of e-mail addresses")
        require(self, "port", 0 < self.port < 65_536, "between 1 and 65535")
        check_template(self)


def _is_address(text: str) -> bool:
    return bool(re.fullmatch(r"[^@\s]+@[^@\s]+", parseaddr(text)[1])) and "\n" not in text


def mail_of(options: Options, message: Message) -> EmailMessage:
    """The mail. Its id is made of the message's key, so that a repeat is the same mail to whoever keeps it."""
    domain = parseaddr(options.sender)[1].rpartition("@")[2]
    mail = EmailMessage()
    mail["Subject"] = cut(_subject(message, options.template), _SUBJECT_CHARS)
    mail["From"] = options.sender
    mail["To"] = ", ".join(options.to)
    mail["Message-ID"] = f"<{_id_of(message.key)}@{domain}>"
    root = message.thread or f"<{_id_of(message.incident)}@{domain}>"
    mail["References"] = root
    if message.thread:
        mail["In-Reply-To"] = root
    mail["X-Seamark-Incident"] = message.incident
    mail["Auto-Submitted"] = "auto-generated"
    lines = [headline(message, options.template), "", *details(message), "", message.link]
    mail.set_content("\n".join(lines))
    mail.add_alternative(html_of(message, options.template), subtype="html")
    mail.set_boundary(f"=_{_id_of(message.key)}")  # a repeat is the same mail, to the last sign
    return mail


def html_of(message: Message, template: str = "") -> str:
    """The mail as a page that needs nothing from elsewhere."""
    colour = "#067647" if message.state == "resolved" else _COLOURS.get(message.severity, "#344054")
    rows = "".join(f'<p style="margin:6px 0">{escape(line)}</p>' for line in details(message))
    button = (
        f'<a href="{escape(message.link)}" style="display:inline-block;margin-top:12px;padding:8px 14px;'
        f'background:{colour};color:#fff;border-radius:6px;text-decoration:none">Open in Seamark</a>'
    )
    title = f'<h2 style="margin:0 0 10px;font-size:17px">{escape(headline(message, template))}</h2>'
    frame = f"max-width:640px;padding:16px;border-left:4px solid {colour};font:14px/1.45 system-ui,sans-serif"
    return f'<!doctype html><html><body><div style="{frame};color:#101828">{title}{rows}{button}</div></body></html>'


def _subject(message: Message, template: str) -> str:
    """The same for all mails of an incident, so that they are one conversation everywhere."""
    if template or message.is_summary or message.reason == "test":
        return headline(message, template)
    return headline(message, "[{priority}] {title}{about}")


def _id_of(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", ".", text)


def deliver(options: Options, message: Message) -> str | None:
    """A refusal with 5xx is final. The reference is the id of the incident's first mail."""
    mail = mail_of(options, message)
    context = ssl.create_default_context()
    try:
        if options.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                options.host, options.port, timeout=options.timeout_seconds, context=context
            )
        else:
            server = smtplib.SMTP(options.host, options.port, timeout=options.timeout_seconds)
        with server:
            if options.security == "starttls":
                server.starttls(context=context)
            if options.user and options.password is not None:
                server.login(options.user, options.password.reveal())
            server.send_message(mail)
    except smtplib.SMTPRecipientsRefused as refused:
        codes = [code for code, _ in refused.recipients.values()]
        said = f"{options.host} takes no mail for {', '.join(refused.recipients)}."
        raise DeliveryFailed(said, permanent=all(code >= 500 for code in codes)) from None
    except smtplib.SMTPResponseException as refused:
        said = f"{options.host} answered {refused.smtp_code}: {_readable(refused.smtp_error)}."
        raise DeliveryFailed(said, permanent=refused.smtp_code >= 500) from None
    except smtplib.SMTPNotSupportedError as failure:
        raise DeliveryFailed(f"{options.host} does not do what is asked of it: {failure}.", permanent=True) from None
    except (OSError, smtplib.SMTPException) as failure:
        raise DeliveryFailed(f"{options.host}:{options.port} could not be reached: {failure}.") from None
    return message.thread or str(mail["Message-ID"])


def _readable(said: bytes | str) -> str:
    return said.decode(errors="replace") if isinstance(said, bytes) else said


NOTIFIER = Notifier(title="E-mail", options=Options, deliver=deliver, paced=True)

"""Mail through a real SMTP server on loopback: taken, refused for now, refused for good, away."""

import socket
from dataclasses import replace
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from tests.unit.notify.test_webhook import MESSAGE

from seamark.errors import InvalidInput
from seamark.notify.notifier import DeliveryFailed
from seamark.notify.notifiers.email import Options, deliver
from seamark.records.secret import Secret


class Mailbox:
    """Keeps what it is sent, unless it is told to refuse it."""

    def __init__(self):
        self.mails, self.answer = [], "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):  # noqa: N802 aiosmtpd's name
        if address.startswith("nobody"):
            return "550 No such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 aiosmtpd's name
        if self.answer.startswith("2"):
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return self.answer


@pytest.fixture
def server():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(Mailbox(), hostname="127.0.0.1", port=port)
    controller.start()
    yield controller
    controller.stop()


def options(server, **fields):
    given = {"sender": "Seamark <seamark@example.com>", "to": ("ana@example.com",), "security": "none", **fields}
    return Options("127.0.0.1", port=server.port, **given)


def test_a_mail_arrives_as_text_and_as_a_page(server):
    reference = deliver(options(server, to=("ana@example.com", "Bo <bo@example.com>")), MESSAGE)
    [mail] = server.handler.mails
    assert (mail["Subject"], mail["To"]) == ("[P2] amount drifted (fraud)", "ana@example.com, Bo <bo@example.com>")
    text = mail.get_body(("plain",)).get_content()
    page = mail.get_body(("html",)).get_content()
    assert "Suggested cause: amount changed its distribution." in text
    assert text.count(MESSAGE.link) == page.count(MESSAGE.link) == 1
    assert reference == mail["Message-ID"] == "<inc_1.1@example.com>"


def test_mails_of_one_incident_are_one_conversation_and_a_repeat_is_the_same_mail(server):
    reference = deliver(options(server), MESSAGE)
    over = replace(MESSAGE, key="inc_1:4", revision=4, reason="resolved", state="resolved", thread=reference)
    assert deliver(options(server), over) == reference
    deliver(options(server), over)
    first, second, repeat = server.handler.mails
    assert second["In-Reply-To"] == second["References"] == first["Message-ID"]
    assert second["Subject"] == first["Subject"]
    assert (repeat["Message-ID"], repeat.as_bytes()) == (second["Message-ID"], second.as_bytes())


def test_what_stands_in_a_mail_cannot_add_headers_or_markup(server):
    evil = replace(MESSAGE, title="x\r\nBcc: all@example.com <script>alert(1)</script>")
    deliver(options(server), evil)
    [mail] = server.handler.mails
    assert mail["Bcc"] is None
    assert "<script>" not in mail.get_body(("html",)).get_content()


@pytest.mark.parametrize(("answer", "permanent"), [("451 Later", False), ("554 Never", True)])
def test_a_refusal_says_whether_to_come_again(server, answer, permanent):
    server.handler.answer = answer
    with pytest.raises(DeliveryFailed, match=rf"127.0.0.1 answered {answer[:3]}: {answer[4:]}") as failure:
        deliver(options(server), MESSAGE)
    assert failure.value.permanent is permanent


def test_a_person_who_does_not_exist_is_named(server):
    with pytest.raises(DeliveryFailed, match="takes no mail for nobody@example") as failure:
        deliver(options(server, to=("nobody@example.com",)), MESSAGE)
    assert failure.value.permanent


def test_a_server_without_encryption_is_not_told_anything_unless_that_is_meant(server):
    with pytest.raises(DeliveryFailed, match="STARTTLS") as failure:
        deliver(options(server, security="starttls", user="ana", password=Secret("s3cret", "env:P")), MESSAGE)
    assert failure.value.permanent
    assert server.handler.mails == []


def test_a_server_that_is_away_is_tried_again():
    away = Options("127.0.0.1", "seamark@example.com", ("ana@example.com",), port=1, security="none")
    with pytest.raises(DeliveryFailed, match="could not be reached") as failure:
        deliver(away, MESSAGE)
    assert not failure.value.permanent


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"to": ()}, "to must be a list of e-mail addresses"),
        ({"to": ("ana",)}, "to must be"),
        ({"sender": "nobody"}, "sender must be an e-mail address"),
        ({"sender": "a@b.c\nBcc: x@y.z"}, "sender must be"),
        ({"port": 0}, "port must be between 1 and 65535"),
        ({"host": ""}, "host must be the name of an SMTP server"),
    ],
)
def test_what_is_no_address_is_refused_in_a_sentence(wrong, words):
    with pytest.raises(InvalidInput, match=words):
        Options(**{"host": "h", "sender": "a@b.c", "to": ("d@e.f",), **wrong})

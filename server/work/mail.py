"""Mails about alarms: what they say, and sending them by SMTP."""

import json
import smtplib
import ssl
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final
from uuid import uuid4

from server.alarming import Alarm, AlarmKind
from server.errors import SettingsInvalid
from server.labels import label
from server.settings import Mail, Settings
from server.spans import TOKYO
from server.store.messages import MAIL, Message, Outgoing
from server.work.carrying import NotCarried
from server.work.words import words

TIMEOUT_S: Final = 10  # for each step of the conversation
MOST_LISTED: Final = 20
RAISED: Final = "alarm.raised"  # waits for the business hours
DANGER: Final = "alarm.safety"  # does not


class SmtpCarrier:
    """Hands mails to the server of the settings, one connection each.  Raises SettingsInvalid."""

    def __init__(self, settings: Mail, *, context: ssl.SSLContext | None = None) -> None:
        if not (settings.sender or settings.user) or not settings.recipients:
            raise SettingsInvalid("mail", "needs a sender and recipients")
        self._settings = settings
        self._context = context or ssl.create_default_context()

    def carry(self, outgoing: Outgoing, *, timestamp: int) -> None:
        """See `Carrier`."""
        mail = self._mail(outgoing, timestamp)
        try:
            connection = self._connected()
            try:
                connection.send_message(mail)
            finally:
                _hang_up(connection)
        except (smtplib.SMTPException, OSError) as error:
            raise NotCarried(_reason(error)) from error

    def _connected(self) -> smtplib.SMTP:
        mail = self._settings
        if mail.security == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(mail.host, mail.port, timeout=TIMEOUT_S, context=self._context)
        else:
            connection = smtplib.SMTP(mail.host, mail.port, timeout=TIMEOUT_S)
        try:
            if mail.security == "starttls":
                connection.starttls(context=self._context)
            if mail.user:
                connection.login(mail.user, mail.password)
        except BaseException:
            connection.close()
            raise
        return connection

    def _mail(self, outgoing: Outgoing, timestamp: int) -> EmailMessage:
        told = json.loads(outgoing.message.payload)
        mail = EmailMessage()
        mail["Subject"] = told["subject"]
        mail["From"] = self._settings.sender or self._settings.user
        mail["To"] = ", ".join(self._settings.recipients)
        mail["Date"] = format_datetime(datetime.fromtimestamp(timestamp, UTC))
        mail["Message-ID"] = f"<{outgoing.id}@koemado>"
        mail["Auto-Submitted"] = "auto-generated"  # no out-of-office answers
        mail.set_content(told["body"], cte="base64")
        return mail


def _hang_up(connection: smtplib.SMTP) -> None:
    """Say good-bye; the mail is accepted or refused by now, whatever the answer."""
    with suppress(smtplib.SMTPException, OSError):
        connection.quit()
    connection.close()


def alarm_mails(alarms: Sequence[Alarm], settings: Settings) -> tuple[Message, ...]:
    """Return one mail about all new alarms; danger goes by itself, since it does not wait for the business hours."""
    told = [alarm for alarm in alarms if (alarm.kind, alarm.subject) != (AlarmKind.MESSAGE_FAILED, MAIL)]
    groups = {
        DANGER: [alarm for alarm in told if alarm.danger],
        RAISED: [alarm for alarm in told if not alarm.danger],
    }
    return tuple(_message(event, group, settings) for event, group in groups.items() if group)


def _message(event: str, alarms: Sequence[Alarm], settings: Settings) -> Message:
    names = {"organisation": settings.listening.organisation, "what": label("alarm", alarms[0].kind)}
    more = len(alarms) - 1
    subject = words("mail", "subject_more" if more else "subject").format(**names, more=more)
    parts = [words("mail", "opening").format(**names)]
    parts += [_about(alarm, settings.public_url) for alarm in alarms[:MOST_LISTED]]
    if len(alarms) > MOST_LISTED:
        link = f"{settings.public_url}/alarms"
        parts.append(words("mail", "not_listed").format(more=len(alarms) - MOST_LISTED, link=link))
    body = "\n\n".join([*parts, words("mail", "closing")]) + "\n"
    payload = json.dumps({"subject": subject, "body": body}, ensure_ascii=False)
    key = f"mail:{uuid4()}"  # the alarms themselves are raised once
    return Message(key=key, route=MAIL, event=event, payload=payload, case_id=None if more else alarms[0].case_id)


def _about(alarm: Alarm, public_url: str) -> str:
    """Return what, which case or device, and where to look; never who."""
    facts = {"what": label("alarm", alarm.kind), "moment": f"{alarm.about.astimezone(TOKYO):%Y-%m-%d %H:%M}"}
    if alarm.case_id is not None:
        link = f"{public_url}/cases/{alarm.case_id}"
        return words("mail", "case").format(**facts, number=alarm.number, link=link)
    if alarm.device_id is not None:
        return words("mail", "device").format(**facts, device=alarm.device_id, link=f"{public_url}/devices")
    return words("mail", "route").format(**facts, route=label("route", alarm.subject))


def _reason(error: Exception) -> str:
    """Return what went wrong without what the server said, which may name people."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = sorted({code for code, _ in error.recipients.values()})
        return f"SMTP recipients refused {codes}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"SMTP {error.smtp_code}"
    return type(error).__name__

"""Notices by e-mail, over SMTP."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

import aiosmtplib
from aiosmtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

from api.letters import Letter, Refused
from api.page_texts import texts
from api.settings import Settings

WAIT = 20.0  # seconds for each answer of the server
GOODBYE = 2.0  # seconds
PERMANENT = range(500, 600)
# An enhanced status (RFC 3463) says what is wrong; the words beside it may hold the address.
ENHANCED = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")


@dataclass(frozen=True)
class Mail:
    """Sends by the server of the settings, over a connection of its own for each letter."""

    settings: Settings
    wait: float = WAIT

    async def carry(self, letter: Letter) -> None:
        """Returns when the server has taken the letter. Raises Refused.

        Only what the server says of this recipient or letter for good (5xx) is not tried again;
        a server that is away, slow or does not know us is.
        """
        message = self._message(letter)
        try:
            await self._send(message, letter.recipient)
        except SMTPRecipientsRefused as refused:
            raise _refused_for_good(refused.recipients[0]) from None
        except aiosmtplib.SMTPDataError as refused:
            raise _refused_for_good(refused) from None
        except aiosmtplib.SMTPNotSupported:
            # A name with letters outside ASCII is beyond this server, and will be; else it is our
            # settings that ask too much of it.
            raise Refused("SMTPNotSupported", retry=letter.recipient.isascii()) from None
        except SMTPResponseException as refused:
            raise Refused(_problem(refused), retry=True) from None
        except (SMTPException, OSError, ValueError) as error:
            raise Refused(type(error).__name__, retry=True) from None

    async def _send(self, message: EmailMessage, recipient: str) -> None:
        client = self._client()
        try:
            await client.connect()
            await client.send_message(
                message, sender=self.settings.mail_from, recipients=[recipient]
            )
            # It has the letter: however it says goodbye, that stays so.
            with contextlib.suppress(SMTPException, OSError):
                await client.quit(timeout=GOODBYE)
        finally:
            client.close()

    def _client(self) -> aiosmtplib.SMTP:
        at = self.settings
        return aiosmtplib.SMTP(
            hostname=at.smtp_host,
            port=at.smtp_port,
            username=at.smtp_user,
            password=at.smtp_password.get_secret_value() if at.smtp_password else None,
            use_tls=at.smtp_tls == "tls",
            start_tls=at.smtp_tls == "starttls",
            local_hostname=self._domain,
            timeout=self.wait,
        )

    def _message(self, letter: Letter) -> EmailMessage:
        """The whole message. Raises Refused where no header can hold the address."""
        message = EmailMessage()
        name = texts("notices", letter.language)["sender"]
        try:
            message["From"] = Address(name, addr_spec=self.settings.mail_from)
            message["To"] = Address(addr_spec=letter.recipient)
            message["Subject"] = letter.subject
        except (ValueError, IndexError, MessageError):
            raise Refused("address unfit", retry=False) from None
        if self.settings.mail_reply_to:
            message["Reply-To"] = Address(addr_spec=self.settings.mail_reply_to)
        message["Date"] = format_datetime(letter.written_at)
        # The same notice, sent twice, is one message to the receiver.
        message["Message-ID"] = f"<{letter.uid}@{self._domain}>"
        # No out-of-office message comes back.
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        message.set_content(letter.text)  # takes away every Content header
        message["Content-Language"] = letter.language
        return message

    @property
    def _domain(self) -> str:
        return (self.settings.mail_from or "").partition("@")[2]


def _refused_for_good(refused: SMTPResponseException) -> Refused:
    return Refused(_problem(refused), retry=refused.code not in PERMANENT)


def _problem(refused: SMTPResponseException) -> str:
    """The code and its enhanced status, without the server's words."""
    enhanced = ENHANCED.search(refused.message)
    return f"SMTP {refused.code}{f' {enhanced[0]}' if enhanced else ''}"

"""Codes and secrets: what a customer keeps, and what may be told apart without being stored."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass

from stdnum import damm

SECRET_LENGTH = 10
PIN_LENGTH = 6
# Stands for the secret in what is kept and logged; the secret itself is put in when it is told.
SECRET_PLACE = "[[secret]]"  # noqa: S105  (a place, no password)
# No 0/o, 1/l/i: a secret is read aloud and copied by hand.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class Keys:
    """The desk's own key, from which everything else is derived."""

    key: bytes

    def text_hash(self, text: str) -> str:
        """Tells whether two texts are the same; keyed, since short texts could be guessed."""
        return self._mac("text", text).hex()

    def ticket_secret(self, code: str) -> str:
        """The secret that goes with a ticket code: derived, so the database holds none to leak."""
        digest = self._mac("ticket", code)
        return "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:SECRET_LENGTH])

    def pass_code_hash(self, code: str) -> str:
        """Finds a code that moves a conversation; keyed, since so few digits could be guessed."""
        return self._mac("pass", code).hex()

    def call_key(self, provider: str, call: str) -> str:
        """Finds a telephone call by its provider's name for it, which is not kept."""
        return self._mac("call", f"{provider}\0{call}").hex()

    def ticket_pin(self, code: str) -> str:
        """Six digits that go with a ticket code on the telephone, where letters cannot be keyed."""
        return f"{int.from_bytes(self._mac('pin', code)[:8]) % 10**PIN_LENGTH:0{PIN_LENGTH}d}"

    def sender_key(self, network: str, sender: str) -> str:
        """The id of the conversation that a client's name for its user stands for; only the desk
        can make it, and the same name from another network is another's."""
        return base64.urlsafe_b64encode(self._mac("sender", f"{network}\0{sender}")[:18]).decode()

    def tries_key(self, kind: str, who: str) -> str:
        """Counts who tries what, and keeps neither an address nor a code that was tried."""
        return self._mac("tries", f"{kind}\0{who}")[:18].hex()

    def proof_key(self) -> bytes:
        """Signs the sums that a browser works out in a flood."""
        return self._mac("proof", "")

    def tell(self, text: str, code: str) -> str:
        """The text as the customer reads it, with this ticket's secret in its place."""
        return text.replace(SECRET_PLACE, self.ticket_secret(code))

    def ticket_secret_fits(self, code: str, secret: str) -> bool:
        given = secret.strip().lower().encode()
        return hmac.compare_digest(self.ticket_secret(code).encode(), given)

    def _mac(self, purpose: str, text: str) -> bytes:
        return hmac.digest(self.key, f"{purpose}\0{text}".encode(), hashlib.sha256)


def new_ticket_code() -> str:
    """A code that can be said aloud and keyed in: LK-384-2175, its last digit a check (Damm)."""
    number = f"{secrets.randbelow(1_000_000):06d}"
    number += damm.calc_check_digit(number)
    return f"LK-{number[:3]}-{number[3:]}"


def normal_ticket_code(text: str) -> str | None:
    """The code in the way it is kept, from any way of writing it; none when a digit is wrong."""
    digits = "".join(sign for sign in text if sign.isdigit())
    if len(digits) != 7 or not damm.is_valid(digits):
        return None
    return f"LK-{digits[:3]}-{digits[3:]}"

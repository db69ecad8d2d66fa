"""Notices by text message, through any HTTP gateway that speaks a small JSON (docs/notices.md)."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from api.letters import Letter, Refused
from api.settings import Settings

WAIT = 20.0  # seconds
# The gateway will never send this one. Any other refusal may be ours or its own, and passes.
FOR_GOOD = (400, 410, 422)


@dataclass(frozen=True)
class TextMessages:
    """Sends by the gateway of the settings."""

    settings: Settings
    client: httpx.AsyncClient

    @classmethod
    def through(cls, settings: Settings, *, wait: float = WAIT) -> TextMessages:
        return cls(settings, httpx.AsyncClient(timeout=wait, follow_redirects=False))

    async def carry(self, letter: Letter) -> None:
        """Returns when the gateway has taken the message. Raises Refused."""
        body = {"id": letter.uid, "to": letter.recipient, "text": letter.text}
        if self.settings.sms_from:
            body["from"] = self.settings.sms_from
        try:
            answer = await self.client.post(
                self.settings.sms_url or "", json=body, headers=self._headers(letter)
            )
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise Refused(type(error).__name__, retry=True) from None
        if not answer.is_success:
            code = answer.status_code
            raise Refused(f"HTTP {code}", retry=code not in FOR_GOOD)

    def _headers(self, letter: Letter) -> dict[str, str]:
        headers = {"Idempotency-Key": letter.uid}
        if self.settings.sms_token:
            headers["Authorization"] = f"Bearer {self.settings.sms_token.get_secret_value()}"
        return headers

    async def close(self) -> None:
        await self.client.aclose()

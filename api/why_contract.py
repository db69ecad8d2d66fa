"""Why a message was answered as it was, as the public contract tells of it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from api.contract import Language, OutcomeKind


class WordOut(BaseModel):
    word: str = Field(description="As the customer wrote it.")
    met: str = Field(description="The service's word that it met.")
    language: str = Field(description="Of the service's text.")
    where: Literal["name", "summary", "labels", "phrase"]
    by: Literal["word", "letters"] = Field(
        description="word: a dictionary form or a compound's part in common; letters: spelt alike."
    )
    points: float


class PhraseOut(BaseModel):
    text: str
    language: str
    similarity: float = Field(description="Cosine of the two sentence vectors, -1 to 1.")


class EvidenceOut(BaseModel):
    index: str
    score: float
    points: float = Field(description="Against the average service; their sum ranks the services.")
    share: float = Field(description="Of all that speaks for the service, 0 to 1.")


class ConsideredOut(BaseModel):
    """One service that the desk considered, and what speaks for it by today's catalogue."""

    id: str
    name: str
    probability: float = Field(description="When the turn was decided, 0 to 1.")
    chosen: bool = Field(
        description="The customer chose it, or the talk was about it: the search did not decide."
    )
    today: float | None = Field(description="Probability now; null where it cannot be found now.")
    words: list[WordOut]
    phrase: PhraseOut | None = Field(description="The customers' phrase nearest in meaning.")
    evidence: list[EvidenceOut]


class DecidedOut(BaseModel):
    kind: OutcomeKind
    by: str | None = Field(description="The action that decided, or why the desk had to.")
    answer_from: float = Field(description="A service as likely as this is answered with.")
    answer_from_when_taken: float = Field(description="The same, while the desk has a matter open.")
    ask_from: float = Field(description="The first three together as likely as this are offered.")
    ask_from_when_taken: float = Field(description="The same, while the desk has a matter open.")


class VersionsOut(BaseModel):
    """What the turn was decided by, as far as it was kept, and what explains it now."""

    catalogue_then: int | None = Field(description="Null where the desk decided without the bot.")
    catalogue_now: int
    encoder: str = Field(description="Of today.")
    bot_model: str | None = Field(description="Of today; null while no bot has been started.")


class WhyOut(BaseModel):
    turn: int = Field(description="Which of the customer's messages in the conversation, from 1.")
    question: str = Field(description="As it is kept: without personal data.")
    language: Language
    decided: DecidedOut
    services: list[ConsideredOut] = Field(description="The first three, likeliest first.")
    explained_by: Literal["same", "today"] = Field(
        description="same: the catalogue that decided; today: explained by today's catalogue, "
        "which is another, or it is not known which decided."
    )
    versions: VersionsOut

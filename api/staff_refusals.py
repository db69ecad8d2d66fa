"""What the page of a ticket says when one of its forms is refused."""

from __future__ import annotations

from api import file_problems
from api.contract import LONGEST_MESSAGE, Language
from api.page_texts import texts
from api.staff_work import AnswerRefused
from desk.errors import (
    DeskError,
    DuePast,
    DueRefused,
    FileRefused,
    GoalIncomplete,
    HandedOnAlready,
    HelperAway,
    NobodyElse,
    NothingDue,
    NotTheHelper,
    ReasonMissing,
    ReceiverUnclear,
    ReceiverUnfit,
    ReceiverUnknown,
    ResultMissing,
    ResultUntold,
    SubtaskDone,
    SubtasksOpen,
    TakenAlready,
)

FORM_REFUSED: dict[type[DeskError], tuple[int, str]] = {
    TakenAlready: (409, "taken_already"),
    HandedOnAlready: (409, "handed_on_already"),
    NobodyElse: (409, "nobody_else"),
    ReceiverUnclear: (422, "receiver_unclear"),
    ReceiverUnknown: (422, "receiver_unknown"),
    ReceiverUnfit: (422, "receiver_unfit"),
    ReasonMissing: (422, "text_missing"),
    GoalIncomplete: (422, "goal_incomplete"),
    HelperAway: (409, "helper_away"),
    NotTheHelper: (409, "not_the_helper"),
    SubtaskDone: (409, "help_done_already"),
    ResultMissing: (422, "text_missing"),
    ResultUntold: (409, "result_untold"),
    SubtasksOpen: (409, "subtasks_open"),
    DuePast: (422, "due_past"),
    NothingDue: (409, "nothing_due"),
}
# What is wrong with a new due time.
DUE_REFUSED = {
    "unclear": "due_unclear",
    "legal": "due_legal",
    "hours": "due_hours",
    "far": "due_far",
}
REFUSALS: tuple[type[DeskError], ...] = (AnswerRefused, FileRefused, DueRefused, *FORM_REFUSED)


def refusal(error: DeskError, language: Language) -> tuple[int, str]:
    """The status and the sentence that says what to do, with the name where one is told."""
    if isinstance(error, FileRefused):
        return file_problems.told(error, language)
    t = texts("staff", language)
    if isinstance(error, AnswerRefused):
        return 422, t[error.reason].format(most=LONGEST_MESSAGE)
    if isinstance(error, DueRefused):
        return 422, t[DUE_REFUSED[error.reason]]
    status, name = next(told for kind, told in FORM_REFUSED.items() if isinstance(error, kind))
    return status, t[name].format(name=getattr(error, "name", ""))

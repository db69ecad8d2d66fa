"""What can go wrong at the desk, by name.

DeskError
├── CodeUnknown          no conversation waits for this code: never made, used, or too old
├── MessageIdReused      the same message_id came with another text
├── NobodyToOwn          no active person is in any team: the desk must not open
├── TicketUnknown        no such ticket, or the secret does not fit (never told apart)
├── TeamUnknown          no team has this code
├── TeamRefused          the team cannot be as it was told; `reason` names why, `what` of what
├── AbsenceRefused       the absence cannot be as it was told; `reason` names why
├── RotaRefused          the shift cannot be as it was told; `reason` names why
├── RolesRefused         the roles cannot be as they were given; `reason` names why
├── IdentityRefused      the organisation's log-in opens no door here; `reason` names why
├── NotAllowed           none of the person's roles allows it
├── NothingToRate        nobody of the staff has answered the matter yet
├── RatingFixed          the time to change a rating is over
├── ReopenTooLate        the matter was closed too long ago to be opened again
├── AlarmUnknown         the person has no such alarm
├── DuePast              a promise cannot be given for a time that is over
├── DueRefused           the new due time cannot be as it was told; `reason` names why
├── NothingLeft          a receipt tells what was left, where, and how many documents
├── NothingDue           the customer has their answer: there is no promise to change
├── ResultUntold         a complaint is closed only when the customer knows what came of it
├── TicketClosed         a closed ticket takes no new message
├── TakenAlready         the matter is somebody else's by now, whose name it tells
├── HandedOnAlready      an unaccepted matter never goes back to who has handed it on
├── ReceiverUnclear      a transfer names one receiver: a service, a team or a person
├── ReceiverUnknown      no such service, team or person
├── ReceiverUnfit        the person has left, or has no role that answers
├── NobodyElse           nobody but the sender is there who could have the matter
├── ReasonMissing        a transfer says why, and a note says something
├── GoalIncomplete       help is asked for with a goal, an end that both see, and a time
├── HelperAway           the helper is away then, and nobody stands in
├── NotTheHelper         the help was asked of somebody else, whose name it tells
├── SubtaskDone          the result has been told already
├── ResultMissing        help is done with a result, and not without
├── CallUnknown          no such telephone call, or it has gone on since: nothing moves twice
├── SlotTaken            the time to be rung at has no room, or is no such time
├── NoNumber             there is no telephone number to ring the customer at
├── NumberUnclear        what was given as a telephone number can be none
├── CallbackUnknown      no such call is waited for
├── FileRefused          a file cannot be taken as it is; `reason` names why
├── FileUnknown          no such file on the matter, or one that may not be opened
├── MatterHeld           nothing of the matter may be removed for now; names it by its code
├── CannedRefused        a ready answer cannot be kept as it is; `reason` names why
└── SubtasksOpen         a matter does not close while somebody works on a part of it
"""


class DeskError(Exception):
    """Something the desk refuses; the edge turns it into a status and a prepared sentence."""


class MessageIdReused(DeskError):
    pass


class CodeUnknown(DeskError):
    pass


class NobodyToOwn(DeskError):
    pass


class TicketUnknown(DeskError):
    pass


class TeamUnknown(DeskError):
    pass


class TeamRefused(DeskError):
    def __init__(self, reason: str, what: str) -> None:
        super().__init__(reason, what)
        self.reason, self.what = reason, what


class TicketClosed(DeskError):
    pass


class AbsenceRefused(DeskError):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RotaRefused(DeskError):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RolesRefused(DeskError):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class IdentityRefused(DeskError):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotAllowed(DeskError):
    pass


class NothingToRate(DeskError):
    pass


class RatingFixed(DeskError):
    pass


class ReopenTooLate(DeskError):
    pass


class AlarmUnknown(DeskError):
    pass


class DuePast(DeskError):
    pass


class DueRefused(DeskError):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NothingLeft(DeskError):
    pass


class NothingDue(DeskError):
    pass


class ResultUntold(DeskError):
    pass


class TakenAlready(DeskError):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class HandedOnAlready(DeskError):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class ReceiverUnclear(DeskError):
    pass


class ReceiverUnknown(DeskError):
    pass


class ReceiverUnfit(DeskError):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class NobodyElse(DeskError):
    pass


class ReasonMissing(DeskError):
    pass


class GoalIncomplete(DeskError):
    def __init__(self, part: str) -> None:
        super().__init__(part)
        self.part = part


class HelperAway(DeskError):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class NotTheHelper(DeskError):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class SubtaskDone(DeskError):
    pass


class ResultMissing(DeskError):
    pass


class CallUnknown(DeskError):
    pass


class SlotTaken(DeskError):
    pass


class NoNumber(DeskError):
    pass


class NumberUnclear(DeskError):
    pass


class CallbackUnknown(DeskError):
    pass


class FileRefused(DeskError):
    def __init__(self, reason: str, most: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.most = most  # of what there is too much, where that is told


class FileUnknown(DeskError):
    pass


class MatterHeld(DeskError):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class CannedRefused(DeskError):
    def __init__(self, reason: str, what: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.what = what  # the word that was not understood


class SubtasksOpen(DeskError):
    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count

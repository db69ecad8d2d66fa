"""What can go wrong at the desk, by name.

DeskError
├── MessageIdReused      the same message_id came with another text
├── NobodyToOwn          no active person is in any team: the desk must not open
├── TicketUnknown        no such ticket, or the secret does not fit (never told apart)
├── TeamUnknown          no team has this code
└── TicketClosed         a closed ticket takes no new message
"""


class DeskError(Exception):
    """Something the desk refuses; the edge turns it into a status and a prepared sentence."""


class MessageIdReused(DeskError):
    pass


class NobodyToOwn(DeskError):
    pass


class TicketUnknown(DeskError):
    pass


class TeamUnknown(DeskError):
    pass


class TicketClosed(DeskError):
    pass

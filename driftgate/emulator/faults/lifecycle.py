"""Faults of a conversation's life, and which of its promises each of them breaks."""

from __future__ import annotations

from collections.abc import Mapping

from driftgate.emulator.base import Emulator
from driftgate.emulator.faults.deletions import (
    AnyoneDeletes,
    AnyoneRenamesAfterDeletion,
    CozeAnyoneReads,
    CozeDeletedStillRead,
    DeletedAgain,
    DeletedRefusedOtherwise,
    DeletedStillListed,
    DeletedStillRenamed,
    DeletionDoesNothing,
    DeletionTakesNewestToo,
    NuwaxAnyoneReads,
    NuwaxDeletedStillRead,
    OldestRenamedAfterDeletion,
    RefusedButDeleted,
    RenamesLostAfterDeletion,
)
from driftgate.emulator.faults.fault import Fault, fault
from driftgate.emulator.faults.lists import (
    CozeOldestFirst,
    CreatedWithoutName,
    DifyOldestFirst,
    EverybodysListed,
    EveryThirdCreationLost,
    FormerNameListed,
    LaterPagesBeginEarly,
    LaterPagesBeginLate,
    OldestNotListed,
    PagesOneTooLong,
)

_GONE = "deleted-is-not-listed deleted-is-not-read"
_ROWS: Mapping[str, Mapping[type[Emulator], str]] = {
    "coze": {
        EveryThirdCreationLost: "created-is-read",
        CreatedWithoutName: "created-has-its-name",
        RenamesLostAfterDeletion: "last-name-is-read",
        OldestRenamedAfterDeletion: "others-stay",
        DeletionTakesNewestToo: "others-stay",
        LaterPagesBeginLate: "listed-once",
        LaterPagesBeginEarly: "listed-once",
        OldestNotListed: "listed-once",
        FormerNameListed: "listed-name",
        CozeOldestFirst: "listed-newest-first",
        PagesOneTooLong: "page-is-no-longer-than-asked",
        DeletedStillListed: "deleted-is-not-listed",
        CozeDeletedStillRead: "deleted-is-not-read",
        DeletedStillRenamed: "deleted-is-not-renamed",
        DeletionDoesNothing: f"{_GONE} deleted-is-not-renamed",
        EverybodysListed: "other-account-does-not-list",
        CozeAnyoneReads: "other-account-does-not-read",
        AnyoneRenamesAfterDeletion: "other-account-does-not-rename",
        AnyoneDeletes: "other-account-does-not-delete",
        RefusedButDeleted: "other-account-does-not-delete",
    },
    "dify": {
        EveryThirdCreationLost: "begun-is-listed",
        RenamesLostAfterDeletion: "last-name-is-listed",
        OldestRenamedAfterDeletion: "others-stay",
        DeletionTakesNewestToo: "others-stay",
        LaterPagesBeginLate: "listed-once",
        LaterPagesBeginEarly: "listed-once",
        DifyOldestFirst: "listed-latest-change-first",
        PagesOneTooLong: "page-is-no-longer-than-asked",
        DeletedStillListed: "deleted-is-not-listed",
        DeletedStillRenamed: "deleted-is-not-renamed",
        DeletedRefusedOtherwise: "deleted-is-not-renamed",
        DeletionDoesNothing: "deleted-is-not-listed deleted-is-not-renamed deleted-is-not-deleted-again",
        DeletedAgain: "deleted-is-not-deleted-again",
        EverybodysListed: "other-user-does-not-list",
        AnyoneRenamesAfterDeletion: "other-user-does-not-rename",
        AnyoneDeletes: "other-user-does-not-delete",
        RefusedButDeleted: "other-user-does-not-delete",
    },
    "nuwax": {
        EveryThirdCreationLost: "created-is-read",
        CreatedWithoutName: "created-has-its-topic",
        RenamesLostAfterDeletion: "last-topic-is-read",
        OldestRenamedAfterDeletion: "others-stay",
        DeletionTakesNewestToo: "others-stay",
        OldestNotListed: "listed-once",
        FormerNameListed: "listed-topic",
        PagesOneTooLong: "page-is-no-longer-than-asked",
        DeletedStillListed: "deleted-is-not-listed",
        NuwaxDeletedStillRead: "deleted-is-not-read",
        DeletedStillRenamed: "deleted-is-not-updated",
        DeletionDoesNothing: f"{_GONE} deleted-is-not-updated",
        EverybodysListed: "other-user-does-not-list",
        NuwaxAnyoneReads: "other-user-does-not-read",
        AnyoneRenamesAfterDeletion: "other-user-does-not-update",
        AnyoneDeletes: "other-user-does-not-delete",
        RefusedButDeleted: "other-user-does-not-delete",
    },
}


def faults(vendor: str) -> list[Fault]:
    return [
        fault(vendor, lie, " ".join(f"{vendor}.lifecycle.{slug}" for slug in breaks.split()))
        for lie, breaks in _ROWS[vendor].items()
    ]

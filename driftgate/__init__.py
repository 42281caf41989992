"""driftgate: does this base URL still keep the vendor's contract, and what has changed since the last look?

For programs, this package offers what the command line does. A name is imported when it is first used, so that
``import driftgate`` costs nothing.
"""

TYPE_CHECKING = False  # as typing has it, which takes longer to import than this module
if TYPE_CHECKING:
    from driftgate.base.errors import (
        DriftgateError,
        Inconclusive,
        OutOfBudget,
        RetriesExhausted,
        SetupError,
        UsageError,
    )
    from driftgate.checks.expect import Violation
    from driftgate.client.emulating import judge_client
    from driftgate.client.playing import play_client
    from driftgate.contract import Contract, load_contract
    from driftgate.drift.compare import compare
    from driftgate.drift.model import Drift
    from driftgate.emulator import emulate
    from driftgate.judge.exchanges import judge_exchanges
    from driftgate.record.reading import read_record
    from driftgate.record.record import Record
    from driftgate.report.result import Result

__version__ = "0.1.0"

__all__ = [
    "Contract",
    "Drift",
    "DriftgateError",
    "Inconclusive",
    "OutOfBudget",
    "Record",
    "Result",
    "RetriesExhausted",
    "SetupError",
    "UsageError",
    "Violation",
    "__version__",
    "compare",
    "emulate",
    "judge_client",
    "judge_exchanges",
    "load_contract",
    "play_client",
    "read_record",
]

_MODULES = {
    "Contract": "contract",
    "Drift": "drift.model",
    "DriftgateError": "base.errors",
    "Inconclusive": "base.errors",
    "OutOfBudget": "base.errors",
    "Record": "record.record",
    "Result": "report.result",
    "RetriesExhausted": "base.errors",
    "SetupError": "base.errors",
    "UsageError": "base.errors",
    "Violation": "checks.expect",
    "compare": "drift.compare",
    "emulate": "emulator",
    "judge_client": "client.emulating",
    "judge_exchanges": "judge.exchanges",
    "load_contract": "contract",
    "play_client": "client.playing",
    "read_record": "record.reading",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415

    value: object = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

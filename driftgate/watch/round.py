"""One round of a watch: judges what the budget of the day allows, keeps the records and tells what is new."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from driftgate.base.errors import UsageError
from driftgate.drift import Change, Severity
from driftgate.record.reading import baseline_of, read_record
from driftgate.record.record import Record
from driftgate.record.verdict import Exit
from driftgate.watch import news
from driftgate.watch.settings import Settings, Watched
from driftgate.watch.state import State, TargetState

_JUDGED = frozenset({Exit.CONFORMS, Exit.VIOLATES, Exit.DRIFT})
_TIME = "%Y-%m-%dT%H%M%SZ"

# judges a target with so many requests at most; writes TARGET.jsonl into the folder; the exit code
Judge = Callable[[str, int, Path], int]
# tells news by a channel; why they did not arrive, or None
Send = Callable[[str, Mapping[str, Any]], str | None]


@dataclass
class Round:
    """What a round did: a line for each thing, and what its exit code depends on."""

    settings: Settings
    state: State
    judge: Judge
    send: Send
    clock: Callable[[], datetime]
    lines: list[str] = field(default_factory=list)
    breaking: bool = False
    unjudged: bool = False
    undelivered: bool = False

    @property
    def exit(self) -> Exit:
        if self.breaking:
            return Exit.DRIFT
        return Exit.INCONCLUSIVE if self.unjudged or self.undelivered else Exit.CONFORMS

    def run(self) -> Exit:
        """Judges every target that the budget of the day allows, those first that waited longest."""
        waiting = sorted(self.settings.targets, key=lambda target: self.state.of(target.name).tried)
        judged = sum(self._try(target) for target in waiting)
        self.unjudged = self.unjudged or not judged
        for target in waiting:
            self._thin(target.name)
        self._deliver()
        self._save()
        return self.exit

    def _try(self, target: Watched) -> bool:
        now, cost = self.clock(), self.settings.cost
        left = self.settings.requests_per_day - self.state.spent(now)
        if left < cost:
            self.lines.append(
                f"{target.name}: not judged: of the day's requests {left} are left, and it may take {cost}"
            )
            return False
        self.state.of(target.name).tried = now.isoformat()
        self.state.spend(now, cost)  # before the first request: a watch that is killed has spent them
        self._save()
        name = f"{now.strftime(_TIME)}.jsonl"
        code, record = self._record(target.name, name)
        sent, end = record.footer.requests if record else cost, self.clock()
        self.state.spend(now, sent - cost)
        if end.date() != now.date():  # which of the days the server counted them on is not known
            self.state.spend(end, sent)
        if record and record.footer.exit in _JUDGED:
            self._compare(target, name, record)
        else:
            self._not_judged(target.name, name, code, record)
        self._save()
        return True

    def _record(self, target: str, name: str) -> tuple[int, Record | None]:
        """Judges a target, and keeps its record by date: the exit code, and the record if there is a whole one."""
        work = self.settings.folder / "latest" / target
        written, kept = work / f"{target}.jsonl", self._path(target, name)
        try:
            written.unlink(missing_ok=True)  # nobody may take an earlier run's record for this one's
            code = self.judge(target, self.settings.cost, work)
            if not written.exists():
                return code, None
            kept.parent.mkdir(parents=True, exist_ok=True)
            written.replace(kept)
        except OSError as problem:
            raise UsageError(f"{problem.filename}: cannot be written to ({problem.strerror})") from None
        return code, self._read(kept)

    def _read(self, path: Path) -> Record | None:
        try:
            return read_record(path)
        except UsageError as problem:
            self.lines.append(str(problem))
            return None

    def _compare(self, target: Watched, name: str, record: Record) -> None:
        state = self.state.of(target.name)
        before = self._before(target)
        changes = news.changes_of(before, record)
        if state.unjudged is not None:
            self._tell(target.name, name, "is judged again", [], suffix="/judged")
        if changes:
            self._keep(state, state.last, name)
            self._tell(target.name, name, news.says(before, changes), changes)
            self.breaking |= any(change.severity == Severity.BREAKING for change in changes)
        elif state.unjudged is None:
            self.lines.append(f"{target.name}: {'nothing new' if before else 'first record, nothing violated'}")
        if state.last is None:
            self._keep(state, name)
        state.last, state.unjudged = name, None

    def _keep(self, state: TargetState, *names: str | None) -> None:
        """Notes records that stay however old they are."""
        state.kept += [name for name in names if name and name not in state.kept]

    def _before(self, target: Watched) -> Record | None:
        """The last record that judged the target; before there is one, its baseline. Raises UsageError."""
        last = self.state.of(target.name).last
        record = self._read(self._path(target.name, last)) if last else None
        return record or baseline_of(target.baseline, target.name)

    def _not_judged(self, target: str, name: str, code: int, record: Record | None) -> None:
        """Told when it begins; not again until the target was judged."""
        self.unjudged = True
        footer = record.footer if record else None
        reason = f"exit code {footer.exit if footer else code}"
        if footer and (footer.setup_error or footer.not_restored):
            reason = footer.setup_error or f"{len(footer.not_restored)} changes were not restored"
        state = self.state.of(target)
        if state.unjudged is not None:
            self.lines.append(f"{target}: still could not be judged: {reason}")
            return
        state.unjudged = reason
        self._keep(state, name if record else None)
        self._tell(target, name, f"could not be judged: {reason}", [])

    def _tell(self, target: str, name: str, says: str, changes: list[Change], suffix: str = "") -> None:
        told = news.news_of(target, name + suffix, says, changes)
        self.lines += [told["says"], *news.lines_of(changes)]
        for channel in self.settings.hooks:
            self.state.pending.setdefault(channel, []).append(told)

    def _deliver(self) -> None:
        """Sends what is pending, in its order; what does not arrive stays, and is sent in the next round."""
        for channel in self.settings.hooks:
            waiting = self.state.pending.get(channel, [])
            while waiting:
                problem = self.send(channel, news.slack(waiting[0]) if channel == "slack" else waiting[0])
                if problem:
                    self.undelivered = True
                    self.lines.append(f"watch.{channel}: {problem}; {len(waiting)} news wait for the next round")
                    break
                waiting.pop(0)
                self._save()  # so that what arrived is not sent again

    def _thin(self, target: str) -> None:
        """Removes the old records between which nothing changed."""
        state = self.state.of(target)
        oldest = f"{(self.clock() - self.settings.keep).strftime(_TIME)}.jsonl"
        for path in self._path(target, "").glob("*.jsonl"):
            if path.name < oldest and path.name != state.last and path.name not in state.kept:
                path.unlink(missing_ok=True)

    def _path(self, target: str, name: str) -> Path:
        return self.settings.folder / "records" / target / name

    def _save(self) -> None:
        self.state.save(self.settings.folder)

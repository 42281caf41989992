"""Processes that do tasks for a while, and end: one that hangs or dies costs its task, and nothing else.

``multiprocessing.Pool`` can wait for ever when it is ended while its processes wait for tasks.
"""

from __future__ import annotations

import multiprocessing
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any, Generic, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

_LOOK = 1.0  # seconds between two looks at what hangs
_TASKS_OF_A_PROCESS = 100  # then a fresh one takes its place


@dataclass(frozen=True)
class Lost:
    """A task without a result, and why."""

    why: str


@dataclass
class _Worker(Generic[Task]):
    process: SpawnProcess
    pipe: Connection
    done: int = 0
    task: Task | None = None
    since: float = 0.0

    def give(self, function: Callable[[Task], Any], task: Task) -> None:
        self.task, self.since = task, time.monotonic()
        self.pipe.send((function, task))

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


def results_of(
    function: Callable[[Task], Result],
    tasks: Iterable[Task],
    *,
    jobs: int,
    until: float,
    patience: float,
    begin: tuple[Callable[..., None], Sequence[Any]] | None = None,
) -> Iterator[tuple[Task, Result | Lost]]:
    """Each task with its result, in the order in which they are done.

    No task is begun when the clock of ``time.monotonic`` has passed ``until``. One that takes longer than ``patience``
    seconds is ended. ``begin`` is called with its arguments in each process first.
    """
    waiting = deque(tasks)
    workers: list[_Worker[Task]] = [_started(begin) for _ in range(min(jobs, len(waiting)))]
    try:
        while True:
            for number in range(len(workers)):
                if workers[number].task is None and waiting and time.monotonic() < until:
                    workers[number] = _fresh(workers[number], begin)
                    workers[number].give(function, waiting.popleft())
            busy = [each for each in workers if each.task is not None]
            if not busy:
                return
            ready = wait([each.pipe for each in busy], timeout=_LOOK)
            for worker in busy:
                result = _result(worker, ready=worker.pipe in ready, patience=patience)
                if result is not None:
                    (value,), task = result, worker.task
                    worker.task, worker.done = None, worker.done + 1
                    assert task is not None
                    yield task, value
    finally:
        for worker in workers:
            worker.end()


def _result(worker: _Worker[Any], *, ready: bool, patience: float) -> tuple[Any] | None:
    """The result in a tuple of its own; None where the worker still works. Ends a worker that is of no more use."""
    if ready:
        with suppress(EOFError, OSError):
            return (worker.pipe.recv(),)
        worker.end()
        return (Lost("its process ended"),)
    if time.monotonic() - worker.since > patience:
        worker.end()
        return (Lost(f"no result within {patience:g} seconds"),)
    return None


def _fresh(worker: _Worker[Task], begin: tuple[Callable[..., None], Sequence[Any]] | None) -> _Worker[Task]:
    """The worker, or another one in place of one that has ended or done enough."""
    if not worker.pipe.closed and worker.done < _TASKS_OF_A_PROCESS:
        return worker
    if not worker.pipe.closed:
        worker.end()
    return _started(begin)


def _started(begin: tuple[Callable[..., None], Sequence[Any]] | None) -> _Worker[Any]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, begin), daemon=True)
    process.start()
    theirs.close()
    return _Worker(process, ours)


def _work(pipe: Connection, begin: tuple[Callable[..., None], Sequence[Any]] | None) -> None:
    if begin is not None:
        function, arguments = begin
        function(*arguments)
    while True:
        try:
            function, task = pipe.recv()
        except EOFError:
            return
        try:
            result = function(task)
        except Exception as problem:
            result = Lost(f"{type(problem).__name__}: {problem}")
        pipe.send(result)

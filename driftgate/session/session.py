"""A session: asks a target the questions of the suites, each only once, and shares the answers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from driftgate.base.jsonvalue import ABSENT, JSON, at, put
from driftgate.cases import generate
from driftgate.cases.bodies import GIVEN, WRONG, Case, encode
from driftgate.contract import Outcome, Profile, Requirement
from driftgate.contract.template import fill, placeholders
from driftgate.http.exchange import Exchange, Request
from driftgate.session.conversations import Conversations, SetupError
from driftgate.session.plan import Plan, Question, Rank
from driftgate.session.reads import Reading
from driftgate.session.refusals import Refusals, Refused


@dataclass(frozen=True)
class Trial:
    """A rename and the read after it. ``later`` is None when the rename did not succeed."""

    answer: Exchange
    later: Reading | None


def _question(body: Mapping[str, JSON]) -> bytes:
    """What makes two bodies the same question, whatever the order of their members."""
    return encode(dict(sorted(body.items())))


class Session:
    """A target in use. Its questions raise SetupError when it cannot be judged, OutOfBudget when no request is left."""

    def __init__(self, conversations: Conversations, profile: Profile) -> None:
        self.conversations = conversations
        self.profile = profile
        self.target = conversations.target
        self.contract = conversations.contract
        self.seed = conversations.seed
        self.first: Reading | None = None
        self.plan = Plan(conversations.client.budget)
        self.refusals = Refusals(self, self.plan)
        self._subject: str | None = None
        self.wants_bystander = False
        self.bystander: tuple[str, Reading] | None = None
        self._name: str | None = None
        self._shown: Reading | None = None
        self.reading_renames = False
        self._nameless = False
        self._before: dict[int, str | None] = {}
        self._last: Trial | None = None
        self._unread: tuple[bytes, Exchange] | None = None
        self._afresh = 0
        self._trials: dict[bytes, Trial] = {}
        self._sent: dict[bytes, Exchange] = {}
        self._accepted: dict[str, Exchange] = {}
        self._elsewhere: list[Exchange] = []
        self._of_wrong_key: Exchange | None = None
        self._had: list[str] = []
        self._answers_only = False
        self.setup_error: SetupError | None = None

    def open(self) -> None:
        """Obtains the conversations that the questions are about. Raises SetupError, again each time."""
        if self.setup_error:
            # raised over and over, its traceback would grow by every test
            raise self.setup_error.with_traceback(None)
        if self.first is None:
            try:
                self._obtain()
            except SetupError as problem:
                self.setup_error = problem
                raise

    def _obtain(self) -> None:
        conversations = self.conversations
        self._subject = conversations.obtain()
        # a bystander can only show side effects if it is there before the first rename
        other = conversations.obtain() if self.wants_bystander and conversations.can_obtain_more else None
        self.first = conversations.first_reading(self._subject)
        self._learn(self.first)
        if other is not None:
            self.bystander = (other, conversations.first_reading(other))
        conversations.try_name(self._subject)
        if self._subject in self.target.conversations:
            self._shown = None  # it may just have been given its own name

    @property
    def subject(self) -> str:
        self.open()
        assert self._subject is not None
        return self._subject

    @property
    def original(self) -> Reading:
        """The conversation as it was before the first rename."""
        self.open()
        assert self.first is not None
        return self.first

    @property
    def free(self) -> bool:
        """Whether requests cost nothing: the target is an embedded emulator."""
        return self.target.embedded

    def values(self, **more: object) -> dict[str, object]:
        return self.conversations.values(conversation=self.subject, **more)

    def body(self, template: Mapping[str, JSON] | None, name: str, conversation: str | None = None) -> dict[str, JSON]:
        """A rename body with this name, from a requirement's template or the contract's; of the subject, or another."""
        values = self.conversations.values(conversation=conversation or self.subject, name=name)
        filled: dict[str, JSON] = fill(self.contract.rename.body if template is None else template, values)
        return filled

    def plain_name(self, purpose: str) -> str:
        return generate.fresh_name(self.seed, purpose)

    def example_names(self, template: Mapping[str, JSON] | None) -> list[str]:
        """The names in the examples of the vendor's page whose bodies differ from ``template`` in the name alone."""
        form = self._form(self.body(template, ""))
        bodies = [fill(example.request, self.values()) for example in self.contract.examples if example.request]
        return [
            str(at(body, pointer)) for body in bodies if self._form(body) == form for pointer in self.contract.carriers
        ]

    def rename(self, body: Mapping[str, JSON], name: str | None, *, repeat: bool = False) -> Trial:
        """Renames with this body and reads the conversation afterwards; answered from memory unless ``repeat``."""
        key = _question(body)
        if self._answers_only and key not in self._trials and not self.plan.needs(key, 2):
            return Trial(self.send(body, name), None)
        if repeat or key not in self._trials:
            self._shown = None
            answer = self.conversations.rename(self.subject, encode(body), name=name)
            later = None
            if answer.outcome is Outcome.SUCCESS:
                self._accept(body, answer)
                later = self.read()
            self._trials[key] = Trial(answer, later)
            if later is not None and later.name == name and generate.is_plain(name or "", generate.USUAL_LENGTH):
                self._had.append(name or "")
            if later is not None:
                self._last = self._trials[key]
        return self._trials[key]

    @contextmanager
    def answers_only(self) -> Iterator[None]:
        """Inside, only the answer of a rename is judged: no read follows."""
        self._answers_only = True
        try:
            yield
        finally:
            self._answers_only = False

    def send(self, body: Mapping[str, JSON] | bytes, name: str | None = None) -> Exchange:
        """Sends this rename body and reads nothing afterwards; answered from memory the second time."""
        key = body if isinstance(body, bytes) else _question(body)
        if key in self._trials:
            return self._trials[key].answer
        if not isinstance(body, bytes) and self.plan.needs(key, 2):
            return self.rename(body, name).answer
        if key not in self._sent:
            raw = body if isinstance(body, bytes) else encode(body)
            answer = self.conversations.rename(self.subject, raw, name=name)
            self._before[answer.number] = self._name
            self._shown = None
            if answer.outcome is not Outcome.REFUSAL:
                self._name = None
            if answer.outcome is Outcome.SUCCESS and not isinstance(body, bytes):
                self._accept(body, answer)
                if self._is_plain(body):
                    self._unread = key, answer
            self._sent[key] = answer
        return self._sent[key]

    def resend(self, request: Request) -> Exchange:
        """Sends the request of an earlier rename, always anew."""
        self._shown = None
        answer = self.conversations.send_rename(request)
        if request.conversation == self.subject:
            self._name = None
        return answer

    def read_other(self, conversation: str) -> Reading:
        """A read of any conversation."""
        return self.read() if conversation == self.subject else self.conversations.read(conversation)

    def read(self, *, anew: bool = False) -> Reading:
        """The conversation now; ``anew``: even if nothing was sent since the last read."""
        unread = self._just_sent()
        reading = self.conversations.read(self.subject, anew=anew)
        self._learn(reading)
        if unread is not None:
            # nothing was sent in between: the rename and this read answer for each other
            key, answer = unread
            self._last = self._trials.setdefault(key, Trial(answer, reading))
        return reading

    def _just_sent(self) -> tuple[bytes, Exchange] | None:
        """The plain rename that was the last request, where it succeeded and was not read yet."""
        last = self._unread
        return last if last is not None and last[1].number == self.conversations.client.budget.used else None

    def current(self) -> Reading:
        """The conversation as it is now; read only when something may have changed it since the last read."""
        return self._shown or self.read()

    def name_before(self, exchange: Exchange) -> str | None:
        """The name that the conversation had before a rename that nothing was read after, as far as it is known."""
        return self._before.get(exchange.number)

    @property
    def is_read(self) -> bool:
        """Whether nothing was sent about the conversation since it was last read."""
        return self._shown is not None

    def read_twice(self) -> tuple[Reading, Reading]:
        """Two reads with nothing between them."""
        before, after = self.current(), self.read(anew=True)
        if None not in (before.name, after.name) and before.name != after.name:
            self._blame_reading()
        return before, after

    def _blame_reading(self) -> None:
        """Reading changes names: from now on names are compared as they are after a second read."""
        self.reading_renames = True
        if self.bystander is not None:
            conversation, _ = self.bystander
            self.bystander = conversation, self.conversations.read(conversation)

    def name_to_keep(self) -> str | None:
        """The name that the conversation must keep while requests are refused; None where no read shows one."""
        if self._nameless:
            return None
        name = self.current_name()
        if self.reading_renames:
            return self.read(anew=True).name
        # an empty one could not be seen to be cleared; smoke has no requests for that
        if name is None or (not name and self.profile > Profile.SMOKE):
            name = self.rename_afresh()
            self._nameless = name is None
        return name

    @property
    def known_name(self) -> str | None:
        """The name that the conversation has now, as far as it is known without a request."""
        return self._name

    def current_name(self) -> str | None:
        """The name the conversation has now; when it is not known, that of a rename that has to be asked anyway."""
        if self._name is None and self._just_sent() is None:
            self._ask_next(self._form(self.body(None, "")))
        return self._name if self._name is not None else self.read().name

    def _learn(self, reading: Reading) -> None:
        self._name, self._shown = reading.name, reading

    def _accept(self, body: Mapping[str, JSON], answer: Exchange) -> None:
        self._accepted.setdefault(self._form(body), answer)

    def _form(self, body: Mapping[str, JSON]) -> str:
        """What makes two bodies differ in their name alone."""
        nameless: JSON = dict(body)
        for pointer in self.contract.carriers:
            if at(nameless, pointer) is not ABSENT:
                nameless = put(nameless, pointer, "")
        return json.dumps(nameless, sort_keys=True)

    def question(self, body: Mapping[str, JSON] | bytes, rank: Rank = Rank.NEEDED, *, read: bool = False) -> Question:
        """A rename with this body as a question of the plan; with ``read``, followed by a read."""
        if read and not isinstance(body, bytes):
            key = _question(body)
            return Question(
                key, 2, rank, lambda: key in self._trials, partial(self.rename, body, None), self._form(body)
            )
        key = body if isinstance(body, bytes) else _question(body)
        return Question(key, 1, rank, lambda: key in self._trials or key in self._sent)

    def control_question(self, body: Mapping[str, JSON]) -> Question:
        """What ``control`` sends, as a question of the plan."""
        form = self._form(body)
        return Question(("control", form), 1, answered=lambda: form in self._accepted, form=form)

    def last_question(self) -> Question:
        """What ``last_rename`` sends, as a question of the plan."""
        return Question("last rename", 2, answered=lambda: self._last is not None, form=self._form(self.body(None, "")))

    def is_whole(self, body: Mapping[str, JSON], name: str) -> bool:
        """Whether nothing is known to be wrong with a rename to this name: its answer and the read after it show it."""
        trial = self._trials.get(_question(body))
        if trial is None or trial.later is None:
            return trial is None
        answered = at(trial.answer.json, self.contract.answered_name) if self.contract.answers_with_name else name
        return bool(answered == name == trial.later.name)

    def affords(self, requirement: Requirement, label: str, question: Question) -> bool:
        """Whether the plan allows an optional question of a requirement; notes that it is left out where not."""
        allowed = question.answered() or self.plan.allows(question.cost, question.rank)
        if not allowed:
            self.plan.omit(requirement.id, label)
        return allowed

    def _is_plain(self, body: Mapping[str, JSON]) -> bool:
        """Whether a body renames to a name and does nothing else."""
        return self._form(body) == self._form(self.body(None, ""))

    def present_name(self) -> str | None:
        """The name that the conversation was given last, when it is plain and was seen; None without one."""
        return self._name if self._name in self._had else None

    def former_name(self) -> str | None:
        """A plain name that the conversation was given and seen to have, and surely has no more; None without one."""
        return next((name for name in self._had if self._name not in (None, name)), None)

    def had_name(self) -> str | None:
        """A plain name that the conversation was given and seen to have, be it now or formerly; None without one."""
        return self._had[-1] if self._had else None

    def questions_of_former_name(self) -> list[Question]:
        """What it takes at most until there is a former name: two renames, or further names that are read anyway."""
        return [
            Question("a name to give again", 1, answered=lambda: bool(self._had)),
            Question("a name in between", 1, answered=lambda: self.former_name() is not None),
        ]

    def last_rename(self) -> Trial:
        """The latest rename that was followed by a read; makes one when there was none."""
        if self._last is None:
            name = self.plain_name("last")
            return self.rename(self.body(None, name), name)
        return self._last

    def control(self, body: Mapping[str, JSON]) -> Exchange:
        """An exchange that differs from ``body`` in its name at most: one that succeeded, or this one, sent now."""
        form = self._form(body)
        if form not in self._accepted:
            self._ask_next(form)
        known = self._accepted.get(form)
        return known if known is not None else self.send(body)

    def _ask_next(self, form: str) -> None:
        """Asks a rename with a body of this form that has to be asked anyway, if there is one."""
        following = self.plan.next(form)
        if following is not None and following.ask is not None:
            following.ask()

    def rename_afresh(self) -> str | None:
        """Gives the conversation a name that nothing else has; the name that a read then shows."""
        self._afresh += 1
        name = self.plain_name(f"afresh {self._afresh}")
        later = self.rename(self.body(None, name), name).later
        return later.name if later and not self.reading_renames else self.read(anew=True).name

    def send_case(self, case: Case) -> Exchange:
        """Sends a case that must be refused, always anew."""
        self._shown = None
        conversation = self.contract.unknown_id if case.unknown_conversation else self.subject
        answer = self.conversations.rename(conversation, case.body, name=case.name, credential=case.credential)
        if case.elsewhere:
            self._elsewhere.append(answer)
        if case.credential == WRONG:
            self._of_wrong_key = answer
        if conversation == self.subject and case.credential == GIVEN:
            self._sent[case.body] = answer
        return answer

    def refused_elsewhere(self) -> list[Exchange]:
        """Refusals of valid requests for what is not the caller's; one for an unknown conversation at least."""
        if not any(each.request.conversation == self.contract.unknown_id for each in self._elsewhere):
            name = self.plain_name("elsewhere")
            body = self.conversations.plain_body(name, self.contract.unknown_id)
            self._elsewhere.append(self.conversations.rename(self.contract.unknown_id, body, name=name))
        return [each for each in self._elsewhere if each.outcome is Outcome.REFUSAL]

    def knows_key(self, credential: str, refusal: Exchange) -> bool:
        """Whether the key of another account, with this refusal, is one that the target knows.

        Where a wrong key is refused alike, the other account's list shows it.
        """
        if self._of_wrong_key is None:
            name = self.plain_name("wrong key")
            body = self.conversations.plain_body(name, self.subject)
            self._of_wrong_key = self.conversations.rename(self.subject, body, name=name, credential=WRONG)
        listing = self.contract.listing
        if not refusal.says_like(self._of_wrong_key):
            return True
        if listing is None:
            return False
        query = {key: value for key, value in listing.asked.items() if "name" not in placeholders(value)}
        if not placeholders(query) <= self.target.params.keys():
            return False
        request = self.conversations.page_request(
            "list", listing, None, fill(query, self.values()), credential=credential
        )
        return self.conversations.client.send(request).outcome is Outcome.SUCCESS

    @property
    def fixed_members(self) -> frozenset[str]:
        """The members of a rename body whose other values would cost what is not allowed."""
        costly = {each.name for each in self.contract.parameters if each.costs and not self.target.allow_cost}
        body = self.contract.rename.body or {}
        return frozenset(key for key, value in body.items() if placeholders(value) & costly)

    def refused(self, case: Case) -> Refused:
        """The answer to a case that must be refused, and whether the conversation kept its name."""
        return self.refusals.ask(case)

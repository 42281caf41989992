"""Faults of the form of the answer to a rename: status, media type, JSON, envelope."""

from __future__ import annotations

import json

from starlette.responses import Response

from driftgate.contract import load_contract
from driftgate.emulator.base import JSON, Conversation, Emulator
from driftgate.emulator.faults.fault import Fault, names_lost, shared, unrecognised
from driftgate.emulator.override import Override


class CodeGone(Override):
    """Answers without the code."""

    def rename_answer(self, body: JSON) -> Response:
        return super().rename_answer({key: value for key, value in body.items() if key != "code"})


class CodeNull(Override):
    """Answers with a code of null."""

    def rename_answer(self, body: JSON) -> Response:
        return super().rename_answer({**body, "code": None})


class WrongId(Override):
    """Answers with the id of another conversation."""

    def renamed(self, conversation: Conversation, name: str) -> dict[str, JSON]:
        view = super().renamed(conversation, name)
        other = self.new_id(999)
        return {**view, "id": int(other) if isinstance(view["id"], int) else other}


class AnswersWith201(Override):
    """Answers a rename with HTTP 201."""

    def rename_answer(self, body: JSON) -> Response:
        return self.reply(201, body)


class AnswersWith202(Override):
    """Answers a rename with HTTP 202."""

    def rename_answer(self, body: JSON) -> Response:
        return self.reply(202, body)


class AnswersWith204(Override):
    """Answers a rename with HTTP 204 and no body."""

    def rename_answer(self, body: JSON) -> Response:
        return Response(status_code=204)


class Redirects(Override):
    """Answers a rename with a redirect."""

    def rename_answer(self, body: JSON) -> Response:
        return Response(status_code=302, headers={"location": "/elsewhere"})


class TextPlain(Override):
    """Answers with JSON under text/plain."""

    def rename_answer(self, body: JSON) -> Response:
        return Response(super().rename_answer(body).body, media_type="text/plain")


class NoContentType(Override):
    """Answers with JSON and no Content-Type."""

    def rename_answer(self, body: JSON) -> Response:
        return Response(super().rename_answer(body).body)


class Html(Override):
    """Answers with an HTML page."""

    def rename_answer(self, body: JSON) -> Response:
        return Response("<html><body>Welcome</body></html>", media_type="text/html")


class CutOffJson(Override):
    """Answers with JSON that lacks its last character."""

    def rename_answer(self, body: JSON) -> Response:
        return Response(bytes(super().rename_answer(body).body)[:-1], media_type="application/json")


class NanInAnswer(Override):
    """Answers with a NaN, which JSON does not have."""

    def rename_answer(self, body: JSON) -> Response:
        return Response(json.dumps({**body, "score": float("nan")}), media_type="application/json")


class EmptyBody(Override):
    """Answers with HTTP 200 and no body."""

    def rename_answer(self, body: JSON) -> Response:
        return Response(media_type="application/json")


class ListAroundAnswer(Override):
    """Answers with the body inside a list."""

    def rename_answer(self, body: JSON) -> Response:
        return super().rename_answer([body])


class EnvelopeMissing(Override):
    """Answers with the bare conversation, without the envelope."""

    def rename_answer(self, body: JSON) -> Response:
        return super().rename_answer(body[self.envelope_key])


class EnvelopeDoubled(Override):
    """Answers with an envelope inside the envelope's data."""

    def rename_answer(self, body: JSON) -> Response:
        return super().rename_answer({**body, self.envelope_key: {self.envelope_key: body[self.envelope_key]}})


def faults(vendor: str) -> list[Fault]:
    contract = load_contract(vendor)
    rows: dict[type[Emulator], str] = {
        WrongId: "id keep",
        AnswersWith201: "200",
        AnswersWith202: "200",
        TextPlain: "media",
        NoContentType: "media",
    }
    lost = unrecognised(vendor)
    if contract.rename.conversation:
        unseen = f"{lost} json"
        rows |= dict.fromkeys((AnswersWith204, Html, CutOffJson, NanInAnswer, EmptyBody, Redirects), unseen)
        rows |= dict.fromkeys((ListAroundAnswer, EnvelopeMissing, CodeGone), f"{lost} {vendor}.answer.code-present")
        rows[CodeNull] = lost
        rows[EnvelopeDoubled] = " ".join((f"{vendor}.answer.data-is-conversation present", *names_lost(vendor)))
    else:
        nameless = " ".join(("json", *names_lost(vendor)))
        rows |= {AnswersWith204: f"200 media {nameless}", Html: f"media {nameless}", Redirects: lost}
        rows |= dict.fromkeys((CutOffJson, NanInAnswer, EmptyBody), nameless)
        rows[ListAroundAnswer] = " ".join((f"{vendor}.answer.is-conversation present", *names_lost(vendor)))
    return shared(vendor, rows)

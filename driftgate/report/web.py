"""The exchanges that prove results, as SARIF has them: each once, and referred to by its place in the run."""

from __future__ import annotations

from driftgate.base.jsonvalue import printable
from driftgate.record.record import Row

_LONGEST = 4096  # characters of a body; the record has more


class Web:
    """The requests and answers of one run, collected while its results are told."""

    def __init__(self) -> None:
        self._places: dict[int, int] = {}
        self._requests: list[Row] = []
        self._answers: list[Row] = []

    def exchange(self, row: Row) -> Row:
        """What a result says of the exchange that proves it."""
        if row["number"] not in self._places:
            self._places[row["number"]] = len(self._requests)
            self._requests.append(_request(row["request"]))
            self._answers.append(_answer(row["answer"]))
        index = self._places[row["number"]]
        return {"webRequest": {"index": index}, "webResponse": {"index": index}}

    def describe(self) -> Row:
        """What the run says of all of them."""
        numbered = [
            [{"index": number, **each} for number, each in enumerate(rows)] for rows in (self._requests, self._answers)
        ]
        return {"webRequests": numbered[0], "webResponses": numbered[1]}


def _request(row: Row) -> Row:
    return {"protocol": "HTTP", "target": printable(row["url"]), "method": row["method"], **_body(row["body"])}


def _answer(row: Row | None) -> Row:
    if row is None:
        return {"noResponseReceived": True}
    headers: dict[str, str] = {}
    for name, value in row["headers"]:
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return {"protocol": "HTTP", "statusCode": row["status"], "headers": headers, **_body(row["body"])}


def _body(body: Row | None) -> Row:
    if body is None:
        return {}
    form, key = ("binary", "base64") if "base64" in body else ("text", "text")
    content: Row = {form: body[key][:_LONGEST]}  # a multiple of four: what is left of base64 can be read
    if len(body[key]) > _LONGEST:
        content["properties"] = {"bytes": body["bytes"], "cut": True}
    return {"body": content}

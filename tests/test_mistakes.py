"""Typical mistakes in the three files of a vendor: each is refused with its file, its line, its row and how to mend it."""

from __future__ import annotations

import pytest

from driftgate.base.errors import UsageError
from driftgate.contract import load_contract
from tests.harness import run_main

CONTRACT = """\
openapi: 3.1.0
info: {title: Tiny, version: "1"}
paths:
  /talks/{talk}/title:
    put:
      operationId: setTitle
      parameters: [{name: talk, in: path, required: true, schema: {type: string}}]
      requestBody:
        required: true
        content:
          application/json:
            schema: {$ref: "#/components/schemas/Title"}
      responses:
        "200": {description: done, content: {application/json: {schema: {$ref: "#/components/schemas/Talk"}}}}
  /talks/{talk}:
    get:
      operationId: getTalk
      parameters:
        - {name: talk, in: path, required: true, schema: {type: string}}
        - {name: view, in: query, schema: {type: string}}
      responses:
        "200": {description: done, content: {application/json: {schema: {$ref: "#/components/schemas/Talk"}}}}
components:
  schemas:
    Title:
      type: object
      required: [title]
      properties:
        title: {type: string, maxLength: 30}
        loud: {type: boolean}
    Talk:
      type: object
      properties:
        key: {type: string}
        title: {type: string}
        made: {type: string, format: date-time}
"""
REQUIREMENTS = """\
vendor: tiny
title: Tiny
edition: "1"
pages: {titles: {title: A page, languages: [en]}}
parameters:
  owner: {says: Who owns the talks., secret: true}
outcomes: {success: [{status: ["200"]}], refusal: [{status: [4XX]}]}
conversation: {id: /key, name: /title, unknown: nowhere, created: /made}
operations:
  rename: {operation: setTitle, path: {talk: "${conversation}"}, body: {title: "${name}"}, conversation: ""}
  read: {operation: getTalk, path: {talk: "${conversation}"}, conversation: ""}
other_account: {credential: "${owner}"}
requirements:
  - id: tiny.title.persists
    level: must
    says: A later read shows the title.
    impact: Titles are lost.
    source: {page: titles, section: "1"}
    check: persists
  - id: tiny.title.at-most-30
    level: must
    says: A title has at most 30 characters.
    impact: Titles are cut.
    source: {page: titles, section: "2"}
    check: limits
    field: title
    at_most: 30
    alphabets: [ASCII]
  - id: tiny.title.required
    level: must
    says: A title is required.
    impact: Titles are lost.
    source: {page: titles, section: "2"}
    check: rejects
    breaks: [{remove: [title]}]
  - id: tiny.title.key-is-text
    level: must
    says: key is a string.
    impact: Clients fail.
    source: {page: titles, section: "3"}
    check: answers
    at: /key
    schema: {type: string}
  - id: tiny.title.made-kept
    level: must
    says: A title changes nothing else.
    impact: Times are wrong.
    source: {page: titles, section: "3"}
    check: keeps
    members: [/made]
  - id: tiny.title.unknown-refused
    level: must
    says: An unknown talk is refused.
    impact: Titles are lost.
    source: {page: titles, section: "4"}
    check: refuses
    request: {conversation: unknown}
  - id: tiny.title.example-accepted
    level: must
    says: The page's example is accepted.
    impact: Clients fail.
    source: {page: titles, section: "5"}
    check: accepts
    examples: true
"""
EXAMPLES = """\
examples:
  - id: first
    source: {page: titles, section: "5"}
    request: {title: Hello}
    answer: {status: 200, body: {key: a, title: Hello}}
"""
C, R, E = "contract.yaml", "requirements.yaml", "examples.yaml"
FILES = {C: CONTRACT, R: REQUIREMENTS, E: EXAMPLES}

KEY = "security: [{key: []}]\ncomponents:\n  securitySchemes: {key: {%s}}\n"

# what it is: the file, what stands there, what stands there by mistake, and what the refusal says
MISTAKES = {
    # the text of a file
    "a tab": (R, "    level: must\n    says: A title is", "\tlevel: must\n    says: A title is", "indent with spaces"),
    "a member twice": (R, "edition: \"1\"\n", "edition: \"1\"\nedition: \"2\"\n", "'edition' stands twice"),
    "a colon in a text": (R, "says: A title is required.", "says: Required: a title.", "mapping values"),
    "a list that is not closed": (E, "title: Hello}}", "title: Hello", "expected"),
    "an empty file": (E, EXAMPLES, "", "null is not of type object"),
    # the form of a file
    "an unknown member": (R, "title: Tiny", "title: Tiny\ntitel: Tiny", "unknown member titel (did you mean title?)"),
    "a misnamed operationId": (C, "operationId: getTalk", "operationID: getTalk", "operation: unknown member operationID (did you mean operationId?)"),
    "a misnamed body": (C, "requestBody:", "requestbody:", "operation: unknown member requestbody (did you mean requestBody?)"),
    "a misnamed list of parameters": (C, "parameters: [", "params: [", "operation: unknown member params"),
    "a misnamed member of a parameter": (C, "required: true, schema", "requierd: true, schema", "parameter: unknown member requierd (did you mean required?)"),
    "a schema beside its media type": (C, "content:", "schema: {}\n        content:", "request body: unknown member schema"),
    "a method that is none": (C, "    put:", "    putt:", "path item: unknown member putt (did you mean put?)"),
    "a response that is no status": (C, '"200": {', '"20O": {', "responses: 20O is no HTTP status"),
    "a misnamed check": (R, "check: limits", "check: limit", '"limit" is not known here (did you mean limits?)'),
    "a misnamed member of a check": (R, "at_most: 30", "at_mots: 30", "unknown member at_mots (did you mean at_most?)"),
    "a member of another check": (R, "check: persists", "check: persists\n    at_most: 3", "unknown member at_most"),
    "a misnamed level": (R, "level: must", "level: musst", '"musst" is not one of "must", "should", "may"'),
    "a wrong type": (R, "at_most: 30", "at_most: thirty", 'at_most: "thirty" is not of type integer'),
    "a text instead of a list": (R, "remove: [title]", "remove: title", "write it as a list, in square brackets"),
    "a number instead of a text": (R, 'edition: "1"', "edition: 1", "edition: 1 is not of type string; write it in quotes"),
    "a status without quotes": (R, 'status: ["200"]', "status: [200]", "200 is not of type string; write it in quotes"),
    "a status that is none": (R, "status: [4XX]", "status: [4xx]", '"4xx" is not of the form'),
    "no impact": (R, "    impact: Titles are cut.\n", "", "lacks impact"),
    "an id without parts": (R, "id: tiny.title.persists", "id: persists", '"persists" is not of the form'),
    "a source of no kind": (R, '{page: titles, section: "1"}', "{page: titles}", "page and section"),
    "an alphabet that is none": (R, "[ASCII]", "[ascii]", '"ascii" is not one of "ASCII", "CJK", "astral"'),
    "a pointer without a slash": (R, "at: /key", "at: key", '"key" is not of the form'),
    "an operation without a read": (R, "  read: {operation: getTalk", "  reads: {operation: getTalk", "unknown member reads"),
    "OpenAPI 3.0": (C, "openapi: 3.1.0", "openapi: 3.0.3", '"3.0.3" is not of the form'),
    # references and schemas
    "a reference to nowhere": (C, '{$ref: "#/components/schemas/Title"}', '{$ref: "#/components/schemas/Titel"}', "Title?"),
    "a reference to a file": (C, '{$ref: "#/components/schemas/Title"}', '{$ref: "title.yaml"}', "leads out of"),
    "a reference in a circle": (C, "Talk:\n", 'Loop: {$ref: "#/components/schemas/Loop"}\n    Talk:\n', "in a circle"),
    "a type that is none": (C, "title: {type: string, max", "title: {type: strng, max", "strng\" is no type of JSON Schema"),
    "a misspelt keyword": (C, "maxLength: 30", "maxLenght: 30", "maxLenght is no keyword of JSON Schema (did you mean"),
    "nullable": (C, "title: {type: string, max", "title: {nullable: true, type: string, max", 'type: [string, "null"]'),
    "a bound that is a text": (C, "maxLength: 30", 'maxLength: "30"', "is not allowed by JSON Schema"),
    "a broken pattern": (C, "key: {type: string}", 'key: {type: string, pattern: "("}', "no regular expression"),
    "a wrong type in a row": (R, "schema: {type: string}", "schema: {type: text}", '"text" is no type of JSON Schema'),
    "a format of no judge": (R, "schema: {type: string}", "schema: {type: string, format: email}", "would not be judged"),
    "a reference of a row": (R, "schema: {type: string}", 'schema: {$ref: "#/components/schemas/Key"}', "leads nowhere"),
    "an operation twice": (C, "operationId: getTalk", "operationId: setTitle", "setTitle stands twice"),
    # what a run sends
    "an operation that is none": (R, "operation: setTitle", "operation: settitle", "'settitle' (did you mean setTitle?)"),
    "no value for the path": (R, 'setTitle, path: {talk: "${conversation}"}', "setTitle", "no value for {talk} in the path"),
    "another name in the path": (R, 'getTalk, path: {talk: ', "getTalk, path: {talks: ", "has no {talks} (did you mean talk?)"),
    "an unknown query": (R, 'getTalk, ', "getTalk, query: {veiw: full}, ", "no query parameter veiw (did you mean view?)"),
    "an unknown placeholder": (R, '{title: "${name}"}', '{title: "${nmae}"}', "${nmae} is not among the contract's parameters"),
    "a placeholder in capitals": (R, '{title: "${name}"}', '{title: "${Name}"}', "${Name} is not among"),
    "a placeholder of another place": (R, 'read: {operation: getTalk, path: {talk: "${conversation}"}', 'read: {operation: getTalk, path: {talk: "${conversation}"}, query: {view: "${name}"}', "${name} has no value in this place"),
    "a body without the name": (R, '{title: "${name}"}', "{title: fixed}", "does not say the new name"),
    "a member that no body has": (R, '{title: "${name}"}', '{titel: "${name}"}', "no body has a member titel (did you mean"),
    "a value of another type": (R, '{title: "${name}"}', '{title: "${name}", loud: yes}', '"yes" is not valid under the schema'),
    "a body for an operation without": (R, 'getTalk, ', "getTalk, body: {}, ", "getTalk takes no body"),
    "a parameter of capitals": (R, "  owner: {", "  Owner: {", "cannot stand in ${…}"),
    "a key that is not secret": (R, ", secret: true", "", "the parameter owner holds a key; give the parameter secret: true"),
    # what a run would not send
    "a key in a cookie": (C, "components:\n", KEY % "type: apiKey, in: cookie, name: sid", "no run can send the key of the security scheme key (apiKey cookie)"),
    "a password": (C, "components:\n", KEY % "type: http, scheme: basic", "no run can send the key of the security scheme key (http basic)"),
    "a scheme that is none": (C, "components:\n", "security: [{keys: []}]\n" + "components:\n", "there is no security scheme keys"),
    "a second key": (C, "components:\n", (KEY % "type: http, scheme: bearer}, app: {type: apiKey, in: header, name: X-App").replace("key: []", "key: [], app: []"), 'give it as a parameter: headers: {X-App: "${…}"}'),
    "a body of XML": (C, "application/json:\n", "application/xml:\n", "no run can write a body as application/xml"),
    "a header that is required": (C, "parameters: [{name: talk,", "parameters: [{name: X-V, in: header, required: true}, {name: talk,", "no value for the header parameter X-V"),
    "a cookie that is required": (C, "parameters: [{name: talk,", "parameters: [{name: sid, in: cookie, required: true}, {name: talk,", "the cookie sid would not be sent"),
    "a server with variables": (C, "paths:\n", 'servers: [{url: "https://{host}/v1"}]\npaths:\n', "has variables, which no run fills in"),
    "a credential without security": (R, "request: {conversation: unknown}", "request: {credential: none}", "contract.yaml has no security for setTitle"),
    # what a run looks for
    "a name that is nowhere": (R, "name: /title", "name: /titel", "there is no titel (did you mean title?)"),
    "a conversation that is nowhere": (R, 'body: {title: "${name}"}, conversation: ""', 'body: {title: "${name}"}, conversation: /data', "there is no data"),
    "a code that is nowhere": (R, "refusal: [{status: [4XX]}]", "refusal: [{status: [4XX]}], code: /kod", "there is no kod"),
    "two outcomes alike": (R, "refusal: [{status: [4XX]}]", "refusal: [{status: [2XX, \"200\"]}]", "is a success already"),
    "an unknown id of another form": (C, "key: {type: string}", "key: {type: string, format: uuid}", '"nowhere" is no id'),
    # rows
    "an id twice": (R, "tiny.title.required", "tiny.title.persists", "the id tiny.title.persists stands twice"),
    "an id of another vendor": (R, "tiny.title.required", "acme.title.required", "begin it with tiny."),
    "a page that is none": (R, '{page: titles, section: "1"}', '{page: title, section: "1"}', "'title' is not among pages (did"),
    "a field that no body has": (R, "field: title", "field: name", "no body of the rename has a member name"),
    "another bound": (R, "at_most: 30", "at_most: 100", "contract.yaml says maxLength: 30 of title"),
    "a break of nothing": (R, "remove: [title]", "remove: [titel]", "changes nothing: the body has no member titel to remove"),
    "a break that is allowed": (R, "{remove: [title]}", "{set: {loud: true}}", "the break breaks no rule"),
    "a member that nobody keeps": (R, "members: [/made]", "members: [/maed]", "there is no maed (did you mean made?)"),
    "a part that no answer has": (R, "at: /key", "at: /kee", "there is no kee (did you mean key?)"),
    "an unknown credential": (R, "request: {conversation: unknown}", 'request: {credential: "${ownr}"}', "did you mean owner?"),
    "a need that is not met": (R, "check: persists", "check: stateful\n    from: deep\n    promise: created-is-read", "needs operations.create"),
    "examples without a request": (E, "    request: {title: Hello}\n", "", "examples.yaml has no request"),
    "a page of an example": (E, "page: titles", "page: tittles", "'tittles' is not among pages (did you mean titles?)"),
    "an example that is forbidden": (E, "request: {title: Hello}", "request: {title: 5}", "5 is not valid under the schema"),
    "an answer that is forbidden": (E, "title: Hello}}", "title: 5}}", "expected string, and the example has 5"),
    "a status of no answer": (E, "status: 200", "status: 201", "documents no answer with HTTP 201"),
    "an unknown vendor": (R, "vendor: tiny", "vendor: tine", "vendor 'tine' stands in folder 'tiny'"),
}  # fmt: skip


def _written(folder, changes=()):
    (folder / "tiny").mkdir()
    for name, text in FILES.items():
        written = text
        for file, right, wrong in changes:
            if file == name:
                assert right in written, right
                written = written.replace(right, wrong, 1)
        (folder / "tiny" / name).write_text(written)
    return folder


def _refusal(folder):
    with pytest.raises(UsageError) as raised:
        load_contract("tiny", (folder,))
    return str(raised.value)


def test_the_contract_without_a_mistake_loads(tmp_path):
    code, output = run_main(["contracts", "check", "tiny", "--contracts", str(_written(tmp_path))])
    assert (code, output) == (0, "tiny 1: no problems; requirements: 7, examples: 1\n")


@pytest.mark.parametrize(("file", "right", "wrong", "says"), MISTAKES.values(), ids=list(MISTAKES))
def test_a_mistake_is_refused_with_its_file_and_line(tmp_path, file, right, wrong, says):
    refusal = _refusal(_written(tmp_path, [(file, right, wrong)]))
    assert says in refusal
    told = next(line for line in refusal.splitlines() if says in line)
    assert ".yaml, line " in told


def test_the_line_is_that_of_the_mistake(tmp_path):
    refusal = _refusal(_written(tmp_path, [(R, "field: title", "field: name")]))
    line = REQUIREMENTS[: REQUIREMENTS.index("field: title")].count("\n") + 1
    assert f"requirements.yaml, line {line}: tiny.title.at-most-30: no body" in refusal


def test_all_mistakes_are_told_at_once(tmp_path):
    changes = [
        (C, "maxLength: 30", "maxLenght: 30"),
        (R, "check: limits", "check: limit"),
        (R, "members: [/made]", "members: [/maed]"),
        (R, '{page: titles, section: "4"}', '{page: tittles, section: "4"}'),
        (E, "title: Hello}}", "title: 5}}"),
    ]
    refusal = _refusal(_written(tmp_path, changes))
    first, *rest = refusal.splitlines()
    assert first == "the contract of tiny has 5 problems:"
    for (file, _, _), line in zip(changes, rest, strict=True):
        assert file in line


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            [(R, ', conversation: ""}\n  read', "}\n  read"), (R, "check: persists", "check: echoes")],
            "the answer to a rename has no conversation to echo",
        ),
        (
            [
                (C, "application/json:\n", "application/x-www-form-urlencoded:\n"),
                (R, "{remove: [title]}", "{raw: truncated}"),
            ],
            "a form is no JSON that could be cut off",
        ),
        (
            [
                (C, "application/json:\n", "application/x-www-form-urlencoded:\n"),
                (R, "{remove: [title]}", "{set: {title: 5}}"),
            ],
            "5 would be sent as text, since the body is a form",
        ),
        (
            [
                (C, "components:\n", KEY % "type: apiKey, in: header, name: X-API-Key"),
                (R, "request: {conversation: unknown}", "request: {credential: no-scheme}"),
            ],
            "the key is sent without a scheme, in X-API-Key",
        ),
    ],
)
def test_rows_that_do_not_fit_the_way_of_sending_are_refused(tmp_path, changes, says):
    refusal = _refusal(_written(tmp_path, changes))
    assert says in refusal
    assert "requirements.yaml, line " in refusal


def test_nothing_is_sent_by_a_contract_with_a_mistake(tmp_path):
    folder = _written(tmp_path, [(R, "field: title", "field: name")])
    code, output = run_main(["run", "--vendor=tiny", f"--contracts={folder}", "--base-url=http://127.0.0.1:9", "-q"])
    assert code == 4
    assert "no body of the rename has a member name" in output

"""Markdown that is generated from an OpenAPI document, with a pipe table for each schema, is read as far as it tells."""

from __future__ import annotations

import pytest

from driftgate.base.errors import UsageError
from driftgate.contract import load_contract
from driftgate.docs import drift_of_pages

COLUMNS = "| Name | Type | Description | Required |\n| ---- | ---- | ----------- | -------- |"
PAGE = f"""# A service

#### Bearer (HTTP, bearer)
A key.

### [GET] /conversations
**All of them**

#### Responses

| Code | Description |
| ---- | ----------- |
| 200 | Some. |

### [POST] /conversations/{{conversation_id}}/name
**Another name**

#### Parameters

| Name | Located in | Description | Required | Schema |
| ---- | ---------- | ----------- | -------- | ------ |
| conversation_id | path | Which one. | Yes | string (uuid) |

#### Request Body

| Required | Schema |
| -------- | ------ |
|  Yes | **application/json**: [Renaming](#renaming)<br> |

#### Responses

| Code | Description | Schema |
| ---- | ----------- | ------ |
| 200 | Renamed. | **application/json**: [Talk](#talk)<br> |
| 400 | `not_chat_app` : Another app. |  |
| 401 | No key |  |
| 403 | Not this key |  |
| 404 | `not_found` : Not there. |  |

---
### Schemas

#### Renaming

{COLUMNS}
| auto_generate | boolean | Whether a model makes it. | No |
| name | string | The name, a \\| b. | No |
| user | string | For whom. | No |

#### Unused

{COLUMNS}
| separator | string, <br>**Default:**
 | Goes on in the next line. | No |

#### Talk

{COLUMNS}
| created_at | integer |  | No |
| id | string (uuid) |  | Yes |
| inputs | object |  | Yes |
| introduction | string |  | No |
| name | string |  | Yes |
| status | string |  | Yes |
| updated_at | integer |  | No |
"""


def told(page, folder, edition="2026-generated"):
    (folder / "page.md").write_text(page)
    (drift,) = drift_of_pages(load_contract("dify", (), edition), [folder / "page.md"])
    return {(change.rule, change.location) for change in drift.changes}


def test_the_page_of_the_generated_document_does_not_drift_from_its_edition(tmp_path):
    assert told(PAGE, tmp_path) == set()


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        ("| name | string |  | Yes |", "| name | string |  | No |", ("member-became-optional", "answer success /name")),
        ("| name | string |  | Yes |", "| name | integer |  | Yes |", ("type-changed", "answer success /name")),
        ("| status | string |  | Yes |\n", "", ("member-gone", "answer success /status")),
        ("| user | string | For whom. | No |", "| user | string | x | Yes |", ("request-member-became-required", "request /user")),
        ("`not_found` :", "`gone` :", ("error-code-removed", "answer 404")),
        ("| 403 | Not this key |  |\n", "", ("status-removed", "answer")),
        ("| string (uuid) |\n", "| string |\n", ("request-limit-removed", "request path conversation_id")),
        ("| boolean |", '| boolean, <br>**Available values:** "true" |', ("request-values-restricted", "request /auto_generate")),
        ("### [POST] /con", "### ~~[POST] /con", ("operation-deprecated", "operation")),
        ("[POST]", "[PUT]", ("method-changed", "method")),
    ],
)  # fmt: skip
def test_a_change_of_the_page_is_told(old, new, change, tmp_path):
    assert old in PAGE
    assert change in told(PAGE.replace(old, new, 1), tmp_path)


def test_a_page_of_it_is_compared_with_another_edition_without_false_restrictions(tmp_path):
    found = told(PAGE, tmp_path, "2026-06")
    assert ("request-member-became-optional", "request /user") in found
    assert not [rule for rule, _ in found if rule in ("request-values-restricted", "request-choice-removed")]


def test_a_page_that_is_cut_off_at_any_line_is_never_without_drift(tmp_path):
    lines = PAGE.splitlines(keepends=True)
    for last in range(3, len(lines)):
        try:
            found = told("".join(lines[:last]), tmp_path)
        except UsageError:
            continue
        assert found, lines[last - 1]

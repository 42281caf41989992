"""Specmatic: contract tests made from the OpenAPI document, positive and negative ones."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import yaml

from benchmarks.adapted import named_always, pinned, refuses_by_status, rename_only, success_decided
from benchmarks.served import Subject
from benchmarks.tools.tool import MODULES, ToolFailed, run, text_of, without_data


class Specmatic:
    """A finding is a failed test: its name, and rule and place of each broken expectation."""

    name = "specmatic"
    whole = False
    setting = (
        "specmatic test with resiliencyTests on the rename operation, the id and end user pinned; the document without "
        "what it does not know: conditions on a request's members (the name is always required instead), conditions on "
        "an answer (that of a success instead), default (200 instead), and with a 400 that may say anything, as it "
        "holds every refusal against it; all tests, or the positive ones alone where refusals come with HTTP 200"
    )

    def version(self) -> str:
        manifest = MODULES / "specmatic" / "package.json"
        if not manifest.exists():
            raise ToolFailed("is not installed in benchmarks/.tools")
        return str(json.loads(manifest.read_text())["version"])

    def findings(self, subject: Subject, folder: Path) -> frozenset[str]:
        document = pinned(subject, success_decided(subject, named_always(subject, rename_only(subject))))
        (folder / "contract.yaml").write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
        (folder / "specmatic.yaml").write_text(yaml.safe_dump(_config(subject)), encoding="utf-8")
        jar = str(MODULES / "specmatic" / "specmatic.jar")
        done = run(
            ["java", "-jar", jar, "test", f"--testBaseURL={subject.base_url}", "--junitReportDir=junit"],
            folder,
            environment=dict.fromkeys(document["components"]["securitySchemes"], subject.api_key),
        )
        reports = sorted((folder / "junit").glob("*.xml"))
        tests = [case for report in reports for case in ElementTree.parse(report).iter("testcase")]
        if not any("Scenario:" in test.get("name", "") for test in tests):
            raise ToolFailed(text_of(done.stdout, folder))
        return frozenset(_key(test) for test in tests if test.find("failure") is not None)


def _config(subject: Subject) -> dict[str, Any]:
    tests = "all" if refuses_by_status(subject) else "positiveOnly"
    return {
        "version": 2,
        "contracts": [{"provides": ["contract.yaml"]}],
        "test": {"resiliencyTests": {"enable": tests}},
    }


def _key(test: ElementTree.Element) -> str:
    name = without_data(test.get("name", "").split("> ", 3)[-1])
    failures = [*test.findall("failure"), *test.findall("error")]
    message = "\n".join(failure.get("message", "") for failure in failures)
    places = re.findall(r">> (\S+)|\b(R\d{4})\b|(contained status \d+)", message)
    return f"{name}: {' '.join(filter(None, (part for place in places for part in place)))}"

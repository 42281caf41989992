"""The words that driftgate has replaced by standard terms do not come back, in names or in texts that a user reads."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

from driftgate.base.paths import SUITES

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "driftgate"

# a part of a name that is not used any more, and the standard term for it
NAMES = {
    "lives": "stateful test",
    "life": "sequence",
    "lived": "stateful",
    "lead": "run",
    "leads": "replay",
    "acts": "driver",
    "looking": "model",
    "slip": "failure",
    "slips": "failures",
    "smallest": "shrinker",
    "walk": "listing",
    "oddity": "anomaly",
    "oddities": "anomalies",
    "again": "reproduction, or reproduce",
    "often": "reproduction",
    "putback": "teardown, or restore",
    "leave": "pending cleanup",
    "traces": "pending cleanup",
    "patience": "retry policy",
    "live": "session",
    "lookup": "reads",
    "trouble": "transport error",
    "troubles": "not restored",
    "unusable": "setup error",
    "trail": "steps",
    "sign": "signature",
    "lie": "override, or hostile server",
    "lies": "hostile servers",
    "neighbour": "bystander",
    "own": "subject",
    "place": "location, position or pointer",
}
# whole names: their parts have other uses
WHOLE_NAMES = {
    "Kept": "model conversation",
    "Told": "what it holds",
    "Asked": "what it holds",
    "tells": "describe",
    "told": "describe",
    "page": "render",
}
# names that keep such a part, and why; a path limits an exception to the modules below it
EXCEPTIONS = {
    ("driftgate", "LIVE_BUDGET"): "a live target is one that is no emulator",
    ("driftgate/docs/openapi.py", "_leads_out"): "a reference leads out of its document",
    ("driftgate/docs/schema.py", "sign"): "plus or minus",
    ("driftgate/docs/pages.py", "page"): "a vendor's page",
    ("driftgate/history/page.py", "page"): "the module of the page",
    ("driftgate/emulator/store.py", "page"): "a page of a list",
    ("driftgate/session/reads.py", "page"): "a page of a list",
}

# texts that a user may not meet any more, and what to write instead
TEXTS = {
    r"\bshould fail\b": "N SHOULD failed",
    r"\bwants? mending\b": "a waiver is stale or expired",
    r"\bto judge it by\b": "not tested: no response contained …",
    r"\beach of \S+ times\b|(?<!reproduced \d )\bof \d+ times\b": "reproduced N of M times",
    r"^ *often {2,}": "reproduced …",
    r"^ *again {2,}": "reproduce",
    r"^\| (often|again) \||^- `(often|again)`": "reproduced, or reproduce",
    r"\brequests sent to targets\b": "no requests sent",
    r"\bfor a time\b": "until a date",
    r"\b(put|puts|putting) (\w+ )?back\b": "restore, or undo",
    r"\bcomes to\b": "say what it is",
    r"\bthe word that there is none\b": "inconclusive",
    r"\b[Aa] test holds\b": "a test checks",
    r"\bis never silent\b": "say what happens",
    r"\bstays data\b": "is never interpolated",
    r"\b[Ww]hoever refuses\b|\bno good server\b": "a server that refuses every request must not pass",
    r"\bstands beside\b": "is paired with",
    r"\bImports only what it needs\b": "help for users",
    r"\bnone takes up\b": "no section describes",
    r"\bis no drift\b": "is never reported as drift",
    r"\bgave up\b": "retries exhausted",
    r"\b[Ll]ives\b": "stateful tests",
    r"\b[Tt]he life of conversations\b|\ba (long )?life\b|\bfull life\b": "lifecycle, or sequence",
    r"\b(slips?|putback|oddity|oddities|patience)\b": "see NAMES",
    r"\b[Nn]eighbours?\b": "bystander",
    r"\btroubles?\b": "transport error, not restored or setup error",
    r"\bunusable\b": "setup error",
    r"\basked again\b": "reproduced",
}

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def names_of(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The names that a module gives to others: classes, functions, arguments, attributes and constants."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.attr
        if isinstance(node, ast.ClassDef | ast.Module):
            for each in node.body:
                targets = each.targets if isinstance(each, ast.Assign) else [getattr(each, "target", None)]
                yield from ((each.lineno, target.id) for target in targets if isinstance(target, ast.Name))


def replaced(name: str) -> list[str]:
    """The standard terms for what is left of the old words in a name."""
    whole = [WHOLE_NAMES[name.lstrip("_")]] if name.lstrip("_") in WHOLE_NAMES else []
    return whole + [NAMES[part.lower()] for part in WORD.findall(name) if part.lower() in NAMES]


def excepted(name: str, path: str) -> bool:
    """Whether a name in this module keeps its part of an old word."""
    return any(name == each and path.startswith(below) for below, each in EXCEPTIONS)


def old_names(tree: ast.Module, path: str) -> list[str]:
    """The old words in the names of a module, and in its own name."""
    named = [(1, Path(path).stem), *names_of(tree)]
    kept = [(line, name) for line, name in named if not excepted(name, path)]
    return list(
        dict.fromkeys(f"{line}: {name} ({', '.join(terms)})" for line, name in kept if (terms := replaced(name)))
    )


def texts_of(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The texts in a module, without its docstrings."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docstrings = {id(node.body[0].value) for node in ast.walk(tree) if isinstance(node, documented) and _begins(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


def _begins(node: ast.Module | ast.ClassDef | ast.FunctionDef) -> bool:
    return bool(node.body) and isinstance(node.body[0], ast.Expr)


def old_texts(text: str, first_line: int = 1) -> list[str]:
    """The old phrases in a text, with their lines and what to write instead."""
    return [
        f"{first_line + number}: {match[0].strip()} ({instead})"
        for number, line in enumerate(text.splitlines())
        for phrase, instead in TEXTS.items()
        for match in re.finditer(phrase, line)
    ]


def descriptions(schema: object) -> Iterator[str]:
    """The titles and descriptions in a JSON Schema."""
    if isinstance(schema, dict):
        yield from (schema[key] for key in ("title", "description") if isinstance(schema.get(key), str))
        schema = list(schema.values())
    if isinstance(schema, list):
        for each in schema:
            yield from descriptions(each)


def _modules() -> list[Path]:
    return sorted([*PACKAGE.rglob("*.py"), *SUITES.glob("*.py")])


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _listed(path: Path, found: list[str]) -> list[str]:
    return [f"{path.relative_to(ROOT)}:{each}" for each in found]


def test_no_name_has_a_replaced_word():
    found = [each for path in _modules() for each in _listed(path, old_names(_tree(path), str(path.relative_to(ROOT))))]
    assert not found, "\n" + "\n".join(found)


def test_no_message_has_a_replaced_phrase():
    found = [
        each
        for path in sorted(PACKAGE.rglob("*.py"))
        for line, text in texts_of(_tree(path))
        for each in _listed(path, old_texts(text, line))
    ]
    assert not found, "\n" + "\n".join(found)


def test_no_page_and_no_contract_has_a_replaced_phrase():
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    contracts = sorted((ROOT / "contracts").rglob("*.yaml"))
    gates = [ROOT / "action.yml", *sorted((ROOT / "ci").rglob("*.yml"))]
    found = [
        each for path in (*pages, *contracts, *gates) for each in _listed(path, old_texts(path.read_text("utf-8")))
    ]
    assert not found, "\n" + "\n".join(found)


def test_no_schema_has_a_replaced_phrase():
    found = [
        f"{path.name}: {each}"
        for path in sorted((ROOT / "contracts" / "schema").glob("*.json"))
        for text in descriptions(json.loads(path.read_text(encoding="utf-8")))
        for each in old_texts(text)
    ]
    assert not found, "\n" + "\n".join(found)


def test_an_old_name_is_found_in_every_place():
    tree = ast.parse("LIVES = 1\nclass Neighbour:\n    trail: int\n    def ask(self, again): self.trouble = again\n")
    found = {each.split(" ")[1] for each in old_names(tree, "putback")}
    assert found == {"putback", "LIVES", "Neighbour", "trail", "again", "trouble"}


def test_a_word_within_a_word_is_no_old_name():
    assert old_names(ast.parse("def design(alive, replaced, known): belief = 1\n"), "design") == []


def test_an_exception_names_what_is_there():
    named = [(str(path.relative_to(ROOT)), name) for path in _modules() for _, name in names_of(_tree(path))]
    stale = [key for key in EXCEPTIONS if not any(excepted(name, path) for path, name in named if name == key[1])]
    assert stale == []


def test_an_old_phrase_is_found_in_a_message_and_not_in_a_docstring():
    tree = ast.parse('"""Puts it back."""\nsay(f"{name}: could not put it back")\n')
    assert [each for line, text in texts_of(tree) for each in old_texts(text, line)] == [
        "2: put it back (restore, or undo)"
    ]

"""All reference pages as text, and the list of them in mkdocs.yml."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.reference import checks, commands, drift, files, requirements

HOME = Path(__file__).parent.parent.parent
FOLDER = HOME / "docs" / "reference"
NAVIGATION = HOME / "mkdocs.yml"
BEGIN, END = "# begin of what is generated", "# end of what is generated"
_WRITTEN = "Written by `python -m tests.reference` from the code, the contracts and the schemas."


def pages() -> dict[str, str]:
    """Every page by its file's name, in the order of the navigation."""
    made: dict[str, Iterable[str]] = {
        "commands.md": commands.commands(),
        "exit-codes.md": commands.exit_codes(),
        "checks.md": checks.checks(),
        **{f"requirements-{vendor}.md": lines for vendor, lines in requirements.pages()},
        "drift.md": drift.rules(),
        "files.md": files.files(),
    }
    texts = {name: _text(lines) for name, lines in made.items()}
    return {"index.md": _text(_index(texts)), **texts}


def _text(lines: Iterable[str]) -> str:
    title, *rest = lines
    return "\n".join([title, "", _WRITTEN, *rest]).rstrip() + "\n"


def _index(texts: Mapping[str, str]) -> list[str]:
    return ["# Reference", "", *(f"- [{title_of(text)}]({name})" for name, text in texts.items())]


def title_of(text: str) -> str:
    return text.splitlines()[0].removeprefix("# ")


def navigation(text: str, made: Iterable[str]) -> str:
    """mkdocs.yml with its list of these pages made anew."""
    head, _, rest = text.partition(BEGIN)
    indent = " " * (len(head) - len(head.rstrip(" ")))
    lines = [f"{indent}- {FOLDER.name}/{name}" for name in made]
    return head + "\n".join([BEGIN, *lines, f"{indent}{END}"]) + rest.partition(END)[2]

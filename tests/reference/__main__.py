"""Writes the reference pages and their place in the navigation: ``python -m tests.reference``."""

from __future__ import annotations

import sys

from tests.reference.writing import FOLDER, NAVIGATION, navigation, pages


def main() -> int:
    FOLDER.mkdir(exist_ok=True)
    made = pages()
    for path in set(FOLDER.glob("*.md")) - {FOLDER / name for name in made}:
        path.unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    NAVIGATION.write_text(navigation(NAVIGATION.read_text(encoding="utf-8"), made), encoding="utf-8")
    print(f"{FOLDER.name}: {len(made)} pages")
    return 0


if __name__ == "__main__":
    sys.exit(main())

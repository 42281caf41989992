"""A hook of MkDocs: what a page links to outside of docs/, in the repository, is named on the site and no link there.

A code host shows the pages in the midst of their repository, the site alone. A file that is not there is warned of, and
a warning stops the strict build.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

_LINK = re.compile(r"\[(?P<shown>[^\]\n]+)\]\((?P<path>(?:\.\./)+[^)\s#]*)\)")
_LOG = logging.getLogger("mkdocs.hooks.outside")


def on_page_markdown(markdown: str, *, page: Any, config: Any, **_: Any) -> str:
    docs = Path(config["docs_dir"]).resolve()

    def named(link: re.Match[str]) -> str:
        target = (Path(page.file.abs_src_path).parent / link["path"]).resolve()
        if target.is_relative_to(docs) or not target.is_relative_to(docs.parent):
            return link[0]
        if not target.exists():
            _LOG.warning("%s links to %s, which is not in the repository", page.file.src_uri, link["path"])
        return link["shown"]

    return _LINK.sub(named, markdown)

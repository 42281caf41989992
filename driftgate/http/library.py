"""httpx without its command line.

Importing httpx imports its command, too, with click, rich and pygments, where these are installed. That takes longer
than all else that httpx imports, and nothing here uses it.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import cast

_COMMAND = "httpx._main"

if "httpx" not in sys.modules and _COMMAND not in sys.modules:
    # a module that is None counts as missing, and httpx does without
    sys.modules[_COMMAND] = cast(ModuleType, None)
    import httpx

    del sys.modules[_COMMAND]
else:
    import httpx

__all__ = ["httpx"]

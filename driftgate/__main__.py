"""``python -m driftgate`` is the command ``driftgate``."""

import sys

from driftgate.cli import main

sys.exit(main())

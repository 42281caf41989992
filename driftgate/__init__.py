"""driftgate: does this base URL still keep the vendor's contract, and what has changed since we last looked?"""

__version__ = "0.1.0"

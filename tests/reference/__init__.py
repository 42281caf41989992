"""The reference pages of docs/, made from the code, the contracts and the schemas: ``python -m tests.reference``."""

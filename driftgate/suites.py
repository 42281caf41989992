"""The tests of the suites as one module: for ``pytest --pyargs driftgate.suites``, and to import in a test file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from driftgate.base.paths import SUITES


def _tests(path: Path) -> Iterator[tuple[str, Callable[..., None]]]:
    """The tests of a file of the suites, which lie beside the package or in it, and are no package themselves."""
    spec = spec_from_file_location(f"{__name__}.{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path}: cannot be imported")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return ((name, value) for name, value in vars(module).items() if name.startswith("test_") and callable(value))


__all__ = []
for _path in sorted(SUITES.glob("test_*.py")):
    for _name, _test in _tests(_path):
        globals()[_name] = _test
        __all__ += [_name]  # noqa: PLE0604  # names of functions

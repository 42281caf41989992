"""What people install: sdist and wheel, what is in them, and that they work where nothing of the checkout is."""

from __future__ import annotations

import configparser
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from packaging.metadata import Metadata
from packaging.requirements import Requirement

from driftgate import __version__
from tests.fits.contracts import write
from tests.fits.servers import KEY
from tests.package.conftest import ROOT, VERSIONS, command, pythons
from tests.test_fits import serving

INFO = f"driftgate-{__version__}.dist-info"
# what a wheel holds beside the modules, and where from
BUNDLED = {
    "contracts": "driftgate/_bundle/contracts",
    "products": "driftgate/_bundle/products",
    "suites": "driftgate/_bundle/suites",
}


@pytest.fixture(scope="module")
def wheel(built):
    (path,) = built.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def sdist(built):
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        files = [each for each in archive.getmembers() if each.isfile()]
        return {each.name.partition("/")[2]: archive.extractfile(each).read() for each in files}


def _files(folder):
    """The files of a folder of the checkout, without what Python and others leave there."""
    for path in sorted((ROOT / folder).rglob("*")):
        if path.is_file() and not {"__pycache__", ".hypothesis"} & set(path.parts):
            yield path.relative_to(ROOT / folder).as_posix(), path.read_bytes()


def test_the_wheel_holds_package_contracts_and_suites_and_nothing_else(wheel):
    expected = {f"driftgate/{name}": data for name, data in _files("driftgate")}
    for folder, place in BUNDLED.items():
        expected |= {f"{place}/{name}": data for name, data in _files(folder)}
    expected[f"{INFO}/licenses/LICENSE"] = (ROOT / "LICENSE").read_bytes()
    about = {f"{INFO}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt")}
    assert wheel.keys() == expected.keys() | about
    assert {name: wheel[name] for name in expected} == expected
    for needed in ("driftgate/py.typed", "driftgate/report/templates/report.html.j2"):
        assert needed in wheel
    assert b"Root-Is-Purelib: true" in wheel[f"{INFO}/WHEEL"]


def test_the_sdist_holds_what_it_takes_to_build_and_to_test(sdist):
    for folder in ("driftgate", "contracts", "products", "suites", "tests"):
        for name, data in _files(folder):
            assert sdist[f"{folder}/{name}"] == data
    there = (
        "LICENSE",
        "README.md",
        "CHANGELOG.md",
        "driftgate.example.toml",
        "pyproject.toml",
        "tox.ini",
        "conftest.py",
        "mkdocs.yml",
    )
    for name in (*there, "action.yml", *(f"ci/{name}" for name, _ in _files("ci"))):
        if (ROOT / name).exists():
            assert sdist[name] == (ROOT / name).read_bytes()
    assert set(there) <= sdist.keys()
    left = [
        name for name in sdist if re.search(r"__pycache__|\.pyc$|(^|/)\.(?!gitkeep|gitignore)|reports/latest", name)
    ]
    assert left == []


def test_nothing_names_the_machine_it_was_built_on(wheel, sdist):
    assert wheel
    assert sdist
    for name, data in [*wheel.items(), *sdist.items()]:
        for place in (ROOT, Path(sys.prefix), Path.home() / ".cache"):
            assert os.fsencode(place) not in data, name


def test_two_builds_in_two_folders_are_the_same(built, built_elsewhere):
    paths = list(built.iterdir())
    assert len(paths) == 2, paths  # an sdist and a wheel
    for path in paths:
        assert path.read_bytes() == (built_elsewhere / path.name).read_bytes(), path.name


def test_its_metadata_are_complete(wheel):
    told = Metadata.from_email(wheel[f"{INFO}/METADATA"])
    assert (told.name, str(told.version)) == ("driftgate", __version__)
    assert told.license_expression == "Apache-2.0"
    assert told.license_files == ["LICENSE"]
    assert "Apache License" in (ROOT / "LICENSE").read_text()
    assert str(told.requires_python) == f">={VERSIONS[0]}"
    assert told.description == (ROOT / "README.md").read_text()
    assert told.description_content_type == "text/markdown"
    assert {f"Programming Language :: Python :: {version}" for version in VERSIONS} <= set(told.classifiers)
    assert "Typing :: Typed" in told.classifiers
    assert not [each for each in told.classifiers if each.startswith("License ::")]  # PEP 639
    assert all(isinstance(each, Requirement) and each.specifier for each in told.requires_dist)


def test_its_entry_points_are_the_command_and_the_plugin(wheel):
    entries = configparser.ConfigParser()
    entries.read_string(wheel[f"{INFO}/entry_points.txt"].decode())
    assert {name: dict(entries[name]) for name in entries.sections()} == {
        "console_scripts": {"driftgate": "driftgate.__main__:main"},
        "pytest11": {"driftgate": "driftgate.pytest_plugin.entry"},
    }


def test_other_tools_find_nothing_to_mend(built, tmp_path):
    paths = sorted(built.iterdir())
    command(sys.executable, "-m", "twine", "check", "--strict", *paths, cwd=tmp_path)
    command(
        sys.executable, "-m", "check_wheel_contents", *(path for path in paths if path.suffix == ".whl"), cwd=tmp_path
    )


@pytest.mark.parametrize("version", pythons())
def test_the_wheel_works_in_a_clean_environment(version, built, tmp_path):
    (wheel,) = built.glob("*.whl")
    command(pythons()[version], "-m", "venv", "--without-pip", tmp_path / "venv", cwd=tmp_path)
    binaries = tmp_path / "venv" / "bin"
    command(sys.executable, "-m", "uv", "pip", "install", "--python", binaries / "python", wheel, cwd=tmp_path)
    here = tmp_path / "here"
    here.mkdir()
    driftgate = binaries / "driftgate"
    assert command(driftgate, "--version", cwd=here) == f"driftgate {__version__}\n"
    command(driftgate, "init", cwd=here)
    output = command(driftgate, "run", "--target", "dify", "--profile", "smoke", cwd=here)
    assert "dify: " in output
    assert (here / "reports/latest/report.html").is_file()
    assert "dify     2026-07" in command(binaries / "python", "-m", "driftgate", "contracts", cwd=here)
    place = re.search(r"^targets .*\n +(\S+)$", command(driftgate, "schema", cwd=here), re.MULTILINE)[1]
    assert Path(place).is_relative_to(tmp_path / "venv")
    assert Path(place).read_text() == (here / ".driftgate/targets.schema.json").read_text()
    _is_not_disturbed(binaries / "python", tmp_path / "own")
    _judges_a_vendor_of_its_own(binaries / "python", tmp_path / "repository")


def _is_not_disturbed(python, project):
    """Tests of somebody else's, with options of the same names, run as if driftgate were not there."""
    project.mkdir()
    options = "".join(f"    parser.addoption('--{each}')\n" for each in ("target", "vendor", "profile", "seed"))
    (project / "conftest.py").write_text(f"def pytest_addoption(parser):\n{options}")
    (project / "test_own.py").write_text(
        "def test_own(pytestconfig):\n    assert pytestconfig.option.target == 'mine'\n"
    )
    output = command(python, "-m", "pytest", "--target=mine", "--strict-config", "-W", "error", cwd=project)
    assert "1 passed" in output
    assert "driftgate:" not in output
    assert not (project / "reports").exists()


def _judges_a_vendor_of_its_own(python, repository):
    """Three contract files, a driftgate.toml and a test of two lines: pytest judges, with the exit codes of a run."""
    write(repository / "contracts", "formed")
    (repository / "test_contract.py").write_text(
        '"""Our targets keep their contracts."""\nfrom driftgate.suites import *\n'
    )
    (repository / "test_own.py").write_text("def test_own():\n    assert True\n")
    for faults, code in (((), 0), (("no title",), 1)):
        with serving("formed", faults) as (_, url):
            (repository / "driftgate.toml").write_text(
                f'contracts = ["contracts"]\n[targets.ours]\nvendor = "formed"\nbase_url = "{url}"\napi_key = "{KEY}"\n'
            )
            done = _pytest(python, repository, "--strict-markers")
        assert done.returncode == code, done.stdout + done.stderr
        assert f"ours: Formed 1 at {url}" in done.stdout
        assert "test_own.py ." in done.stdout
    assert (repository / "reports/latest/ours.jsonl").is_file()
    # the server has gone, and the suites by name, without the two lines, say so
    (repository / "test_contract.py").unlink()
    done = _pytest(python, repository, "--pyargs", "driftgate.suites")
    assert done.returncode == 6, done.stdout + done.stderr
    assert "driftgate: exit 6: inconclusive: ours" in done.stdout


def _pytest(python, folder, *options):
    words = [python, "-m", "pytest", *options]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)


def test_the_editors_checker_finds_the_schema_and_what_is_wrong(tmp_path):
    command(sys.executable, "-m", "driftgate", "init", cwd=tmp_path)
    taplo = Path(os.environ["TAPLO"])
    command(taplo, "check", "driftgate.toml", cwd=tmp_path)
    path = tmp_path / "driftgate.toml"
    path.write_text(path.read_text().replace("emulator = true", 'emulator = "yes"', 1))
    with pytest.raises(AssertionError, match="true was expected"):
        command(taplo, "check", "driftgate.toml", cwd=tmp_path)
    command(taplo, "check", ROOT / "driftgate.example.toml", cwd=ROOT)

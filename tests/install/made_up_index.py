"""An index of made-up wheels in a folder: each locked version, and a younger one that must not come."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from pathlib import Path

from tests.install.locks import Pin, read_lock

YOUNGER = "9999.0"
UNOBTAINABLE = ("published-nowhere==1",)

# What the project needs of a build backend: its name, version and requirements as an editable wheel.
BACKEND = """
import tomllib, zipfile
from pathlib import Path

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    head = f"Name: {project['name']}\\nVersion: {project['version']}\\n"
    name = project["name"].replace("-", "_") + "-" + project["version"]
    requires = "".join(f"Requires-Dist: {text}\\n" for text in project["dependencies"])
    files = {
        "METADATA": f"Metadata-Version: 2.1\\n{head}{requires}",
        "WHEEL": "Wheel-Version: 1.0\\nGenerator: made-up\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    }
    record = "".join(f"{name}.dist-info/{file},,\\n" for file in (*files, "RECORD"))
    with zipfile.ZipFile(Path(wheel_directory, f"{name}-py3-none-any.whl"), "w") as wheel:
        for file, text in {**files, "RECORD": record}.items():
            wheel.writestr(f"{name}.dist-info/{file}", text)
    return f"{name}-py3-none-any.whl"
"""
BROKEN = "raise RuntimeError('this backend is younger than the lock')\n"


def made_up_locks(locks: Path, index: Path, target: Path) -> None:
    """Write an index, and into `target` the locks with the hashes of its wheels."""
    pins = {path.name: read_lock(path) for path in sorted(locks.glob("*.txt"))}
    every = {(pin.name, pin.version): pin for each in pins.values() for pin in each}
    hashes = {key: _locked_wheel(index, pin) for key, pin in every.items()}
    for name in {pin.name for pin in every.values()}:
        modules = {"setuptools/build_meta.py": BROKEN} if name == "setuptools" else {}
        _wheel(index, name, YOUNGER, requires=UNOBTAINABLE, modules=modules)
        links = "".join(f'<a href="{path.name}">{path.name}</a>' for path in (index / name).glob("*.whl"))
        (index / name / "index.html").write_text(f"<!DOCTYPE html><html><body>{links}</body></html>")
    target.mkdir(parents=True)
    for file, each in pins.items():
        (target / file).write_text("".join(_line(pin, hashes[pin.name, pin.version]) for pin in each))


def _line(pin: Pin, digest: str) -> str:
    return f"{pin.requirement} --hash=sha256:{digest}\n"


def _locked_wheel(index: Path, pin: Pin) -> str:
    """Write the wheel of a pinned version, with the requirements of the real one where that is installed."""
    modules = {"setuptools/build_meta.py": BACKEND} if pin.name == "setuptools" else {}
    requires, extras = _real_metadata(pin)
    path = _wheel(index, pin.name, pin.version, requires=requires, extras=extras, modules=modules)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _real_metadata(pin: Pin) -> tuple[Sequence[str], Sequence[str]]:
    try:
        found = metadata.distribution(pin.name)
    except metadata.PackageNotFoundError:
        return (), ()
    if found.version != pin.version:
        return (), ()
    return found.requires or (), found.metadata.get_all("Provides-Extra") or ()


def _wheel(  # noqa: PLR0913 - a wheel's parts, named at the call
    index: Path,
    name: str,
    version: str,
    *,
    requires: Iterable[str] = (),
    extras: Iterable[str] = (),
    modules: Mapping[str, str],
) -> Path:
    stem = f"{name.replace('-', '_')}-{version}"
    headers = [
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}",
        *(f"Requires-Dist: {text}" for text in requires),
        *(f"Provides-Extra: {text}" for text in extras),
    ]
    files = {
        **modules,
        f"{stem}.dist-info/METADATA": "\n".join(headers) + "\n",
        f"{stem}.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{stem}.dist-info/RECORD"] = "".join(
        f"{file},,\n" for file in (*files, f"{stem}.dist-info/RECORD")
    )
    path = index / name / f"{stem}-py3-none-any.whl"
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in files.items():
            archive.writestr(file, text)
    return path

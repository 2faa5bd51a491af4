#!/usr/bin/env python3
"""Makes a wheel of the Python binding with the release library inside: wheel.py [DIRECTORY]

The wheel goes to DIRECTORY, or to target/wheel. Its tag says which C library it needs: the newest
version of glibc that a symbol of the library asks for. Needs readelf, and no package of Python's.
"""

import base64
import hashlib
import os
import pathlib
import platform
import re
import subprocess
import sys
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINDING = ROOT / "bindings" / "python"
LIBRARY = ROOT / "target" / "release" / "libthreading.so"
# What manylinux allows a library to need, and this one does.
ALLOWED = re.compile(r"^(libc|libpthread|libm|libdl|librt|libgcc_s|ld-linux[\w-]*)\.so\.\d+$")
# manylinux begins there: PEP 600.
LEAST_GLIBC = (2, 5)
MOMENT = (1980, 1, 1, 0, 0, 0)


def readelf(option):
    return subprocess.run(
        ["readelf", "--wide", option, str(LIBRARY)], capture_output=True, text=True, check=True
    ).stdout


def soname_and_glibc():
    """The name by which the library is loaded, and the oldest glibc that it runs with."""
    dynamic = readelf("--dynamic")
    for needed in re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic):
        if not ALLOWED.match(needed):
            sys.exit(f"wheel.py: manylinux does not allow a library to need {needed}")
    asked = re.findall(r"GLIBC_(\d+)\.(\d+)", readelf("--version-info"))
    if not asked:
        sys.exit("wheel.py: the library is not linked to glibc, and other wheels are not made")
    glibc = max(LEAST_GLIBC, *((int(major), int(minor)) for major, minor in asked))
    return re.search(r"\(SONAME\).*\[(.*)\]", dynamic).group(1), glibc


def field(name):
    """A field of pyproject.toml that is one string in one line."""
    text = (BINDING / "pyproject.toml").read_text()
    return re.search(rf'^{name} = "(.*)"$', text, re.MULTILINE).group(1)


def metadata(version):
    classifiers = re.search(r"^classifiers = \[(.*)\]$", (BINDING / "pyproject.toml").read_text(),
                            re.MULTILINE).group(1)
    return "".join([
        "Metadata-Version: 2.1\nName: libthreading\n",
        f"Version: {version}\nSummary: {field('description')}\n",
        "License: MIT OR Apache-2.0\n",
        *(f"Classifier: {one}\n" for one in re.findall(r'"([^"]*)"', classifiers)),
        f"Requires-Python: {field('requires-python')}\n",
        "Description-Content-Type: text/markdown\n\n",
        (BINDING / "README.md").read_text(),
    ])


def contents(version, tag, soname):
    """Each file of the wheel: its path, its bytes and its mode."""
    for path in sorted((BINDING / "libthreading").rglob("*")):
        if path.suffix == ".py" or path.name == "py.typed":
            yield str(path.relative_to(BINDING)), path.read_bytes(), 0o644
    yield f"libthreading/{soname}", LIBRARY.read_bytes(), 0o755
    about = f"libthreading-{version}.dist-info"
    for name in ("LICENSE-MIT", "LICENSE-APACHE"):
        yield f"{about}/licenses/{name}", (ROOT / name).read_bytes(), 0o644
    yield f"{about}/METADATA", metadata(version).encode(), 0o644
    wheel = f"Wheel-Version: 1.0\nGenerator: wheel.py\nRoot-Is-Purelib: false\nTag: {tag}\n"
    yield f"{about}/WHEEL", wheel.encode(), 0o644


def main():
    if len(sys.argv) > 2 or sys.argv[1:2] in (["-h"], ["--help"]):
        sys.exit(__doc__)
    directory = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "target" / "wheel")
    soname, (major, minor) = soname_and_glibc()
    version = field("version")
    tag = f"py3-none-manylinux_{major}_{minor}_{platform.machine()}"
    directory.mkdir(parents=True, exist_ok=True)
    made = directory / f"libthreading-{version}-{tag}.whl"
    rows = []
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        def add(name, data, mode):
            entry = zipfile.ZipInfo(name, MOMENT)
            entry.external_attr = (0o100000 | mode) << 16
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED)

        for name, data, mode in contents(version, tag, soname):
            add(name, data, mode)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            rows.append(f"{name},sha256={digest},{len(data)}\n")
        record = f"libthreading-{version}.dist-info/RECORD"
        add(record, "".join([*rows, f"{record},,\n"]).encode(), 0o644)
    print(os.path.relpath(made))


if __name__ == "__main__":
    main()

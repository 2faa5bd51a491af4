"""Finds the library libthreading.so.0, and loads it."""

import ctypes
import os
import shutil
import subprocess
from typing import List

SONAME = "libthreading.so.0"
VARIABLE = "THREADING_LIBRARY"


def load() -> ctypes.CDLL:
    """Loads the library: the file that the environment variable THREADING_LIBRARY names, else the
    one that the process has loaded already, else the one inside this package, as wheels have it,
    else what the loader finds under the SONAME, else the one in pkg-config's libdir. Raises
    ImportError, with all that was tried, if there is none."""
    if ctypes.sizeof(ctypes.c_void_p) != 8:
        raise ImportError(
            "libthreading: handles are passed as 64-bit integers, which only a 64-bit platform does"
            " alike"
        )
    named = os.environ.get(VARIABLE)
    if named:
        try:
            return ctypes.CDLL(named)
        except OSError as error:
            raise ImportError(
                f"libthreading: the library that {VARIABLE} names cannot be loaded: {error}"
            ) from error
    tried = []
    for path in [*_paths_inside(), SONAME, *_paths_from_pkg_config()]:
        try:
            return ctypes.CDLL(path)
        except OSError as error:
            tried.append(str(error))
    raise ImportError(
        f"libthreading: the library {SONAME} is not found ({'; '.join(tried)}). Install it, or let"
        f" {VARIABLE} name its file, LD_LIBRARY_PATH its directory, or PKG_CONFIG_PATH the"
        " directory of its threading.pc."
    )


def _paths_inside() -> List[str]:
    """The library of a wheel. A process must not have two: the one that is loaded goes before."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), SONAME)
    if not os.path.exists(path):
        return []
    try:
        ctypes.CDLL(SONAME, mode=os.RTLD_NOLOAD | os.RTLD_NOW)
    except OSError:
        return [path]
    return [SONAME]


def _paths_from_pkg_config() -> List[str]:
    command = shutil.which("pkg-config")
    if command is None:
        return []
    asked = subprocess.run(
        [command, "--variable=libdir", "threading"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    directory = os.fsdecode(asked.stdout).strip()
    return [os.path.join(directory, SONAME)] if asked.returncode == 0 and directory else []

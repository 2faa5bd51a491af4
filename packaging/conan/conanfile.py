"""A package for Conan 2, from this tree: `conan create packaging/conan`.

It builds as `make` does, so Rust has to be there. tests/install/conan.sh tries it.
"""

import pathlib
import re
import shutil

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.files import copy, rmdir

# What the library is built and installed of, with its man pages. A release's tarball has the last
# two.
FILES = ("Cargo.toml", "Cargo.lock", "Makefile", "LICENSE-MIT", "LICENSE-APACHE", "build.rs")
FOLDERS = (
    "src", "include", "bindings/cpp/include", "tools", "packaging", "tests/misuse", "vendor",
    ".cargo",
)


class Libthreading(ConanFile):
    name = "libthreading"
    description = "Python's threading module for every language that can call C"
    license = "MIT OR Apache-2.0"
    url = homepage = "https://github.com/libthreading/libthreading"
    topics = ("threads", "lock", "deadlock", "concurrency")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False]}
    default_options = {"shared": True}

    @property
    def _root(self):
        return pathlib.Path(self.recipe_folder).parent.parent

    def set_version(self):
        text = (self._root / "Cargo.toml").read_text(encoding="utf-8")
        self.version = re.search(r'^version = "(.*)"$', text, re.MULTILINE).group(1)

    def export_sources(self):
        there = pathlib.Path(self.export_sources_folder)
        for name in FILES:
            shutil.copy2(self._root / name, there / name)
        for name in FOLDERS:
            copy(self, "*", src=str(self._root / name), dst=str(there / name))

    def configure(self):
        # It is a library of C, whatever made it.
        self.settings.rm_safe("compiler.cppstd")
        self.settings.rm_safe("compiler.libcxx")

    def package_id(self):
        # One build for all: rustc makes it, and optimises.
        del self.info.settings.compiler
        del self.info.settings.build_type

    def validate(self):
        if self.settings.os != "Linux":
            raise ConanInvalidConfiguration("libthreading runs on Linux")

    def build(self):
        self.run("make all")

    def package(self):
        prefix = pathlib.Path(self.package_folder)
        self.run(f'make install PREFIX="{prefix}"')
        copy(self, "LICENSE-*", src=self.source_folder, dst=str(prefix / "licenses"))
        # Conan writes these itself, and gdb finds its part by a path that is the user's here.
        for directory in ("lib/pkgconfig", "lib/cmake", "share/gdb", "share/man"):
            rmdir(self, str(prefix / directory))
        if self.options.shared:
            (prefix / "lib/libthreading.a").unlink()
        else:
            for file in (prefix / "lib").glob("libthreading.so*"):
                file.unlink()
            rmdir(self, str(prefix / "lib/.debug"))

    def package_info(self):
        self.cpp_info.libs = ["threading"]
        self.cpp_info.set_property("cmake_file_name", "threading")
        self.cpp_info.set_property("cmake_target_name", "threading::threading")
        self.cpp_info.set_property("pkg_config_name", "threading")
        if not self.options.shared:
            self.cpp_info.system_libs = ["util", "rt", "pthread", "m", "dl"]

"""The README's first program, with what the package says of itself."""

import io
import os

from conan import ConanFile
from conan.errors import ConanException
from conan.tools.build import can_run
from conan.tools.cmake import CMake, cmake_layout


class Program(ConanFile):
    settings = "os", "arch", "compiler", "build_type"
    generators = "CMakeDeps", "CMakeToolchain"

    def requirements(self):
        self.requires(self.tested_reference_str)

    def layout(self):
        cmake_layout(self)

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def test(self):
        if not can_run(self):
            return
        said = io.StringIO()
        self.run(os.path.join(self.cpp.build.bindir, "program"), stdout=said, env="conanrun")
        self.output.info(said.getvalue().strip())
        if said.getvalue() != "worker works on a task\n":
            raise ConanException("the program does not greet")

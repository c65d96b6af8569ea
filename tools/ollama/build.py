"""Builds Ollama for CPU from its Go module, where no release can be downloaded.

Always in the same folder and with the same compilers (Go, and Zig for C and C++, from locked packages), so that
the archive has the same sha256 on every computer. It needs x86-64-v3 (AVX2: 2013 and later) and glibc 2.31.
"""

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from plan.errors import ProviderError
from tools.checkout import SetupError
from tools.progress import run

HERE = Path(__file__).parent
FOLDER = Path("/var/cache/eigenherd/build/ollama")
PACKAGE = "github.com/ollama/ollama"
VERSION = "0.17.4"
DOWNLOAD_MIB = 305
MINUTES = 5

TARGET = "-target x86_64-linux-gnu.2.31 -march=x86_64_v3 -fno-sanitize=undefined"
LINK = f"-s -w -buildid= -X {PACKAGE}/version.Version={VERSION} -X {PACKAGE}/server.mode=release"


def build(archive: Path) -> None:
    """Write the archive; what the build needed is thrown away."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    try:
        install_compilers()
        program = FOLDER / "ollama"
        compile_program(program)
        pack(program, archive)
    except SetupError as error:
        raise ProviderError("Ollama built from its Go module", str(error), "see the compiler's words above") from None
    except subprocess.CalledProcessError as error:
        raise ProviderError(" ".join(error.cmd[:3]), str(error.stderr).strip(), "look into its words") from None
    finally:
        # the module cache is read-only; Go cleans it itself, but only where Go has been installed
        subprocess.run(["chmod", "-R", "u+w", str(FOLDER)], check=False)
        shutil.rmtree(FOLDER, ignore_errors=True)


def install_compilers() -> None:
    pip = [sys.executable, "-m", "pip", "install", "--require-hashes", "--no-deps", "--only-binary", ":all:"]
    pip += ["--no-compile", "--target", str(FOLDER / "compilers"), "-r", str(HERE / "toolchain.txt")]
    run("Ollama: compilers", pip, counts=lambda line: "Downloading" in line, unit="downloaded")


def environment(headers: Path) -> dict[str, str]:
    zig = FOLDER / "compilers/ziglang/zig"
    optimised = f"-O3 -g0 -I{headers}"
    return {
        "CC": f"{zig} cc {TARGET}",
        "CXX": f"{zig} c++ {TARGET}",
        "CGO_ENABLED": "1",
        "CGO_CFLAGS": optimised,
        "CGO_CXXFLAGS": optimised,
        "CGO_LDFLAGS": "-O2 -g0",  # for the C++ library, which Zig compiles when it links
        "ZIG_GLOBAL_CACHE_DIR": str(FOLDER / "zig"),
        "ZIG_LOCAL_CACHE_DIR": str(FOLDER / "zig"),
        "GOPATH": str(FOLDER / "path"),
        "GOMODCACHE": str(FOLDER / "modules"),
        "GOCACHE": str(FOLDER / "cache"),
        "GOAMD64": "v1",
        "GOFLAGS": "-mod=readonly -buildvcs=false",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
    }


def compile_program(program: Path) -> None:
    go = str(FOLDER / "compilers/go/bin/go")
    headers, module = FOLDER / "headers", FOLDER / "module"
    env = environment(headers)
    collect_headers(go, headers, env)
    module.mkdir()
    for name in ("go.mod", "go.sum", "tools.go"):
        shutil.copyfile(HERE / name, module / name)
    listed = run(
        "Ollama: fetching modules",
        [go, "list", "-deps", PACKAGE],
        counts=lambda line: line.startswith("go: downloading"),
        unit="fetched",
        env=env,
        cwd=module,
    )
    packages = sum(not line.startswith("go: ") for line in listed)
    run(
        "Ollama: compiling",
        [go, "build", "-v", "-trimpath", "-ldflags", LINK, "-o", program, PACKAGE],
        counts=lambda line: not line.startswith("go: "),
        unit=f"of {packages} packages",
        env=env,
        cwd=module,
    )


def collect_headers(go: str, headers: Path, env: dict[str, str]) -> None:
    """Lay the three missing headers out as Ollama includes them."""
    command = [go, "mod", "download", "-json", PACKAGE, "github.com/gen2brain/malgo"]
    told = subprocess.run(
        command, cwd=HERE / "headers", env={**os.environ, **env}, capture_output=True, text=True, check=True
    ).stdout
    found = json.loads("[" + told.replace("}\n{", "},{") + "]")
    folders = {module["Path"]: Path(module["Dir"]) for module in found}
    old = folders[PACKAGE] / "llama/llama.cpp/common"
    sources = {
        "nlohmann/json.hpp": old / "json.hpp",
        "stb/stb_image.h": old / "stb_image.h",
        "miniaudio/miniaudio.h": folders["github.com/gen2brain/malgo"] / "miniaudio.h",
    }
    for name, source in sources.items():
        (headers / name).parent.mkdir(parents=True)
        shutil.copyfile(source, headers / name)
    # the declarations alone are a file of their own elsewhere; the whole does as well
    (headers / "nlohmann/json_fwd.hpp").write_text("#include <nlohmann/json.hpp>\n")


def pack(program: Path, archive: Path) -> None:
    """An archive without times, owners or compression, so that equal programs give equal archives."""
    fresh = archive.with_name(f".{archive.name}.new")
    with tarfile.open(fresh, "w", format=tarfile.USTAR_FORMAT) as tar:
        entry = tarfile.TarInfo("bin/ollama")
        entry.mode, entry.size = 0o755, program.stat().st_size
        tar.addfile(entry, io.BytesIO(program.read_bytes()))
    fresh.replace(archive)


if __name__ == "__main__":
    build(Path(sys.argv[1]).absolute())

"""A machine on paper for kernel_set: every command it runs is this file under another name, over one JSON file.

What apt, dpkg, DKMS and GRUB did in life is the business of the cases on machines; here it is the order of things.
"""

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

HERE = Path(os.environ.get("KERNEL_SET_WORLD", "."))
World = dict[str, Any]


def load() -> World:
    value: World = json.loads((HERE / "world.json").read_text())
    return value


def save(world: World) -> None:
    (HERE / "world.json").write_text(json.dumps(world))


def numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]


def kernels(world: World) -> list[str]:
    return sorted(n.removeprefix("linux-image-") for n in world["packages"] if n.startswith("linux-image-6"))


def settle(world: World) -> None:
    """/boot and its menu, as the packages' scripts leave them."""
    boot = HERE / "boot"
    for path in boot.glob("*-6*"):
        path.unlink()
    lines = ["submenu 'Advanced' $menuentry_id_option 'gnulinux-advanced-1234' {"]
    for kernel in kernels(world):
        (boot / f"vmlinuz-{kernel}").touch()
        if kernel != world.get("no_initrd"):
            (boot / f"initrd.img-{kernel}").touch()
        lines.append(f"menuentry '{kernel}' $menuentry_id_option 'gnulinux-{kernel}-advanced-1234' {{")
    (boot / "grub/grub.cfg").write_text("\n".join(lines))


def build(world: World, kernel: str) -> bool:
    """DKMS, for one kernel."""
    version = world["packages"].get("nvidia-kernel-open-dkms", "").removesuffix("-1")
    if world.get("broken_source") == version:
        log = HERE / f"var/lib/dkms/nvidia/{version}/build/make.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("make: ...\nnv-pci.c:12: error: too few arguments to function\nmake: *** Error 2\n")
        return False
    if version and kernel not in world.get("never_built", []):
        world["modules"][kernel] = version
        for name in ("nvidia", "nvidia-uvm"):
            path = HERE / f"lib/modules/{kernel}/updates/dkms/{name}.ko"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(version)
    return True


def boot(world: World) -> None:
    """What starts: the one chosen once, else the default; a kernel that panics is followed by the default."""
    chosen, world["once"] = world["once"] or world["default"], ""
    if chosen in world.get("panics", []):
        chosen = world["default"]
    world["running"], world["boots"] = chosen, world["boots"] + 1
    (HERE / "proc/sys/kernel/random/boot_id").write_text(f"boot-{world['boots']}\n")
    (HERE / "sys/module/nvidia").mkdir(parents=True, exist_ok=True)
    (HERE / "sys/module/nvidia/version").write_text(world["modules"].get(chosen, ""))


def apt_get(world: World, words: list[str]) -> int:
    if "update" in words:
        print("E: no mirror" if world.get("no_mirror") else "")
        return 100 if world.get("no_mirror") else 0
    if "download" in words:
        name, _, version = words[-1].partition("=")
        if name in world.get("gone_from_archive", []):
            return 100
        (Path.cwd() / f"{name}_{version.replace(':', '%3a')}_amd64.deb").write_text(f"{name} {version}")
        return 0
    if "purge" in words:
        for name in words[words.index("purge") + 1 :]:
            world["packages"].pop(name)
        return 0
    if "check" in words:
        return 1 if world["half"] else 0
    there = world["packages"]
    new = {name: v for name, v in world["archive"].items() if there.get(name) != v}
    if "--simulate" in words:
        for name, version in new.items():
            print(f"Inst {name} {f'[{there[name]}] ' if name in there else ''}({version} Debian:12/stable [amd64])")
        return 0
    if held := sorted(set(world["held"]) & set(new)):
        print(f"E: held: {held}")
        return 100
    before = set(kernels(world))
    there |= new
    settle(world)
    for kernel in sorted({*before, *kernels(world)}):
        if not build(world, kernel):
            world["half"] = ["nvidia-kernel-open-dkms"]
            print("Sub-process\nE: Sub-process /usr/bin/dpkg returned an error code (1)")
            return 100
    return 0


def dpkg(world: World, words: list[str]) -> int:
    if words[0] == "--compare-versions":
        return 0 if numbers(words[1]) < numbers(words[3]) else 1
    if words[0] == "--audit":
        print("".join(f" {name} is half configured\n" for name in world["half"]))
    if words[0] == "--purge":
        for name in (word for word in words if not word.startswith("--")):
            world["packages"].pop(name)
            world["modules"].pop(name.removeprefix("linux-image-"), None)
    if words[0] == "--install":
        for path in (word for word in words if not word.startswith("--")):
            name, version = Path(path).read_text().split()
            world["packages"][name] = version
            world["half"] = [each for each in world["half"] if each != name]
    if words[0] in ("--purge", "--install"):
        settle(world)
    if words[0] == "--install":
        for kernel in kernels(world):
            build(world, kernel)
    return 0


def main() -> int:
    world, name, words = load(), Path(sys.argv[0]).name, sys.argv[1:]
    with (HERE / "said").open("a") as said:
        said.write(f"{name} {' '.join(words)}\n")
    code = 0
    if name == "apt-get":
        code = apt_get(world, words)
    elif name == "dpkg":
        code = dpkg(world, words)
    elif name == "dpkg-query":
        for package, version in world["packages"].items():
            state = "half-configured" if package in world["half"] else "installed"
            first = f"{state} {package} {version}"
            print(first if words[-1].startswith("${db") else f"{package} {version} {state}")
    elif name == "dpkg-repack":
        (Path.cwd() / f"{words[0]}_{world['packages'][words[0]]}_amd64.deb").write_text(
            f"{words[0]} {world['packages'][words[0]]}"
        )
    elif name == "apt-mark" and words[0] in ("hold", "unhold"):
        held = set(world["held"])
        world["held"] = sorted(held | set(words[1:]) if words[0] == "hold" else held - set(words[1:]))
    elif name == "apt-mark":
        print("\n".join(n for n in world["packages"] if n.startswith(("linux-image-6", "linux-headers-6"))))
    elif name == "dkms":
        code = 0 if build(world, words[-1]) else 1
    elif name == "modinfo":
        module = HERE / f"lib/modules/{words[1]}/updates/dkms/{words[-1]}.ko"
        there = words[1] in world["modules"] and module.exists()
        print(
            ("/" + str(module.relative_to(HERE)) if words[3] == "filename" else world["modules"][words[1]])
            if there
            else "ERROR: not found"
        )
    elif name == "uname":
        print(world["running"])
    elif name in ("grub-reboot", "grub-set-default"):
        key = "once" if name == "grub-reboot" else "default"
        world[key] = words[0].partition(">gnulinux-")[2].partition("-advanced")[0]
    elif name == "df":
        print(f"Avail\n{world['free_mib']}")
    elif name == "systemctl" and words == ["reboot"]:
        boot(world)
    elif name == "gate":
        fine = world["running"] not in world.get("gate_fails_on", [])
        print("1 of 1 cards" if fine else "no card answers")
        code = 0 if fine else 1
    elif name == "watch":
        assert json.loads(sys.stdin.read()) == {"handover": "without secrets"}
        print(json.dumps({"not_passed": world.get("failing", {}).get(world["running"], [])}))
    save(world)
    return code


if __name__ == "__main__":
    sys.exit(main())

"""Machines behind the fake: sandbox machines that a reset boots, into a rescue system or what was installed.

A server has a folder of the sandbox stack. Its disk there is that of the system that runs; while that is a rescue
system, the installed one's lies beside it. Every step may be repeated: a killed fake does its undone resets again.
"""

import json
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

from stacks.sandbox import identity, layer, network, places, power, record, resolver, tree
from stacks.sandbox.command import PRIVATELY, run
from stacks.sandbox.machine import leave
from stacks.sandbox.record import Record
from tests.fakes.robot import systems
from tests.fakes.robot.books import Books

ROOT = Path(__file__).resolve().parents[3]
FIRST, ROOM = 20, 40
READ = 'mount -o loop,ro "$1" "$2" && cat "$2/upper/$3" 2>/dev/null || true'
CHROOT = "tests.fakes.robot.first_boot"


class Land:
    """stack: the sandbox stack. kept: the deployed layer that installed systems stand on, if any."""

    def __init__(self, stack: str, owner: str, kept: str = "") -> None:
        self.network = network.ensure(stack, owner=owner)
        self.stack, self.kept, self.lock = stack, kept, threading.Lock()

    def addresses(self) -> list[str]:
        return [self.network.host_ipv4(number) for number in range(FIRST, FIRST + ROOM)]

    def reset(self, books: Books, entry: dict[str, Any], changing: threading.Lock) -> None:
        """Do one reset of the books, in a thread of its own, and strike it off."""
        server = books["servers"][str(entry["server_number"])]
        keys = "".join(
            books["keys"][key["key"]["fingerprint"]]["data"].strip() + "\n"
            for key in (entry["_rescue"] or {"authorized_key": []})["authorized_key"]
        )
        with self.lock:
            self.boot(server, entry, keys, books["settings"].get("installimage", "works"))
        with changing:
            if last := books["boot"].get(str(entry["server_number"]), {}).get("last"):
                last["_booted"] = True
            entry["done"] = True
            books.save()

    def boot(self, server: dict[str, Any], entry: dict[str, Any], keys: str, mode: str) -> None:
        made = self.record(server)
        power.cut(self.stack, made.name)
        state = made.folder / "boot.json"
        system = json.loads(state.read_text()) if state.exists() else "nothing"
        waiting = made.folder / "installed.img"
        if entry["type"] == "power_long":
            return
        if active := entry["_rescue"]:
            if system == "installed" and made.image.exists():
                made.image.rename(waiting)
            state.write_text(json.dumps("rescue"))
            made = replace(made, host_key=active["_host_public"].strip(), lower=(str(tree.ensure("debian-12", print)),))
            self.fresh(made, systems.rescue(made, self.network, active, keys, mode))
        elif system == "rescue":
            if result := self.result(made):
                made = self.install(made, result)
                waiting.unlink(missing_ok=True)
            elif waiting.exists():
                waiting.rename(made.image)
            else:
                return  # a disk with nothing on it boots nothing
            state.write_text(json.dumps("installed"))
        elif system == "nothing":
            return
        power.on(made)
        power.until(lambda: not power.is_off(made), 10)

    def record(self, server: dict[str, Any]) -> Record:
        """The server's machine, as it is now or as an empty one."""
        name = f"server-{server['server_number']}"
        found = record.load(places.machine_folder(self.stack, name))
        number = int(server["server_ip"].rpartition(".")[2])
        made = found or Record(
            stack=self.stack,
            name=name,
            instance=name,
            os="debian-12",
            lower=(),
            memory_gib=6,
            disk_gib=20,
            number=number,
            ipv4=server["server_ip"],
            ipv6=self.network.host_ipv6(number),
            bridge=self.network.bridge,
            host_key="",
        )
        made.folder.mkdir(mode=0o700, exist_ok=True)
        made.save()
        return made

    def fresh(self, made: Record, files: dict[str, identity.File]) -> None:
        """A new disk, with these files on it when it boots."""
        made.save()
        made.image.unlink(missing_ok=True)
        made.pending.unlink(missing_ok=True)
        layer.make_image(made.image, made.disk_gib, print)
        leave(made, {**files, "/etc/resolv.conf": identity.plain(resolver.resolv_conf())})

    def result(self, made: Record) -> dict[str, Any] | None:
        """What installimage wrote down in the rescue system that is off now."""
        made.disk.mkdir(exist_ok=True)
        layer.make_loop_node()
        argv = ["sh", "-c", READ, "sh", str(made.image), str(made.disk), systems.RESULT]
        return systems.read_result(run([*PRIVATELY, *argv]))

    def install(self, made: Record, result: dict[str, Any]) -> Record:
        """The image becomes the disk, and the script runs in it, as in a chroot of installimage's."""
        os = systems.IMAGES[result["image"]]
        lower = layer.lower_of(layer.deployed(self.kept)) if self.kept and os == "debian-12" else None
        made = replace(made, os=os, lower=lower or (str(tree.ensure(os, print)),))
        self.fresh(made, systems.installed(made, self.network, result))
        subprocess.run([*PRIVATELY, sys.executable, "-m", CHROOT, str(made.folder)], cwd=ROOT, check=True)
        return made

"""installimage, run in a rescue system so that nothing can make it wait for a person."""

from plan.errors import ProviderError
from stacks.robot import images
from stacks.robot.client import Robot
from stacks.robot.installimage import Drive, Ground
from stacks.robot.shell import Shell

TOOL = "/root/.oldroot/nfs/install/installimage"
HOME = "/root/eigenherd"
WHOLE_S, SILENT_S, MOST_UNREACHED = 1800, 300, 5
LOOK = f"""
echo "host=$(hostname)"
test -x {TOOL} && echo tool=yes
test -d /sys/firmware/efi && echo uefi=yes
ls -1 {images.FOLDER}/ | sed 's/^/image=/'
lsblk --nodeps --bytes --noheadings --output NAME,SIZE,TYPE,RM |
    awk '$3 == "disk" && $4 == 0 {{print "drive=" $1 " " $2}}'
"""
# Nothing on its input, a terminal's name, its exit code in a file, and it outlives a connection that is cut.
START = f"""
cd {HOME}; rm -f code log
TERM=xterm nohup sh -c '{TOOL} -a -c {HOME}/install.conf -x {HOME}/post-install; echo $? > {HOME}/code' \
    </dev/null >log 2>&1 &
"""
STATE = f"""
cd {HOME}
echo "code=$(cat code 2>/dev/null)"
echo "size=$(cat log /root/debug.txt 2>/dev/null | wc -c)"
pgrep -x 'mcedit|mc' >/dev/null && echo editor=yes
tail -n 3 log | tr -d '\\r' | sed 's/^/line=/'
"""


def look(shell: Shell) -> Ground:
    """What there is to install on; refuses where it is no rescue system."""
    found: dict[str, list[str]] = {}
    for line in shell.run(LOOK).splitlines():
        key, _, value = line.partition("=")
        found.setdefault(key, []).append(value)
    if found.get("host") != ["rescue"] or "tool" not in found:
        raise ProviderError(
            f"Hetzner's rescue system with {TOOL}", f"a system called {found.get('host')}", "nothing was changed on it"
        )
    drives = [value.split() for value in found.get("drive", [])]
    return Ground(
        tuple(Drive(name, int(size)) for name, size in drives), "uefi" in found, tuple(found.get("image", ()))
    )


def install(robot: Robot, shell: Shell, configuration: str, drives: list[str], script: str) -> None:
    """Run it and wait for its exit code; silence is a failure, and so is an editor on its console."""
    put(shell, "install.conf", configuration)
    put(shell, "post-install", script, "700")
    # An old array would be assembled again, and its signatures make tools ask.
    wipe = " ".join(f"/dev/{name}" for name in drives)
    shell.run(f"mdadm --stop --scan >/dev/null 2>&1; wipefs --all --force {wipe} >/dev/null", timeout_s=120)
    shell.run(START)
    follow(robot, shell)
    shell.run(f"rm -rf {HOME}; sync", timeout_s=300)


def put(shell: Shell, name: str, text: str, mode: str = "600") -> None:
    shell.run(f"umask 077; mkdir -p {HOME} && cat > {HOME}/{name} && chmod {mode} {HOME}/{name}", text)


def follow(robot: Robot, shell: Shell) -> None:
    waited_s = silent_s = 0.0
    size, unreached = "", 0
    while True:
        try:
            seen = [line.partition("=")[::2] for line in shell.run(STATE).splitlines()]
            unreached = 0
        except ProviderError:  # it goes on without us
            if (unreached := unreached + 1) > MOST_UNREACHED:
                raise
            robot.patience.sleep(robot.patience.step_s)
            continue
        now = dict(seen)
        last = " / ".join(value.strip() for key, value in seen if key == "line" and value.strip())[-400:]
        if now["code"] == "0":
            return
        silent_s = 0.0 if now["size"] != size else silent_s + robot.patience.step_s
        size = now["size"]
        problem = f"exit code {now['code']}" if now["code"] else ""
        problem = problem or ("an editor on its console" if "editor" in now else "")
        problem = problem or (f"silent for {silent_s:g} s" if silent_s >= SILENT_S else "")
        problem = problem or (f"not done after {waited_s:g} s" if waited_s >= WHOLE_S else "")
        if problem:
            todo = "the server is in its rescue system, log in /root/debug.txt; `pulumi up` begins anew"
            raise ProviderError("installimage to succeed", f"{problem}: {last or 'it said nothing'}", todo)
        robot.patience.sleep(robot.patience.step_s)
        waited_s += robot.patience.step_s

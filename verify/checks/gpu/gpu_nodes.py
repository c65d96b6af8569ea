"""What root can open, the engine may not."""

import re
import shlex

from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.nvidia import cards
from verify.target import Target

TRY = (
    "for node in /dev/nvidiactl /dev/nvidia-uvm /dev/nvidia[0-9]*; do "
    'if [ -c "$node" ] && sh -c "exec 3<>$node" 2>/dev/null; then echo "open $node"; else echo "closed $node"; fi; done'
)


@check(
    stage="watch",
    part=("driver", "engine"),
    severity="critical",
    subject="engine",
    gpu=True,
    silicon=True,
    source="NVIDIA DCGM, software level: permissions of the device nodes",
)
def gpu_nodes(target: Target) -> Finding:
    """The engine's user can open the device nodes of every card, of the driver and of its memory manager."""
    user = target.plan.engine.user
    output = target.host.run(f"runuser -u {shlex.quote(user)} -- sh -c {shlex.quote(TRY)}", root=True)
    tried = {node: state for state, node in re.findall(r"^(open|closed) (/dev/\S+)$", output.stdout, re.MULTILINE)}
    if not tried:
        said = (output.stdout + output.stderr).strip()[:200]
        raise CouldNotTell(f"{user} tries to open /dev/nvidia*", said or "nothing", f"id {user}; ls -l /dev/nvidia*")
    closed = sorted(node for node, state in tried.items() if state == "closed")
    opened = [node for node, state in tried.items() if state == "open" and re.fullmatch(r"/dev/nvidia\d+", node)]
    if closed:
        return failed(
            f"{user} can open them", f"not {', '.join(closed)}", "nvidia-modprobe -u -c 0; ls -l /dev/nvidia*"
        )
    wanted = len(cards(target.host, "index"))
    if len(opened) < wanted:
        return failed(f"nodes of {wanted} cards", f"{len(opened)}", "nvidia-modprobe -u -c 0; ls -l /dev/nvidia*")
    return passed(f"{len(tried)} nodes can be opened by {user}", f"{wanted} cards, nvidiactl, nvidia-uvm")

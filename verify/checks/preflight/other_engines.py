"""Is somebody else cooking here?"""

from verify.check import Finding, check, failed, passed
from verify.target import Target

KNOWN = ("ollama", "vllm", "llama-server", "text-generation-launcher", "tritonserver", "lmstudio")
# -a names only; a unit of ours runs python or ollama under eigenherd's user.
ASK = (
    "for p in /proc/[0-9]*; do echo \"$(stat -c %U $p) $(tr '\\0' ' ' < $p/cmdline | cut -c 1-300)\"; done 2>/dev/null"
)


@check(stage="preflight", part="engine", severity="warning", subject="engine", source="engines share memory and cards")
def other_engines(target: Target) -> Finding:
    """No other inference engine runs on the machine."""
    ours = target.plan.engine.user
    running = set()
    for line in target.host.run(ASK, root=True).stdout.splitlines():
        user, _, command = line.partition(" ")
        programs = {word.rsplit("/", 1)[-1] for word in command.split()[:3]}
        if user != ours:
            running |= {f"{name} ({user})" for name in KNOWN if name in programs}
    if running:
        todo = "stop and disable it if its memory is needed: systemctl disable --now ollama"
        return failed("none", ", ".join(sorted(running)), todo)
    return passed("none", "none")

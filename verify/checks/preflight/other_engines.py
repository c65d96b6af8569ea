"""Is somebody else cooking here?"""

from verify.check import Finding, check, failed, passed
from verify.target import Target

KNOWN = ("ollama", "vllm", "llama-server", "text-generation-launcher", "tritonserver", "lmstudio")
# Whose process, in which unit, and its words; a unit of ours runs python or ollama under eigenherd's user.
ASK = (
    "for p in /proc/[0-9]*; do echo \"$(stat -c %U $p) $(sed -n 's,.*/,,p;q' $p/cgroup) "
    "$(tr '\\0' ' ' < $p/cmdline | cut -c 1-300)\"; done 2>/dev/null; "
    "for f in $(command -v ollama) /snap/bin/ollama /usr/share/ollama/.ollama/models; do [ ! -e $f ] || "
    'echo "there $f $(dpkg -S $(readlink -f $f) 2>/dev/null | cut -d: -f1 | grep . || echo no package)"; done'
)


@check(
    stage="preflight",
    part="engine",
    severity="warning",
    subject="engine",
    needs=("root_rights",),
    source="engines share memory and cards",
)
def other_engines(target: Target) -> Finding:
    """No other inference engine runs on the machine; one that is only installed is named, and stays."""
    ours = target.plan.engine.user
    running, there = set(), []
    for line in target.host.run(ASK, root=True).stdout.splitlines():
        user, unit, *words = *line.split(" "), ""
        if user == "there":
            there.append(f"{unit} (from {' '.join(words).strip()})")
            continue
        programs = {word.rsplit("/", 1)[-1] for word in words[:3]}
        if user != ours:
            running |= {f"{name} ({user}, {unit or 'no unit'})" for name in KNOWN if name in programs}
    if running:
        todo = "stop and disable it if its memory is needed: systemctl disable --now ollama"
        return failed("none", ", ".join(sorted(running)), todo)
    return passed(f"none runs; there and not used: {', '.join(there)}" if there else "none", "none")

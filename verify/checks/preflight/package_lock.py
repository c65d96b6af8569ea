"""Does somebody hold the package manager's lock, who will not let go?"""

from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.target import Target

LONGEST_S = 1800
FILES = "/var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/apt/lists/lock /var/cache/apt/archives/lock"
# Perl is essential to Debian. F_GETLK says who holds a lock, and takes none; struct flock as x86_64 has it.
ASK = (
    'perl -e \'print "looked\\n"; for (@ARGV) { open(my $f, "<", $_) or next; '
    'my $lock = pack("s s x4 q q i x4", 1, 0, 0, 0, 0); fcntl($f, 5, $lock) or next; '
    'my ($kind, $w, $s, $l, $pid) = unpack("s s x4 q q i", $lock); print "held $pid $_\\n" if $kind != 2 }\' '
    + FILES
    + " | while read -r word pid file; do if [ $word = held ]; then "
    'echo "held $pid $(cat /proc/$pid/comm) $(sed "s/.*) //" /proc/$pid/stat | cut -d" " -f 1,20) '
    '$(getconf CLK_TCK) $(cut -d" " -f1 /proc/uptime)"; else echo $word; fi; done'
)


@check(
    stage="preflight",
    part="system",
    severity="critical",
    needs=("root_rights",),
    source="the deployment waits 10 minutes for it",
)
def package_lock(target: Target) -> Finding:
    """Whoever holds apt's or dpkg's lock is at work, and not stopped or stuck."""
    output = target.host.run(ASK, root=True)
    lines = output.stdout.splitlines()
    if "looked" not in lines:
        raise CouldNotTell("who holds dpkg's lock", output.stderr.strip()[-200:] or "nothing", "run: lslocks")
    wanted = "a package manager that is free, or at work"
    at_work = ""
    for line in lines:
        words = line.split()
        if words[0] != "held" or len(words) < 7:
            continue
        pid, name, state = words[1], " ".join(words[2:-4]), words[-4]
        age_s = float(words[-1]) - float(words[-3]) / float(words[-2])
        who = f"{name} (process {pid})"
        if state == "T":
            return failed(wanted, f"{who} holds the lock and is stopped", f"let it go on: kill -CONT {pid}; or end it")
        if age_s > LONGEST_S:
            found = f"{who} has held the lock for up to {age_s / 60:.0f} minutes"
            return failed(wanted, found, f"see whether it waits for an answer, or end it: ps -fp {pid}")
        at_work = f"{who} is at work: the deployment waits for it"
    return passed(at_work or "free", wanted)

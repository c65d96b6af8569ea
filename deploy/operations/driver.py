"""The driver's packages and modules: of the planned branch, built for the kernel that will run, and loaded.

A module that does not build leaves dpkg half configured, and from then on no package can be installed: so whatever
failed is named with the compiler's own line, and taken away again.
"""

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from deploy.facts.apt import PackageVersions
from deploy.facts.dkms import FAILED, UNFINISHED, DkmsInstalled, FailedBuilds
from deploy.facts.nvidia import DeviceNodes, InitramfsCurrent, NvidiaState
from deploy.operations.packages import APT, PATIENTLY
from deploy.operations.units import journal
from deploy.record import Commands, begin_installation, settle_installation

PINNING = "nvidia-driver-pinning-"
FREELY = "--no-install-recommends --allow-downgrades --allow-change-held-packages"

# apt takes away what is half configured, with what needs it, unless dependencies are in disorder; dpkg does so in any
# case. What apt would install in its stead (other modules of the same driver) is kept out: it would not build either.
RECOVER = f"""\
gone() {{
  words="remove --allow-change-held-packages $*"
  while instead=$({APT} --simulate $words | sed -n 's/^Inst \\([^ ]*\\) (.*/\\1-/p') && [ "$instead" ]; do
    words="$words $instead"
  done
  patiently {APT} $words || patiently dpkg --remove --force-depends "$@"
}}
recover() {{
  failed=$({{
{FAILED}}})
  [ "$failed" ] || return 0
  echo "$failed" | while read -r package name version line; do
    echo "$name $version does not build for this kernel: $line; removed, so that apt works again"
  done
  gone $(echo "$failed" | cut -d' ' -f1)
}}
"""

# Whatever is half way after a failed installation came with it. What dpkg says last before its complaint is the reason.
ABANDON = f"""\
abandon() {{
  recover
  rest=$({UNFINISHED})
  [ "$rest" ] || return 0
  for package in $rest; do
    line=$(echo "$1" | grep -B 1 "^dpkg: error processing package $package " | head -n 1 | tr -d '\\r')
    [ -z "$line" ] || echo "$package cannot be configured: $line; removed, so that apt works again"
  done
  gone $rest
}}
"""

# The lists are renewed in any case: a source was added. Headers that the archive has no more are those of a kernel
# that it has replaced; then the new one comes along, with its headers.
INSTALL = """\
give_up() {{ echo "$old_lists" "$1" >&2; abandon "$1" >&2; exit 1; }}
patiently {apt} update || old_lists=$said
[ -z "{others}" ] || patiently {apt} purge --allow-change-held-packages {others} || give_up "$said"
[ -z "{pinning}" ] || patiently {apt} install {freely} {pinning} || give_up "$said"
headers="{headers}"
[ -z "$headers" ] || apt-cache show $headers >/dev/null 2>&1 || headers={image}
patiently {apt} install {freely} {names} $headers || give_up "$said"
"""

BUILD = """\
dkms autoinstall -k {kernel} >/dev/null 2>&1 || true
dkms status -k {kernel} | grep -qE '^nvidia[^ ]*[/ ]{branch}[.][^:]*: installed' && exit 0
[ -e /lib/modules/{kernel}/build ] || {{
  echo "nvidia {branch} does not build for this kernel: there are no headers of {kernel}; boot one of the archive's" >&2
  exit 1
}}
log=$(ls -t /var/lib/dkms/nvidia*/*/build/make.log 2>/dev/null | head -n 1)
line=$(grep -m 1 -E 'error:|Error [0-9]' "$log" 2>/dev/null | sed "s#^${{log%make.log}}##")
echo "nvidia {branch} does not build for this kernel: ${{line:-no log in /var/lib/dkms}}" >&2
exit 1
"""


@operation()
def no_failed_build() -> Commands:
    """No package is half configured because its module does not build."""
    if host.get_fact(FailedBuilds):
        yield from begin_installation()
        yield StringCommand(PATIENTLY + RECOVER + 'recover || { echo "$said" >&2; exit 1; }')
        yield from settle_installation()


@operation()
def driver_packages(names: tuple[str, ...], pinning: str, branch: int, image: str, builds: bool) -> Commands:
    """These are installed, those with the driver's own version of this branch, and no other branch's pinning.

    image: the kernel's meta package. builds: the modules are built here, which takes the next kernel's headers.
    """
    found = host.get_fact(PackageVersions)
    headers = f"linux-headers-{host.get_fact(NvidiaState).next}" if builds else ""
    others = sorted(name for name in found if name.startswith(PINNING) and name != pinning)
    wanted = [name for name in (*names, pinning, headers) if name]
    if not others and all(name in found and branch_of(found[name]) in (None, branch) for name in wanted):
        return
    values = {"others": " ".join(others), "pinning": pinning, "headers": headers, "names": " ".join(names)}
    yield from begin_installation()
    yield StringCommand(PATIENTLY + RECOVER + ABANDON + INSTALL.format(apt=APT, freely=FREELY, image=image, **values))
    yield from settle_installation()


@operation()
def module_built(branch: int) -> Commands:
    """DKMS has this branch's modules installed for the kernel that will run."""
    kernel = host.get_fact(NvidiaState).next
    found = host.get_fact(DkmsInstalled, kernel=kernel)
    if not any(module.startswith("nvidia") and branch_of(version) == branch for module, version in found.items()):
        yield StringCommand(BUILD.format(kernel=kernel, branch=branch))


@operation()
def in_initramfs(path: str) -> Commands:
    """What a kernel is started with knows this file."""
    if not host.get_fact(InitramfsCurrent, path=path):
        kernel = host.get_fact(NvidiaState).next
        yield StringCommand(f"update-initramfs -u -k {kernel} || dracut --force --kver {kernel}")


@operation()
def device_files(unit: str) -> Commands:
    """What computing opens is there, made by this unit."""
    if not host.get_fact(DeviceNodes):
        yield StringCommand(f"systemctl restart {unit} || {{ {journal(unit)}; exit 1; }}")


def branch_of(version: str) -> int | None:
    """580 of `580.95.05-1`; None where a package counts otherwise, such as a kernel's modules or CUDA's compiler."""
    first = version.partition(".")[0]
    return int(first) if first.isdecimal() and len(first) == 3 else None

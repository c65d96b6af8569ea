"""DKMS: which modules it has built for a kernel, and builds that failed and left dpkg half configured."""

from dataclasses import dataclass

from pyinfra.api.facts import FactBase

UNFINISHED = """\
dpkg-query --show --showformat '${db:Status-Status} ${Package}\\n' |
  sed -nE 's/^(unpacked|half-configured|half-installed) //p'"""

# Other modules are their owner's business. A build that succeeded leaves no folder `build`; one that was cut off has
# no error in its log.
FAILED = f"""\
for package in $({UNFINISHED}); do
  conf=$(dpkg --listfiles $package 2>/dev/null | grep -m 1 '/dkms.conf$') || continue
  name=$(sed -nE 's/^PACKAGE_NAME="?([^"]*)"?.*/\\1/p' $conf)
  case $name in nvidia*) ;; *) continue ;; esac
  version=$(sed -nE 's/^PACKAGE_VERSION="?([^"]*)"?.*/\\1/p' $conf)
  log=/var/lib/dkms/$name/$version/build/make.log
  line=$(grep -m 1 -E 'error:|Error [0-9]' $log 2>/dev/null | sed "s#^${{log%make.log}}##")
  [ "$line" ] || continue
  echo "$package $name $version $line"
done
"""


@dataclass(frozen=True)
class FailedBuild:
    """line: the compiler's first complaint."""

    package: str
    module: str
    version: str
    line: str


class FailedBuilds(FactBase[list[FailedBuild]]):
    """Packages that are half configured because their module, one of NVIDIA's, does not build."""

    default = list

    def command(self) -> str:
        return FAILED + "true"

    def process(self, output: list[str]) -> list[FailedBuild]:
        return [FailedBuild(*line.split(" ", 3)) for line in output]


class DkmsInstalled(FactBase[dict[str, str]]):
    """Module to version, of those that are built and installed for this kernel."""

    default = dict

    def command(self, kernel: str) -> str:
        return f"dkms status -k {kernel} 2>/dev/null || true"

    def process(self, output: list[str]) -> dict[str, str]:
        """`nvidia/580.95.05, 6.1.0-50-amd64, x86_64: installed`; DKMS 2 wrote `nvidia, 580.95.05, ...`."""
        found = {}
        for line in output:
            what, _, state = line.partition(": ")
            if state.split(" ")[0] == "installed":
                module, version = what.replace("/", ", ", 1).split(", ")[:2]
                found[module] = version
        return found

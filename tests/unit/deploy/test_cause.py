"""The line that is the reason, out of what commands really printed."""

import pytest

from deploy.cause import reason

SAID = {
    "dkms, a module that does not build": (
        "nvidia-current-open 550.163.01 does not build for this kernel: nv-pci.c:230:9: error: too few arguments;"
        " removed, so that apt works again\nE: Sub-process /usr/bin/dpkg returned an error code (1)",
        "nvidia-current-open 550.163.01 does not build for this kernel: nv-pci.c:230:9: error: too few arguments;"
        " removed, so that apt works again",
    ),
    "a package's script that fails": (
        "complains cannot be configured: the moon is too bright; removed, so that apt works again\nE: Sub-process",
        "complains cannot be configured: the moon is too bright; removed, so that apt works again",
    ),
    "a refusal of ours": (
        "driver 595 or newer: found 580.95.05, which Eigenherd did not install\n  -> bring it to 595",
        "driver 595 or newer: found 580.95.05, which Eigenherd did not install: bring it to 595",
    ),
    "apt, a file is gone": (
        "Err:1 http://m/debian bookworm/main amd64 logrotate amd64 3.21.0-1\n  404  Not Found [IP: 192.0.2.1 80]\n"
        "E: Failed to fetch http://m/debian/logrotate_3.21.0-1_amd64.deb  404  Not Found [IP: 192.0.2.1 80]\n"
        "E: Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?",
        "apt got http://m/debian/logrotate_3.21.0-1_amd64.deb: 404  Not Found [IP: 192.0.2.1 80];"
        " is the package source whole? `packages.apt` names another",
    ),
    "apt, a source that is none": (
        "E: The repository 'http://m/debian bookworm Release' does not have a Release file. Reading package lists...\n"
        "E: Package 'logrotate' has no installation candidate",
        "The repository 'http://m/debian bookworm Release' does not have a Release file:"
        " is it the right `packages.apt`?",
    ),
    "dpkg, a package that fails": (
        "Setting up broken (1.0) ...\nbroken: the moon is too bright\n"
        "dpkg: error processing package broken (--configure):\n"
        " installed broken package post-installation script subprocess returned error exit status 1\n"
        "Errors were encountered while processing:\n broken\nE: Sub-process /usr/bin/dpkg returned an error code (1)",
        "package broken says: broken: the moon is too bright; installed broken package post-installation script"
        " subprocess returned error exit status 1; mend or remove it on the machine",
    ),
    "an engine that does not compile": (
        "llama.cpp does not compile: fattn.cu(12): error: no wmma (all of it: /opt/x.build/build.log)\nError: exit 1",
        "llama.cpp does not compile: fattn.cu(12): error: no wmma (all of it: /opt/x.build/build.log)",
    ),
    "an engine that needs more disk to compile": (
        "llama.cpp does not compile: fatal error: a.o: No space left on device (all of it: /opt/x.build/build.log)",
        "the machine's disk is full: llama.cpp does not compile: fatal error: a.o: No space left on device"
        " (all of it: /opt/x.build/build.log); see `df -h` there and make room",
    ),
    "a full disk": (
        "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n\nWARNING: more",
        "the machine's disk is full: ERROR: Could not install packages due to an OSError: [Errno 28]"
        " No space left on device; see `df -h` there and make room",
    ),
    "no name server": (
        "W: Failed to fetch http://m/x  Temporary failure resolving 'm'\nE: Unable to locate package caddy",
        "no name server answers the machine: W: Failed to fetch http://m/x  Temporary failure resolving 'm';"
        " see its /etc/resolv.conf",
    ),
    "pip, another file than the locked one": (
        "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated the package"
        " versions, please update the hashes.\n    xllamacpp==1 from http://m/wheels/x.whl (from -r lock (line 1)):\n"
        "        Expected sha256 aa11\n        Expected     or bb22\n             Got        cc33\n",
        "xllamacpp==1: sha256 aa11 is locked, cc33 was found: its source gives another file",
    ),
    "pip, a file is gone": (
        "ERROR: HTTP error 404 while getting http://m/x.whl (from http://m/wheels/)\n"
        "ERROR: Could not install requirement x==1 from http://m/x.whl (from -r lock (line 1)) because of HTTP error"
        " 404 Client Error: Not Found for url: http://m/x.whl for URL http://m/x.whl (from http://m/wheels/)",
        "x==1 is not to be had: 404 Client Error: Not Found: http://m/x.whl",
    ),
    "pip, a place that is none": (
        "ERROR: Could not find a version that satisfies the requirement x==1 (from versions: none)\n"
        "ERROR: No matching distribution found for x==1",
        "x==1 is in none of the places asked, or they did not answer: see `packages.mirror` and `packages.pip_index`",
    ),
    "the connection": (
        "E: Failed to fetch http://m/x  Connection timed out\nthe SSH connection ended; what was begun may go on there",
        "the SSH connection ended; what was begun may go on there",
    ),
    "anything else": ("loading\nout of memory\n", "out of memory"),
    "nothing": ("", "no reason was given"),
}


@pytest.mark.parametrize(("said", "cause"), SAID.values(), ids=SAID)
def test_the_reason_is_found(said: str, cause: str) -> None:
    assert reason(said) == cause

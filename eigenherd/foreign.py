"""What other programs and this computer refuse, in the shape of our own refusals: wanted, found, what to do."""

import errno
import subprocess

from plan.errors import EigenherdError, ProviderError

_FULL = {errno.ENOSPC, errno.EDQUOT}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


def as_refusal(error: OSError | subprocess.CalledProcessError) -> EigenherdError:
    """The computer's own word about a file, a program or its disk."""
    if isinstance(error, subprocess.CalledProcessError):
        found = f"exit code {error.returncode}"
        return ProviderError(f"`{error.cmd[0]}` succeeds", found, "see what it printed; `make setup` checks the tools")
    what, found = str(error.filename or "this computer's answer"), error.strerror or str(error)
    if error.errno == errno.ENOENT and "/" not in what:
        return ProviderError(f"the program `{what}`", "not on PATH", "run `make setup`, then again")
    if error.errno in _FULL:
        return ProviderError(f"room on the disk for {what}", found, "free some space on this computer, then again")
    if error.errno in _FORBIDDEN:
        return ProviderError(f"the right to use {what}", found, "give it to this user, or use `sudo -E`")
    return ProviderError(f"to use {what}", found, "check the path and what lies there")

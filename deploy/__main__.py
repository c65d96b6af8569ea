"""`python -m deploy`: reads the handover on standard input and makes the machines what the plan says.

--dry --json   change nothing; the last line lists what differs
--remove       undo what the machines' manifests name
--patience N   try for N seconds to reach a machine; with --dry, one out of reach is a difference

The last line is a JSON object. Exit codes: 0 done, 1 an operation failed, 2 asked wrongly or not the
only run.
"""

from gevent import monkey  # type: ignore[import-untyped]

monkey.patch_all()  # before anything that opens a socket is imported

import resource  # noqa: E402
import sys  # noqa: E402

from deploy.command import main  # noqa: E402

resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold the handover's secrets
sys.exit(main(sys.argv[1:]))

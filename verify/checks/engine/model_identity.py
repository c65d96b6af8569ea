"""The very bytes that were asked for."""

from verify.capabilities import maps_models
from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.target import Target

MODELS = "/var/lib/eigenherd/models"


@check(
    stage="full",
    part="models",
    severity="critical",
    subject="engine",
    disturbs="machine",
    source="the artifact's locked sha256",
    timeout_s=900,
)
def model_identity(target: Target) -> Finding:
    """Every model's file on the machine has the locked sha256, and the engine has no other model open."""
    files = [file for model in target.plan.models for file in model.files]
    planned = {file.file: file.sha256 for file in files}
    measured = target.host.probe(
        "model_files",
        {"files": planned, "folder": MODELS, "unit": "eigenherd-engine.service"},
        root=True,
        timeout_s=880,
    )
    sums, open_files = measured.get("sha256"), measured.get("open")
    if not isinstance(sums, dict) or not isinstance(open_files, list):
        raise CouldNotTell("sums and open files", str(measured)[:200], "run probes/model_files.py on the machine")
    wrong = [f"{file}: {sums.get(file) or 'missing'}"[:60] for file in planned if sums.get(file) != planned[file]]
    known = {file.rsplit("/", 1)[-1] for file in planned} | {f"sha256-{digest}" for digest in planned.values()}
    foreign = [path for path in open_files if path.rsplit("/", 1)[-1] not in known]
    engine = target.plan.engine
    idle = ["no model open in the engine"] if not open_files and maps_models(engine.name, engine.device) else []
    if wrong or foreign or idle:
        found = "; ".join([*wrong, *(f"serves {path}" for path in foreign), *idle])
        return failed("the locked files, and no others", found, "run `eigenherd up`: it fetches what does not fit")
    held = f"open in the engine: {len(open_files)}" if open_files else "none loaded just now"
    sizes = sum(file.size for file in files) / 1e6
    return passed(
        f"files as locked: {len(planned)} of {len(planned)}, {sizes:,.0f} MB; {held}", "sha256 of the plan", **measured
    )

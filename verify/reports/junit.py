"""A report as JUnit XML, for whatever shows test results."""

from xml.etree import ElementTree

from verify.check import Result
from verify.report import Report


def junit(report: Report) -> str:
    """One test suite a machine, one test case a result; warnings that failed are cases with output only."""
    name = f"eigenherd {report.plan.stack} {report.said}"
    root = ElementTree.Element("testsuites", name=name, time=str(report.duration_s))
    for machine in dict.fromkeys(result.machine for result in report.results):
        results = [result for result in report.results if result.machine == machine]
        cases = [case(result) for result in results]
        counts = {
            "tests": len(cases),
            "failures": sum(found.find("failure") is not None for found in cases),
            "errors": sum(found.find("error") is not None for found in cases),
            "skipped": sum(found.find("skipped") is not None for found in cases),
        }
        attributes = {name: str(count) for name, count in counts.items()}
        seconds = f"{sum(result.duration_s for result in results):.2f}"
        suite = ElementTree.SubElement(
            root, "testsuite", attributes, name=machine, time=seconds, timestamp=report.started
        )
        suite.extend(cases)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def case(result: Result) -> ElementTree.Element:
    name = f"{result.check} {result.model}".strip()
    found = ElementTree.Element(
        "testcase", classname=f"{result.stage}.{result.parts[0]}", name=name, time=f"{result.duration_s:.2f}"
    )
    kind = element_name(result)
    if kind:
        message = printable(result.message if result.wanted else result.measured)
        message = f"SIMULATED: {message}" if result.outcome == "simulated" else message
        child = ElementTree.SubElement(found, kind, message=message)
        child.text = printable(result.todo)
    else:
        ElementTree.SubElement(found, "system-out").text = printable(
            f"{result.severity} {result.outcome}: {result.message}"
        )
    return found


def element_name(result: Result) -> str:
    """JUnit has no word for simulated; what shows it must not show it as passed."""
    if result.outcome in {"simulated", "skipped", "unsupported"}:
        return "skipped"
    if result.outcome == "not_run" and result.severity == "warning":
        return "skipped"
    if result.outcome == "passed" or result.severity == "warning":
        return ""
    return "failure" if result.outcome == "failed" else "error"


def printable(text: str) -> str:
    """XML 1.0 has no control characters, not even escaped."""
    return "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in text)

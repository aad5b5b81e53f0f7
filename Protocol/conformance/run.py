#!/usr/bin/python3
"""Runs the conformance kit of the Field Entry protocol against a server.

    python3 Protocol/conformance/run.py --url http://127.0.0.1:8080 --code CODE --second-code CODE

It enrols two stations with the two codes (of one client, for the same promotions; they are used up), sends what a station sends and what
none should, and reads the answers by rules of its own. It prints a line per requirement of Protocol/README.md, then one per problem,
outcome, vectors file and schema:

    B1 ok
    B2 FAILED: what was seen
    B4 not testable from outside: why

and ends with status 0 when nothing failed, with 1 when something did, and with 2 when it could not begin. It needs Python 3.9, the package
`cryptography`, and for the validation of all traffic against Protocol/schemas also `jsonschema`.

Use a server that holds nothing else: the kit leaves some three thousand entries behind, many of them in quarantine. Where promotions have
the sharings all, own and batch, more can be seen; run the kit once for each, or with codes for several promotions.

Some requirements are about what staff do. A command for it makes them testable; it is run without a shell, with {…} filled in:

    --put 'central promotion put {file} --client acme'                    a document, with and without faults
    --reject 'central quarantine reject {change} --yes --client acme'     rejects a change that is in quarantine
    --release 'central quarantine release {change} --client acme'         takes one in whose body is gone
    --assign 'central station assign {station} --promotion {promotion}'   makes that the second station's only promotion
    --revoke 'central station revoke {station} --yes --client acme'       revokes the second station, at the end
    --conflicts 'central conflict list --client acme --json'              prints the ids of the entries in conflict
    --comparison 'central status --client acme --digests --json'          prints the comparison digests (M13)
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.append(str(Path(__file__).resolve().parent.parent / "vectors"))

import check_chain  # noqa: E402
import check_enrolment  # noqa: E402
import check_feed  # noqa: E402
import check_json  # noqa: E402
import check_merge  # noqa: E402
import check_quarantine  # noqa: E402
import check_scope  # noqa: E402
import check_staff  # noqa: E402
import vector_run  # noqa: E402
from kit import Kit  # noqa: E402
from report import Report, requirements  # noqa: E402
from untestable import REASONS  # noqa: E402

# Each group with the requirements that it is there for: they have failed when it breaks off. The order matters where comments say so.
GROUPS = (
    (check_enrolment.envelope, "E1 E2 E3"),
    (check_enrolment.surface, "T1 T2"),
    (check_chain.pushes, "P1 P4 K3 L1"),
    (check_enrolment.sizes, "Q3"),
    (check_chain.retries, "P6 K4"),
    (check_chain.clocks, "P3"),
    (check_chain.stamps, "P3"),
    (check_chain.outcomes, "K2 K5 K6 K8 L3"),
    (check_json.first_lines, "B2 B5"),
    (check_json.changes, "B2 B3"),
    (check_json.stored_as_sent, "B1 B3"),  # After `changes`, whose good lines it looks for.
    (check_json.broken_changes, "C2 B5"),
    (check_quarantine.reasons, "P2 P5 C9 C10"),
    (check_quarantine.waiting, "P5"),
    (check_quarantine.subjects, "C4 C6 C7 D2"),
    (check_quarantine.twice, "P6"),
    (check_merge.heads, "M2 M3 M4 M10 M12"),
    (check_merge.conflicts, "M5 M6 M8"),
    (check_scope.scopes, "F3 F4"),
    (check_feed.pages, "T4"),
    (check_feed.visible, "F1 P7"),
    (check_feed.own_lines, "F9"),
    (check_feed.cursors, "F5 F6"),
    (check_feed.compared, "F16"),
    (check_feed.handback, "F13"),
    (check_staff.documents, "R1 R2"),
    (check_staff.rejection, "M1"),
    (check_staff.release, "P5"),
    (check_feed.same_again, "F1 F8"),
    (check_feed.digests, "F2"),
    (check_merge.comparison, "M13"),
    (check_staff.assignment, "F12"),  # The second station loses promotions.
    (check_staff.revocation, "K1"),  # The second station can do nothing any more.
)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True, help="the server's address, without /v1")
    parser.add_argument("--code", required=True, help="an enrolment code that nobody has used")
    parser.add_argument("--second-code", required=True, help="another one of the same client and promotions")
    parser.add_argument("--other-vault-code", help="one of another client, to see that nothing crosses")
    for hook in ("put", "reject", "release", "assign", "revoke", "conflicts", "comparison"):
        parser.add_argument(f"--{hook}", metavar="COMMAND", help="see above")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    report = Report(requirements())
    try:
        kit = Kit(options, report)
        vector_run.run(report, kit.schemas)
        check_enrolment.enrolment(kit)
        check_feed.first_pull(kit)
    except Exception as error:  # Without two stations and a form nothing else can be found out.
        print(f"The kit could not begin: {type(error).__name__}: {error}", file=sys.stderr)
        print("\n".join(report.line(name) for name in report.failures), file=sys.stderr)
        return 2
    for group, numbers in GROUPS:
        report.run(lambda group=group: group(kit), group.__name__, numbers)
    for name, reason in REASONS.items():
        report.untestable(name, reason)
    print(f"{kit.wire.requests} requests to {options.url}; promotions: "
          + ", ".join(f"{promotion.form} (sharing {promotion.sharing})" for promotion in kit.promotions.values()))
    return 0 if report.print(sys.stdout) else 1


if __name__ == "__main__":
    sys.exit(main())

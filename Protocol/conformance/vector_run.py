"""Runs Protocol/vectors against the rules that the other checks rest on, and the schemas against the vectors.

A kit whose own rules were wrong would find fault with a right server; so this comes first.
"""

from __future__ import annotations

import json
import re
from typing import Any, Callable, Dict, List

import reference as fe
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from report import PROTOCOL, Report
from schemas import Schemas, jsonschema
from station import Code, PageReader, Unanswered
from wire import read_line

Case = Dict[str, Any]


def load(name: str) -> Any:
    return json.loads((PROTOCOL / f"vectors/{name}.json").read_text(encoding="utf-8"))


def run(report: Report, schemas: Schemas) -> None:
    checks: Dict[str, Callable[[Case], bool]] = {
        "json": json_case, "identifiers": identifier, "uniqueid": unique_id, "change": change, "chain": chain, "merge": merge,
        "double-key": sample, "counted": counted, "envelope": envelope, "enrolment": enrolment, "chain-check": chain_check, "feed": feed,
        "bundles": bundle,
    }
    if jsonschema is not None:  # Without it this kit has no reader of first lines that is strict enough.
        checks["messages"] = lambda case: message(case, schemas)
    for name, check in checks.items():
        for case in load(name):
            report.expect(f"vectors {name}", holds(check, case), f"{case['name']!r}")
    if jsonschema is None:
        return
    documents: List[Case] = load("promotion")["documents"]
    for case in (case for case in documents if "mustFail" not in case):
        report.expect(NAME, schemas.fault("promotion", case["document"]) is None, f"promotion.json refuses {case['name']!r}")
    for case in (case for case in load("change") if "mustFail" not in case):
        body = json.loads(case["body"])
        faults = schemas.fault("header", json.loads(case["header"])), schemas.fault("gone" if isinstance(body, str) else "body", body)
        report.expect(NAME, faults == (None, None), f"header.json or body.json refuses {case['name']!r}")
    for case in (case for case in load("bundles") if "mustFail" not in case):
        report.expect(NAME, schemas.fault("bundle", json.loads(case["expected"]["header"])) is None, f"bundle.json refuses {case['name']!r}")


NAME = "schemas"


def holds(check: Callable[[Case], bool], case: Case) -> bool:
    """Whether a case comes out as it says; one that must fail has to be refused, for whatever reason."""
    try:
        return check(case) and "mustFail" not in case
    except (fe.Refused, ValueError, InvalidSignature):
        return "mustFail" in case


def json_case(case: Case) -> bool:
    if "hex" in case:
        line = bytes.fromhex(case["hex"])
    elif "parts" in case:
        line = b"".join(text.encode() * times for text, times in case["parts"])
    else:
        line = case["text"].encode()
    compact = fe.write(fe.read(line, fe.DOCUMENT if case.get("document") else fe.LINE))
    return case.get("expected") == (fe.H(compact).hex() if "parts" in case else compact.decode())


def identifier(case: Case) -> bool:
    fe.require(fe.has_form(case["form"], case["text"]), case["form"])
    return True


def unique_id(case: Case) -> bool:
    if "card" in case:
        return fe.card_id(**case["card"]) == case["expected"]
    fe.require(fe.has_form("uuid", case["text"]), "uuid")
    return True


def change(case: Case) -> bool:
    found = fe.Change(case["header"].encode(), case["body"].encode())
    expected = case.get("expected", {})
    return found.id == expected.get("id") and fe.body_digest(found.lines[1]).hex() == expected.get("body")


def chain(case: Case) -> bool:
    links = fe.chain(fe.chain_start(case["station"], case["epoch"]), [bytes.fromhex(id) for id in case["ids"]])
    return [link.hex() for link in links] == case["expected"]


def merge(case: Case) -> bool:
    changes = [fe.Change(header.encode(), body.encode()) for header, body in case["changes"]]
    orders = (changes, changes[::-1], changes + changes[:1])
    found = [fe.merge(case["subject"], list({change.id: change for change in order}.values())) for order in orders]
    return all(state == case["expected"] for state in found)


def sample(case: Case) -> bool:
    return fe.is_sampled(case["promotion"], case["entry"], case["sample"]) == case["expected"]


def counted(case: Case) -> bool:
    entries = [(entry["entry"], entry["envelope"], entry["card"], entry["void"]) for entry in case["entries"]]
    return fe.counted(entries, {item["envelope"]: item["code"] for item in case["exceptions"]}).hex() == case["expected"]


def envelope(case: Case) -> bool:
    if "seed" in case:
        message = fe.seal(case["kind"], [line.encode() for line in case["lines"]], fe.Key(bytes.fromhex(case["seed"])))
        return message.decode() == case["expected"]["message"] and fe.reference(message).hex() == case["expected"]["reference"]
    message = case["message"].encode()
    fe.require(message.endswith(b"\n") and message.count(b"\n") > 1, None)
    content, signature = message[:-1].rsplit(b"\n", 1)
    fe.require(re.fullmatch(rb'"[0-9a-f]{128}"', signature), None)
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(case["publicKey"]))
    key.verify(bytes.fromhex(signature[1:-1].decode()), f"fieldentry/1 {case['kind']}\0".encode() + content + b"\n")
    return True


def message(case: Case, schemas: Schemas) -> bool:
    """Reads a message as its receiver does: signature and reference where it has them, the first line, pages."""
    if "message" in case:
        text = case["message"].encode()
        if not envelope(case) or fe.reference(text).hex() != case["expected"]["reference"]:
            return False
        lines = text[:-1].split(b"\n")[:-1]
        if len(lines) != case["expected"]["lines"]:
            return False
    else:
        lines = [line.encode() for line in case["lines"]]
    first = read_line(lines[0], first=case["kind"] != "push")
    fe.require(schemas.fault(case["kind"], first) is None, case["kind"])
    if case["kind"] == "push":
        fe.require(first["after"] + first["count"] <= first["head"]["sequence"], "head")
    if case["kind"] == "handback":
        fe.require(len(lines) == 1 + 3 * first["count"], "count")
        for line in lines[1::3]:
            fe.require(schemas.fault("handback-mac", fe.read(line)) is None, "mac")
    if case["kind"] == "pull-answer":
        findings = Report([])
        read_pages(lines[1:], findings, schemas)
        # The examples' document is cut down so that it fits on a page, and is none by its schema.
        fe.require(all(text.startswith("promotion.json") for list in findings.failures.values() for text in list), "page")
    return True


def read_pages(lines: List[bytes], findings: Report, schemas: Schemas) -> None:
    """The pages of a pull's answer; what is wrong with them goes to `findings`, with schema faults among it."""
    told, schemas.report = schemas.report, findings
    try:
        reader = PageReader(findings, schemas, {}, lines)
        while reader.at < len(lines):
            reader.page()
    except (Unanswered, KeyError) as error:
        findings.fail("F7", str(error))
    finally:
        schemas.report = told


def enrolment(case: Case) -> bool:
    code = Code(case["typed"] if "typed" in case else case["expected"]["code"])
    if "expected" not in case:
        return True
    keys = bytes.fromhex(case["signingKey"]), bytes.fromhex(case["agreementKey"])
    mac = fe.enrol_mac(code.secret, *keys, code.fingerprint).hex()
    return (code.url, code.secret.hex(), fe.invitation(code.secret).hex(), mac) == (
        case["url"], case["secret"], case["expected"]["invitation"], case["expected"]["mac"])


def chain_check(case: Case) -> bool:
    held, sent = ([bytes.fromhex(id) for id in case[name]] for name in ("held", "ids"))
    found = fe.chain_check(
        case["road"], case["revoked"], held, bytes.fromhex(case["start"]), case["after"], bytes.fromhex(case["chain"]), sent, case["head"])
    return found == (case["expected"]["outcome"], case["expected"]["skipping"])


def feed(case: Case) -> bool:
    if "mac" in case:
        return fe.mac(bytes.fromhex(case["macKey"]), case["vault"], bytes.fromhex(case["id"])).hex() == case["mac"]
    if "subject" in case:
        return fe.part(case["subject"]) == case["expected"]
    digests = [fe.feed_start(case["vault"])]
    for row in case["rows"]:
        id = fe.H(row["entry"]) if row["row"] == "leave" else bytes.fromhex(row["id"])
        digests.append(fe.feed_next(digests[-1], row["key"], row["row"], id))
    return [digest.hex() for digest in digests] == case["expected"]


def bundle(case: Case) -> bool:
    seed = bytes.fromhex(case["receiverSeed"])
    if "expected" not in case:
        fe.read_bundle(bytes.fromhex(case["file"]), seed)
        return True
    messages = [message.encode() for message in case["messages"]]
    file = fe.bundle(case["vault"], case["to"], bytes.fromhex(case["receiverKey"]), bytes.fromhex(case["ephemeralSeed"]), messages)
    return file.hex() == case["expected"]["file"] and fe.read_bundle(file, seed) == messages

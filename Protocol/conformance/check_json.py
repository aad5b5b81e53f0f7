"""Strict JSON over the wire (B1 to B3, B5): the vectors as parts of first lines, headers and bodies."""

from __future__ import annotations

import os
from typing import Any, List, Tuple

import reference as fe
import vector_run
from kit import Kit
from writing import Lines, new_id

# Cases that are about a line's own size or depth mean nothing within another line.
ALONE = ("six levels", "a line of 64 KiB", "a line of 64 KiB and a byte")


def cases() -> List[Tuple[str, bytes, bool]]:
    """Name, bytes, whether they are a value."""
    found = []
    for case in vector_run.load("json"):
        if case["name"] in ALONE or case.get("document") or "parts" in case:
            continue
        value = bytes.fromhex(case["hex"]) if "hex" in case else case["text"].encode()
        found.append((case["name"], value, "mustFail" not in case))
    return found


def first_lines(kit: Kit) -> None:
    station = kit.first
    for name, value, is_valid in cases():
        line = fe.write(station.request("push"))[:-1] + b',"later":' + value + b"}"
        got = kit.wire.post("push", fe.seal("push", [line], station.key))
        wanted = "200" if is_valid else "malformed"
        found = "200" if got.status == 200 else got.code
        kit.report.expect("B2", found == wanted, f"a first line with {name} got {got}, not {wanted}")
    expect, request = kit.report.expect, station.request
    for name, value in (
        ("a chain in capitals", {"chain": station.chain.links[station.chain.acknowledged].hex().upper()}),
        ("a station in capitals", {"station": station.id.upper()}), ("a time in text", {"time": str(request("push")["time"])}),
        ("a negative sequence", {"after": -1}), ("an epoch without hyphens", {"epoch": station.chain.epoch.replace("-", "")}),
        ("a count in text", {"count": "0"}),
    ):
        got = kit.wire.post("push", station.seal("push", request("push", **value)))
        expect("B5", got.code == "malformed", f"a first line with {name} got {got}, not malformed")
    for name in set(request("push")) - {"forkedFrom"}:  # A missing one can be read as null.
        line = request("push")
        del line[name]
        got = kit.wire.post("push", station.seal("push", line))
        expect("V2", got.code in ("malformed", "unsupported-version"), f"a first line without {name} got {got}")


def changes(kit: Kit) -> None:
    """Each broken line is quarantined, each good one is not, and they do not hold up each other."""
    station, promotion, expect = kit.first, kit.main, kit.report.expect
    broken: List[Tuple[str, Lines]] = []
    good: List[Tuple[str, Lines]] = []
    for name, value, is_valid in cases():
        if b"\n" in value:
            continue  # It would be two lines.
        for place in ("header", "body"):
            change = station.writer.change(promotion, {promotion.field: "Sandra"})
            part = b',"later":' + value + b"}"
            change = Lines(change.header[:-1] + part, change.body) if place == "header" else Lines(change.header, change.body[:-1] + part)
            (good if is_valid else broken).append((f"a {place} with {name}", change))
    answer = station.push([change for _, change in broken + good])
    exceptions = answer.exceptions
    for name, change in broken:
        expect("B2", exceptions.get(change.id) == "bad-line", f"{name} came to {exceptions.get(change.id, 'no exception')}, not bad-line")
        expect("C10", change.id in exceptions, f"{name}: no exception has its id by C10's rule")
    for name, change in good:
        expect("B3", change.id not in exceptions, f"{name} came to {exceptions.get(change.id)}")
    kit.good_lines = [change for _, change in good]


def broken_changes(kit: Kit) -> None:
    """The cases of change.json that must fail, brought to this station, this form and an entry of their own."""
    station, promotion, expect = kit.first, kit.main, kit.report.expect
    sent: List[Tuple[str, Lines, str, str]] = []
    for case in (case for case in vector_run.load("change") if "mustFail" in case):
        header, body = case["header"], case["body"]
        kiosk, form, entry = "01a0c8a4-5c00-7a11-8f00-0000000000a1", "summer-splash", "01a0c8a5-0000-7c00-a000-000000000001"
        header = header.replace(kiosk, station.id).replace(kiosk.upper(), station.id.upper())
        header = header.replace(form, promotion.id).replace("/1\"", f"/{promotion.version}\"").replace(entry, new_id())
        body = body.replace('"given_name"', f'"{promotion.field}"')
        sent.append((case["name"], Lines(header.encode(), body.encode()), case["line"], case["mustFail"]))
    exceptions = station.push([change for _, change, _, _ in sent]).exceptions
    for name, change, line, reason in sent:
        found = exceptions.get(change.id, "no exception")
        number = "C2" if line == "header" else "C9" if "digest" in name else "B5"
        wanted = ("bad-line", "over-limit") if reason in ("tooLong", "tooDeep") else ("bad-line",)
        expect("Q3" if len(wanted) > 1 else number, found in wanted, f"{name} came to {found}, not {' or '.join(wanted)}")
        if "version" in name and line == "header":
            expect("V3", change.id in exceptions, f"a header with {name} is taken as if it were of version 1")
    sizes = []
    for size in (65_536, 65_537):
        change = station.writer.change(promotion, {promotion.field: "Sandra"}, later="")
        sizes.append(Lines(change.header, change.body.replace(b'"later":""', b'"later":"' + b"x" * (size - len(change.body)) + b'"')))
    exceptions = station.push(sizes).exceptions
    expect("Q3", sizes[0].id not in exceptions, f"a body of 65,536 bytes came to {exceptions.get(sizes[0].id)}")
    expect("Q3", exceptions.get(sizes[1].id) in ("over-limit", "bad-line"), f"a body of 65,537 bytes came to {exceptions.get(sizes[1].id)}")
    many = station.writer.change(promotion, {promotion.field: "Sandra"}, base=(), seen=[os.urandom(32).hex() for _ in range(257)])
    expect("Q3", station.push([many]).exceptions.get(many.id) in ("over-limit", "bad-line"), "257 ids in `seen` are not over the limit")


def stored_as_sent(kit: Kit) -> None:
    """B1, B3: what the feed serves is what was sent, byte for byte."""
    station, promotion, expect = kit.first, kit.main, kit.report.expect
    plain, field = station.writer.change(promotion, {promotion.field: "Núñez 🎉"}), promotion.field.encode()

    def header(**more: Any) -> bytes:
        return station.writer.header(promotion.form, entry=new_id(), **more)

    odd = [
        Lines(plain.header.replace(b'","', b'" ,\t"') + b"\r", plain.body),
        Lines(header(later={"x": [1, None]}), plain.body.replace(b":", b" : ") + b" \r"),
        Lines(header(), b'{"salt":"%s","set":{"%s":"\\u0053\\u00e9\\/"}}' % (b"5a" * 16, field)),
        Lines(header().replace(b'"kind"', b'"\\u006bind"'), plain.body),
        Lines(header(), b'{"salt":"\\u0030%s","set":{"%s":"S"}}' % (b"a" * 31, field)),
    ]
    answer = station.push(odd)
    expect("B3", not answer.exceptions, f"lines with white space, escapes and unknown names came to {sorted(answer.exceptions.values())}")
    served = {row.id: row.change for _, row in station.everything() if row.id}
    for change in odd + kit.good_lines:
        expect("B1", kit.same_lines(change, served.get(change.id)), "a change with unusual white space or names is not served as its bytes")
    expect("B3", all(kit.same_lines(change, served.get(change.id)) for change in kit.good_lines), "unknown names are not kept")
    expect("B5", odd[4].id in served, "escapes in a salt are refused")
    expect("B6", odd[0].id in served, "ids do not agree")

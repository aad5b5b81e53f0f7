"""The merge as far as it shows from outside.

A field takes 16 heads; the change that would make the seventeenth is over the limit. So the number of a field's heads can be found out by
adding heads until one is refused, and with it which changes replaced which (M2 to M4, M10, M12).
"""

from __future__ import annotations

import os
from typing import Callable, List

import reference as fe
from kit import Kit
from writing import Lines, new_id


def heads(kit: Kit) -> None:
    station, promotion, expect = kit.first, kit.main, kit.report.expect
    field, write = promotion.field, station.writer.change

    def check(number: str, what: str, wanted: int, changes: List[Lines]) -> None:
        exceptions = station.push(changes).exceptions
        if expect(number, not exceptions, f"{what}: came to {sorted(exceptions.values())}"):
            found = kit.heads(station, promotion, changes[0].entry)
            expect(number, found == wanted, f"{what}: {found} heads, not {wanted}")

    def capture(value: object, entry: str) -> Lines:
        return write(promotion, {field: value}, entry)

    entry = new_id()
    check("M2", "one capture", 1, [capture("Sandra", entry)])
    first = capture("Sandra", new_id())
    check("M2", "a capture and an edit of it", 1, [first, write(promotion, {field: "Sandy"}, first.entry, base=[first])])
    first = capture("Sandra", new_id())
    two = [write(promotion, {field: value}, first.entry, base=[first]) for value in ("Sandy", "Sandie")]
    check("M2", "two edits that know nothing of each other", 2, [first, *two])
    first = capture("Sandra", new_id())
    two = [write(promotion, {field: value}, first.entry, base=[first]) for value in ("Sandy", "Sandie")]
    check("M10", "a resolution of two edits", 1, [first, *two, write(promotion, {field: "Sandy"}, first.entry, base=two)])
    first = write(promotion, {field: "Sandra", promotion.other_field: "Martin"}, new_id())
    if promotion.other_field != field:
        check("M2", "an edit of another field", 1, [first, write(promotion, {promotion.other_field: "Marten"}, first.entry, base=[first])])
    late = capture("Sandra", new_id())
    edit = write(promotion, {field: "Sandy"}, late.entry, base=[late])
    check("M12", "an edit that comes before the capture it replaces", 1, [edit, late])
    twins(kit, check)
    full = station.writer.distinct(promotion, new_id(), 17)
    exceptions = station.push(full).exceptions
    expect("Q3", exceptions == {full[-1].id: "over-limit"}, f"17 heads of a field came to {list(exceptions.values())}")
    expect("problem over-limit", exceptions.get(full[-1].id) == "over-limit", "no seventeenth head was over the limit")


def twins(kit: Kit, check: Callable[[str, str, int, List[Lines]], None]) -> None:
    station, promotion = kit.first, kit.main
    field, write = promotion.field, station.writer.change

    def pair(first: object, second: object) -> List[Lines]:
        """Two captures without base, and an edit that knows of the first alone."""
        entry = new_id()
        changes = [write(promotion, {field: value}, entry) for value in (first, second)]
        return [*changes, write(promotion, {field: "Sandy"}, entry, base=changes[:1])]

    check("M3", "an edit of one of two equal captures", 1, pair("Sandra", "Sandra"))
    check("M3", "an edit of one of two captures that differ", 2, pair("Sandra", "Xandra"))
    check("M4", "equal captures, one with `keyed`", 1, pair("Sandra", {"value": "Sandra", "keyed": " sandra"}))
    check("M4", "captures that differ by a flag", 2, pair("Sandra", {"value": "Sandra", "flag": "illegible"}))
    check("M4", "captures of one flag", 1, pair({"value": "Sandra", "flag": "illegible"}, {"flag": "illegible", "value": "Sandra"}))
    check("M4", "captures that differ by their wording", 2, pair({"value": True, "wording": "w/1"}, {"value": True, "wording": "w/2"}))
    check("M4", "captures whose values differ by type", 2, pair("1", 1))
    check("M4", "true and 1", 2, pair(True, 1))
    check("M4", "null and empty text", 2, pair(None, ""))
    check("B7", "composed and decomposed text", 2, pair("Jos\u00e9", "Jose\u0301"))
    check("B7", "text in another case", 2, pair("Sandra", "SANDRA"))
    check("B5", "one text, written with an escape", 1, escaped_pair(kit))


def escaped_pair(kit: Kit) -> List[Lines]:
    station, promotion = kit.first, kit.main
    entry = new_id()
    plain = station.writer.change(promotion, {promotion.field: "Sandra"}, entry)
    body = fe.write({"salt": os.urandom(16).hex(), "set": {promotion.field: "Sandra"}}).replace(b'"Sandra"', b'"S\\u0061ndra"')
    escaped = Lines(station.writer.header(promotion.form, entry=entry), body)
    return [plain, escaped, station.writer.change(promotion, {promotion.field: "Sandy"}, entry, base=[plain])]


def conflicts(kit: Kit) -> None:
    """With --conflicts: which entries the centre shows to staff as in conflict (M5, M6, M8)."""
    if not kit.options.conflicts:
        return
    station, promotion, report = kit.first, kit.main, kit.report
    field, write = promotion.field, station.writer.change

    def two(first: object, second: object) -> List[Lines]:
        entry = new_id()
        return [write(promotion, {field: value}, entry) for value in (first, second)]

    differ, equal = two("Sandra", "Xandra"), two("Sandra", "Sandra")
    settled = two("Sandra", "Xandra")
    settled.append(write(promotion, {field: "Sandra"}, settled[0].entry, base=settled[:2]))
    start = write(promotion, {field: "Sandra"})
    missing = write(promotion, {field: "Sandy"}, start.entry, base=[start])
    waits = [
        start, write(promotion, {field: "Sandie"}, start.entry, base=[start]),
        write(promotion, {field: "Sanda"}, start.entry, base=[missing])]
    voided = write(promotion, promotion.values())
    void = write(promotion, {"$void": True}, voided.entry, kind="void", seen=[voided.id], reason="duplicate")
    corrected = write(promotion, promotion.values())
    contested = [
        corrected, write(promotion, {"$void": True}, corrected.entry, kind="void", seen=[corrected.id], reason="duplicate"),
        write(promotion, {field: "Sandy"}, corrected.entry, base=[corrected])]
    answer = station.push([*differ, *equal, *settled, *waits, voided, void, *contested])
    report.expect("M5", not answer.exceptions, f"the changes came to {sorted(answer.exceptions.values())}")
    done = kit.staff("conflicts")
    listed = done.stdout.decode()
    report.expect("M5", done.returncode == 0, "the command of --conflicts failed")
    for number, what, change, is_one in (
        ("M5", "two values that differ", differ[0], True), ("M5", "two equal values", equal[0], False),
        ("M10", "a settled conflict", settled[0], False),
        ("M6", "a conflict that waits for a change it names", waits[0], False), ("M8", "a void that saw all heads", voided, False),
        ("M8", "a void that did not see a correction", corrected, True),
    ):
        report.expect(number, (change.entry in listed) == is_one, f"{what}: listed as a conflict is {change.entry in listed}, not {is_one}")


def comparison(kit: Kit) -> None:
    """With --comparison: the digest of everything, merged here from the feed (M13), which agrees only if every merge does."""
    if not kit.options.comparison:
        return
    seen_by_all = [promotion for promotion in kit.promotions.values() if promotion.sharing == "all"]
    if not seen_by_all:
        kit.report.untestable("M13", "no promotion here has the sharing all, so no station sees all heads")
    rows = kit.second.everything()
    for promotion in seen_by_all:
        subjects: dict = {}
        for key, row in rows:
            if key == f"promotion/{promotion.id}" and row.change:
                change = fe.Change(row.change.header, row.change.body)
                subject = change.header.get("entry") or f"batch/{promotion.id}/{change.header['batch']}"
                subjects.setdefault(subject, {})[change.id] = change
        total = sum(int(fe.merge(subject, list(changes.values()))["digest"], 16) for subject, changes in subjects.items())
        done = kit.staff("comparison", promotion=promotion.id)
        wanted = f"{total % 2**256:064x}"
        is_told = done.returncode == 0 and wanted in done.stdout.decode()
        kit.report.expect("M13", is_told, f"the digest of {len(subjects)} subjects is not {wanted}")

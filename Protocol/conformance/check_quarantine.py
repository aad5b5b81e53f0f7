"""Quarantine: every reason that a client can provoke, what waits behind, and that all else goes on (P2, P5, C7, C9)."""

from __future__ import annotations

import os
from typing import List, Tuple

import reference as fe
from kit import Kit
from writing import Lines, new_id


def reasons(kit: Kit) -> None:
    station, promotion, expect = kit.first, kit.main, kit.report.expect
    write = station.writer.change
    sound = write(promotion, promotion.values())
    foreign = kit.second.writer.change(promotion, promotion.values())
    rotten = Lines(sound.header, b'"' + fe.H(b"a body that rotted").hex().encode() + b'"')
    cases: List[Tuple[str, str, Lines]] = [
        ("unknown-promotion", "a promotion that is not there", write(promotion, {}, form="no-such-promotion-here/1")),
        ("unknown-form", "a version that is not there", write(promotion, {}, form=f"{promotion.id}/{promotion.version + 1000}")),
        ("unknown-field", "a field that the form has not", write(promotion, {"no_such_field": "x"})),
        ("not-entitled", "another station's name in the header", foreign),
        ("not-entitled", "an erasure by a station", write(promotion, None, kind="erase")),
        ("not-entitled", "a document by a station", Lines(station.writer.header(promotion.form, "document"), fe.write(
            {"salt": os.urandom(16).hex(), "document": {**promotion.document, "version": promotion.version + 1}}))),
        ("not-entitled", "a rejection by a station", Lines(
            station.writer.header(promotion.form, "reject", target=sound.id), fe.write({"salt": os.urandom(16).hex()}))),
        ("not-entitled", "a change in the name of the centre", Lines(sound.header.replace(station.id.encode(), b"central"), sound.body)),
        ("bad-digest", "a body that is gone", rotten),
        ("bad-line", "a body that is no JSON", Lines(station.writer.header(promotion.form, entry=new_id()), b"not JSON")),
        ("bad-line", "a header that is no JSON", Lines(b"{", fe.write({"salt": os.urandom(16).hex()}))),
    ]
    sound = write(promotion, promotion.values())
    answer = station.push([*(change for _, _, change in cases), sound])
    exceptions = answer.exceptions
    for problem, what, change in cases:
        found = exceptions.get(change.id, "no exception")
        expect("P5", found == problem, f"{what} came to {found}, not {problem}")
        expect(f"problem {problem}", found == problem, f"{what} came to {found}")
    expect("P2", exceptions.get(rotten.id) == "bad-digest", "a rotten body is no exception")
    expect("C9", exceptions.get(rotten.id) == "bad-digest", "the line of a gone body does not have the change's id")
    expect("C10", cases[-1][2].id in exceptions and cases[-2][2].id in exceptions, "lines that cannot be read have no id by C10's rule")
    expect("P5", sound.id not in exceptions and answer.outcome == "accepted", "a sound change behind bad ones is an exception too")
    wanted = [change.id for _, _, change in cases]
    expect("P5", list(exceptions) == wanted, "the exceptions are others than the bad changes, or in another order")
    expect("C2", exceptions.get(cases[4][2].id) == "not-entitled", "a staff kind is not refused to a station")


def waiting(kit: Kit) -> None:
    """Later changes of the same entry wait behind one that is in quarantine; those of other entries do not."""
    station, promotion, expect = kit.first, kit.main, kit.report.expect
    entry = new_id()
    bad = station.writer.change(promotion, {"no_such_field": "x"}, entry)
    later = station.writer.change(promotion, {promotion.field: "Sandra"}, entry)
    other = station.writer.change(promotion, promotion.values())
    exceptions = station.push([bad, later, other]).exceptions
    waits = "waits-for-quarantined"
    expect("P5", exceptions == {bad.id: "unknown-field", later.id: waits}, f"bad, later, other came to {list(exceptions.values())}")
    expect(f"problem {waits}", exceptions.get(later.id) == waits, "a later change of the entry does not wait")
    still = station.writer.change(promotion, {promotion.field: "Sandy"}, entry)
    found = station.push([still]).exceptions.get(still.id)
    expect("P5", found == "waits-for-quarantined", f"a change in a later push came to {found}, not waits-for-quarantined")
    served = {row.id for _, row in station.everything()}
    expect("P5", not {bad.id, later.id, still.id} & served, "a change in quarantine is served")
    expect("P5", other.id in served, "a change of another entry is not served")


def subjects(kit: Kit) -> None:
    """C6, C7, D2: voids, restores, verifications, and fields of the wrong subject."""
    station, promotion, expect = kit.first, kit.main, kit.report.expect
    write = station.writer.change
    label = "KIT-" + os.urandom(4).hex().upper()
    card = write(promotion, promotion.card(label, 1))
    heads = [card.id]
    void = write(promotion, {"$void": True}, card.entry, kind="void", seen=heads, reason="duplicate")
    restore = write(promotion, {"$void": False}, card.entry, kind="restore", base=[void])
    looked = {"heads": heads, "agrees": True, "peeked": True, "differed": True}
    verify = write(promotion, None, card.entry, kind="verify", verify={promotion.field: looked})
    opened = write(promotion, {"$state": "open", "$expected": 50, "$envelope.7": "empty"}, batch=label)
    closed = write(promotion, {"$state": "closed", "$envelope.7": None}, batch=label, base=[opened], counted="0" * 64)
    unclear = [
        write(promotion, None, card.entry, kind="verify", verify={promotion.field: {**looked, "peeked": "yes"}}),
        write(promotion, {"$state": "open"}, batch=label + "-2", counted="many"),
    ]
    exceptions = station.push([card, void, restore, verify, opened, closed]).exceptions
    expect("C6", not {void.id, restore.id} & set(exceptions), "a void or restore is not taken")
    expect("C4", card.id not in exceptions, "a card in a batch is not taken")
    expect("C7", not {opened.id, closed.id} & set(exceptions), "changes of a batch are not taken")
    expect("M9", verify.id not in exceptions, "a verification is not taken")
    exceptions = station.push(unclear).exceptions
    expect("D2", {change.id for change in unclear} <= set(exceptions), "a peek that is no yes or no, or a count that is no digest, is taken")
    wrong = [
        write(promotion, {"$state": "open"}), write(promotion, {"$expected": 5}), write(promotion, {"$envelope.1": "empty"}),
        write(promotion, {promotion.field: "x"}, batch=label + "X"), write(promotion, {"$void": True}, batch=label + "Y"),
        write(promotion, {"$channel": "kiosk"}, batch=label + "Z"),
    ]
    exceptions = station.push(wrong).exceptions
    for change in wrong:
        fields = sorted(fe.read(change.body)["set"])
        expect("C7", change.id in exceptions, f"an entry with a batch's field, or a batch with an entry's, is taken: {fields}")


def twice(kit: Kit) -> None:
    """A change is known by its id, whoever sends it: another station's line that the centre has changes nothing."""
    first, second, promotion = kit.first, kit.second, kit.main
    change = first.writer.change(promotion, promotion.values())
    first.push([change])
    before = len(first.everything())
    answer = second.push([change])
    kit.report.expect("P6", answer.outcome == "accepted", f"a push of another station's line comes to {answer.outcome}")
    kit.report.expect("P6", len(first.everything()) == before, "another station's line that the centre has is doubled")

"""Pushes (P1 to P6), the chain (L1, L3) and every row of the chain check that a client can reach (K2 to K6, K8)."""

from __future__ import annotations

from typing import Any, List, Optional, Sequence

import reference as fe
from kit import Kit
from station import Answer, Chain, Station
from writing import Lines, new_id, now

FIVE_MINUTES = 300_000


def captures(station: Station, kit: Kit, count: int) -> List[Lines]:
    return [station.writer.change(kit.main, kit.main.values()) for _ in range(count)]


def send(
    station: Station, chain: Chain, after: int, changes: Sequence[Lines] = (), /, head: Optional[int] = None, **changed: Any
) -> Answer:
    """A push as a station would send it that believes in `chain`; nothing is remembered of it."""
    head = chain.end if head is None else head
    changed.setdefault("head", {"sequence": head, "chain": chain.links[min(head, chain.end)].hex()})
    line = station.request("push", chain, after, len(changes), **changed)
    return station.send("push", line, [part for change in changes for part in (change.header, change.body)])


def pushes(kit: Kit) -> None:
    station, expect = kit.first, kit.report.expect
    chain = station.chain
    before = chain.end
    answer = station.push(captures(station, kit, 3))
    expect("P1", answer.outcome == "accepted" and answer.line["through"] == before + 3, f"three captures came to {answer.outcome}")
    expect("C4", not answer.exceptions, f"captures came to {sorted(answer.exceptions.values())}")
    expect("K3", answer.outcome == "accepted", f"a push from the acknowledged end came to {answer.outcome}")
    expect("L1", answer.line["chain"] == chain.links[chain.end].hex(), "the chain of an epoch is not that of L1")
    expect("B6", answer.line["chain"] == chain.links[chain.end].hex(), "chains do not agree")
    expect("outcome accepted", answer.outcome == "accepted", "no push was accepted")
    packed = station.push(captures(station, kit, 20), pack=True)
    expect("T1", packed.outcome == "accepted" and not packed.exceptions, f"a push in gzip came to {packed.outcome}")
    expect("P1", station.push().line["through"] == chain.end, "an empty push does not tell how far the centre has the epoch")


def retries(kit: Kit) -> None:
    """P6: the very same bytes, and the same changes in a new message; exceptions are repeated."""
    station, promotion, expect = kit.first, kit.main, kit.report.expect
    bad = station.writer.change(promotion, {"no_such_field": "x"})
    changes = [*captures(station, kit, 2), bad]
    chain, after = station.chain, station.chain.end
    chain.append(changes)
    payload = [part for change in changes for part in (change.header, change.body)]
    message = station.seal("push", station.request("push", chain, after, len(changes)), payload)
    answers = []
    for _ in range(2):
        lines = station.open("push-answer", message, kit.wire.post("push", message))
        answers.append(Answer(fe.read(lines[0], fe.DOCUMENT), []))
    rows = len(station.everything())
    chain.acknowledged = chain.end
    answers.append(send(station, chain, after, changes))
    for answer in answers:
        is_taken = answer.outcome == "accepted" and answer.line["through"] == chain.end
        expect("P6", is_taken, f"a push that comes again comes to {answer.outcome}")
        listed = answer.exceptions
        expect("P6", listed == {bad.id: "unknown-field"}, f"a retry lists {sorted(listed.values())}, not the same exception")
    expect("P6", len(station.everything()) == rows, "a push that comes again adds rows to the feed")
    expect("P5", answers[0].line["exceptions"][0]["state"] == "quarantined", "the exception's state is not quarantined")
    overlap = send(station, chain, after + 1, changes[1:])
    expect("K4", overlap.outcome == "accepted" and overlap.line["through"] == chain.end, f"an overlap comes to {overlap.outcome}")
    fresh = captures(station, kit, 2)
    chain.append(fresh)
    half = send(station, chain, after, [*changes, *fresh])
    is_taken = half.outcome == "accepted" and half.line["through"] == chain.end
    expect("K4", is_taken, f"a push of which a part is there comes to {half.outcome}")
    expect("K4", half.exceptions == {bad.id: "unknown-field"}, "the part that is there lost its exception")
    chain.acknowledged = chain.end
    less = send(station, chain, after, changes[:1])
    expect("K4", less.outcome == "accepted" and less.line["through"] == chain.end, f"less than is there comes to {less.outcome}")


def clocks(kit: Kit) -> None:
    station, expect = kit.first, kit.report.expect
    chain = station.chain
    change = captures(station, kit, 1)
    for offset in (-FIVE_MINUTES - 30_000, FIVE_MINUTES + 30_000, -now(), 4_000_000_000_000):
        ahead = Chain(station.id)
        ahead.append(change)
        answer = send(station, ahead, 0, change, time=now() + offset)
        expect("P3", answer.outcome == "clock", f"a push whose time is {offset} ms off comes to {answer.outcome}")
        expect("outcome clock", answer.outcome == "clock", "no push came to clock")
        pull = station.pull(time=now() + offset)
        expect("P3", pull.outcome == "clock" and not pull.pages, f"a pull whose time is {offset} ms off comes to {pull.outcome}")
        again = send(station, ahead, 0)
        expect("P3", again.line["through"] == 0, "a push that came to clock was taken nevertheless")
    for offset in (-FIVE_MINUTES + 60_000, FIVE_MINUTES - 60_000):
        expect("P3", send(station, chain, chain.end, time=now() + offset).outcome == "accepted", f"a push {offset} ms off is not accepted")


def stamps(kit: Kit) -> None:
    """A bad clock is never a reason to refuse a change: stamps and skews of any size are taken."""
    station, promotion, expect = kit.first, kit.main, kit.report.expect
    changes = []
    for stamp, skew in ((0, None), (4_070_908_800_000, 0), (2**53 - 1, -(2**53 - 1)), (-(2**53 - 1), 2**53 - 1)):
        header = fe.read(station.writer.header(promotion.form, entry=new_id()))
        body = station.writer.change(promotion, promotion.values()).body
        changes.append(Lines(fe.write({**header, "stamp": stamp, "skew": skew}), body))
    exceptions = station.push(changes).exceptions
    expect("P3", not exceptions, f"changes stamped in 1970, 2099 and at the ends of time came to {sorted(exceptions.values())}")


def outcomes(kit: Kit) -> None:
    station, report = kit.first, kit.report
    start, epoch = station.everything(), Chain(station.id)
    epoch.append(captures(station, kit, 5))
    idle = send(station, epoch, 0)
    report.expect("L3", idle.outcome == "accepted" and idle.line["through"] == 0, f"an idle new epoch comes to {idle.outcome}")
    report.expect("L1", idle.line["chain"] == epoch.links[0].hex(), "the chain of an epoch without changes is not chain0")
    taken = send(station, epoch, 0, epoch.lines, forkedFrom=station.chain.epoch)
    report.expect("L3", taken.outcome == "accepted" and taken.line["through"] == 5, f"a new epoch comes to {taken.outcome}")
    other = Chain(station.id)
    other.epoch, other.links = epoch.epoch, epoch.links[:1]
    other.append([*epoch.lines[:3], *captures(station, kit, 4)])
    wrong = fe.H("another chain").hex()

    def check(number: str, outcome: str, what: str, answer: Answer) -> None:
        report.expect(number, answer.outcome == outcome, f"{what} comes to {answer.outcome}, not {outcome}")
        report.expect(f"outcome {outcome}", answer.outcome == outcome, f"{what} comes to {answer.outcome}")
        end = answer.line["through"], answer.line["chain"]
        report.expect(number, end == (5, epoch.links[5].hex()), f"{what}: the answer does not tell n and its chain")

    check("K2", "rolledBack", "a head below what the centre has", send(station, epoch, 3, head=3))
    check("K2", "rolledBack", "a head below, and another change", send(station, epoch, 3, other.lines[3:4], head=4))
    check("K5", "forked", "a head below, and another chain", send(station, epoch, 3, other.lines[3:4], head=4, chain=wrong))
    check("K5", "forked", "another chain at the end", send(station, epoch, 5, chain=wrong))
    check("K5", "forked", "another chain further down", send(station, epoch, 3, epoch.lines[3:], chain=wrong))
    check("K5", "forked", "an overlap of other changes", send(station, other, 3, other.lines[3:5]))
    mixed = [epoch.lines[3], other.lines[4], other.lines[5]]
    check("K5", "forked", "an overlap of which the end differs", send(station, epoch, 3, mixed, head=6))
    check("K6", "behind", "more than the centre has", send(station, other, 6, other.lines[6:7]))
    check("K3", "accepted", "the same end again", send(station, epoch, 5))
    lost = Chain(station.id)
    lost.append(captures(station, kit, 2))
    answer = send(station, lost, 2)
    is_behind = answer.outcome == "behind" and answer.line["through"] == 0
    report.expect("K6", is_behind, f"an epoch that the centre lost comes to {answer.outcome}")
    report.expect("K6", answer.line["chain"] == lost.links[0].hex(), "with n 0 the chain is not the epoch's start")
    for outcome, answer in (
        ("rolledBack", station.pull(epoch, 3, head={"sequence": 3, "chain": epoch.links[3].hex()})),
        ("forked", station.pull(epoch, 5, chain=wrong)),
        ("behind", station.pull(lost, 2)),
    ):
        number = {"rolledBack": "K2", "forked": "K5", "behind": "K6"}[outcome]
        report.expect(number, answer.outcome == outcome, f"a pull that should come to {outcome} comes to {answer.outcome}")
        report.expect("F7", not answer.pages and not answer.line["keys"], f"a pull that came to {answer.outcome} has keys or pages")
    rows = station.everything()
    report.expect("P6", len(rows) == len(start) + taken_rows(kit, start, rows, epoch), "pushes that were not accepted added rows")
    new_epoch(kit, epoch)


def taken_rows(kit: Kit, before: Sequence[Any], after: Sequence[Any], epoch: Chain) -> int:
    """How many rows the changes of an epoch brought."""
    ids = {change.id for change in epoch.lines}
    return sum(1 for _, row in after if row.id in ids)


def new_epoch(kit: Kit, old: Chain) -> None:
    """K8: after a fork all lines come again in a new epoch, byte for byte; none is doubled."""
    station, report = kit.first, kit.report
    before = station.everything()
    again = Chain(station.id, old.epoch)
    again.append(old.lines)
    answer = send(station, again, 0, old.lines)
    is_taken = answer.outcome == "accepted" and answer.line["through"] == 5
    report.expect("K8", is_taken, f"the same lines in a new epoch come to {answer.outcome}")
    report.expect("K8", not answer.exceptions, f"the same lines in a new epoch have exceptions: {sorted(answer.exceptions.values())}")
    report.expect("K8", len(station.everything()) == len(before), "the same lines in a new epoch are doubled")
    report.expect("C8", len(station.everything()) == len(before), "a change that stands in two chains is not one change")

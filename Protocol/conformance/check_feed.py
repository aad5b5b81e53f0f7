"""The feed and pulls (F1 to F9, F13, F16, L4, T4)."""

from __future__ import annotations

from typing import Dict, List, Optional, Tuple

import reference as fe
from kit import Kit
from station import Chain, Row, Station
from writing import Lines

Rows = List[Tuple[str, Row]]


def first_pull(kit: Kit) -> None:
    """What a station gets that holds nothing: documents, by which the kit learns the forms."""
    kit.first.pull_all()
    kit.learn()
    kit.report.expect("F3", bool(kit.promotions), "the stations are assigned no promotion with a document; invite them for one")
    kit.second.pull_all()
    for change in kit.first.held.values():
        header = fe.read_header(change.header)
        if header["kind"] == "document":
            kit.report.expect("L4", header["station"] == "central", "a document is not by central")
    expected = {f"documents/{id}" for id in kit.promotions}
    kit.report.expect("F3", expected <= set(kit.first.cursors), "a promotion's documents are not among the keys")


def pages(kit: Kit) -> None:
    """More rows than fit into one answer come in several, and pulls come to an end."""
    station, promotion, report = kit.second, kit.main, kit.report
    for _ in range(3):
        changes = [station.writer.change(promotion, promotion.values()) for _ in range(400)]
        answer = station.push(changes, pack=True)
        report.expect("P1", answer.outcome == "accepted" and not answer.exceptions, f"400 changes come to {answer.outcome}")
    answer = station.pull(Chain(station.id), cursors={})
    report.expect("T4", any(page.more for page in answer.pages), "no page says `more` although 1,200 rows wait")
    rows = station.everything()
    ids = {row.id for _, row in rows}
    report.expect("T4", {change.id for change in changes} <= ids, "rows are missing at the end of several pages")
    packed = station.pull(Chain(station.id), cursors={}, pack=True)
    report.expect("T1", packed.changes == answer.changes, "an answer in gzip has other rows")


def own_lines(kit: Kit) -> None:
    """F9: what the request proves the station to hold is left out; a new epoch holds nothing, and gets it all."""
    station, promotion, report = kit.first, kit.main, kit.report
    station.pull_all()
    changes = [station.writer.change(promotion, promotion.values()) for _ in range(5)]
    station.push(changes)
    ids = {change.id for change in changes}
    before = {key: cursor["position"] for key, cursor in station.cursors.items()}
    came = {row.id for _, row in station.pull_all()}
    report.expect("F9", not ids & came, "a station gets its own changes of this epoch")
    moved = [key for key, cursor in station.cursors.items() if cursor["position"] > before.get(key, 0)]
    report.expect("F9", bool(moved), "`to` does not move on over rows that were left out")
    report.expect("F9", ids <= {row.id for _, row in station.everything()}, "a new epoch does not get what the old one made")

    def asked(after: int, **more: int) -> set:
        answer = station.pull(station.chain, after, cursors={}, **more)
        got = set(answer.changes)
        while any(page.more for page in answer.pages):
            cursors = {page.key: {"position": page.to, "digest": page.digest, "checkpoints": []} for page in answer.pages}
            answer = station.pull(station.chain, after, cursors=cursors, **more)
            got |= set(answer.changes)
        return got

    report.expect("F9", {changes[3].id, changes[4].id} <= asked(station.chain.end - 2), "own changes above `after` are left out")
    got = asked(station.chain.end, lacks=station.chain.end - 3)
    report.expect("F9", {changes[0].id, changes[1].id} <= got, "own changes that the station may lack are left out")
    report.expect("F9", not {changes[2].id, changes[4].id} & got, "own changes above `lacks` come though they are held")


def visible(kit: Kit) -> None:
    """P7 and F1: what was acknowledged is there at once, at a higher position than all that was read before."""
    first, second, promotion, report = kit.first, kit.second, kit.main, kit.report
    second.pull_all()
    change = first.writer.change(promotion, promotion.values())
    if promotion.sharing != "all":
        change = first.writer.change(promotion, promotion.values())
        ends = [row.position for _, row in first.everything()]
        first.push([change])
        rows = [row for _, row in first.everything() if row.id == change.id]
        report.expect("F1", bool(rows) and rows[0].position > max(ends), "a new row is not above those that were visible")
        report.expect("P7", bool(rows), "an acknowledged change is not in the feed")
        return
    ends = {key: cursor["position"] for key, cursor in second.cursors.items()}
    first.push([change])
    came = [(key, row) for key, row in second.pull_all() if row.id == change.id]
    report.expect("P7", len(came) == 1, "an acknowledged change does not come with the next pull")
    report.expect("F1", all(row.position > ends[key] for key, row in came), "a new row is not above those that were visible")
    report.expect("B1", kit.same_lines(change, second.held.get(change.id)), "another station gets other bytes than were sent")
    macs = {row.mac for _, row in first.everything() if row.id == change.id}
    report.expect("F8", macs == {second.macs[change.id]}, "two stations get two MACs of one line")


def same_again(kit: Kit) -> None:
    """F1, F8: reading everything twice gives the same rows at the same places with the same MACs."""
    station, report = kit.second, kit.report

    def place(rows: Rows) -> list:
        return [(key, row.position, row.id or row.leaves or "", row.mac or "") for key, row in rows]

    one, two = place(station.everything()), place(station.everything())
    report.expect("F1", sorted(one) == sorted(two), "the same feed is served differently the second time")
    macs = {(row.id, row.mac) for _, row in station.everything() if row.id}
    report.expect("F8", len(macs) == len({id for id, _ in macs}), "one line has two MACs")
    report.expect("F8", len({mac for _, mac in macs}) == len(macs), "two lines have one MAC")


def digests(kit: Kit) -> None:
    """F2: the digest of each page, worked out again from the rows; only where the station may read every row of the vault."""
    station, report = kit.second, kit.report
    pages = station.all_pages()
    rows: Dict[int, Tuple[str, Row]] = {row.position: (page.key, row) for page in pages for row in page.rows}
    stated = {page.to: page.digest for page in pages}
    for page in pages:
        if stated[page.to] != page.digest:
            report.fail("F2", "two pages that end at one position differ in their digest")
    if sorted(rows) != list(range(1, max(stated) + 1)):
        report.untestable("F2", "between the rows that the stations may read lie rows that they may not, so digests cannot be worked out")
        return
    digest, recomputed = fe.feed_start(station.vault), {}
    for position in sorted(rows):
        key, row = rows[position]
        digest = fe.feed_next(digest, key, "change" if row.id else "leave", bytes.fromhex(row.id) if row.id else fe.H(row.leaves))
        recomputed[position] = digest.hex()
    for position, digest in stated.items():
        report.expect("F2", recomputed[position] == digest, "a page's digest is not the feed's at its end")
    report.expect("B6", recomputed[max(stated)] == stated[max(stated)], "digests of the feed do not agree")


def cursors(kit: Kit) -> None:
    """F5, F6: where a page starts when the cursor's digest is the feed's, when only a checkpoint's is, and when none is."""
    station, promotion, report = kit.first, kit.main, kit.report
    key = f"documents/{promotion.id}"
    station.pull_all()
    old = dict(station.cursors[key])
    station.push([station.writer.change(promotion, promotion.values())])
    station.pull_all()
    new, wrong = station.cursors[key], "ab" * 32

    def start(cursor: Optional[dict]) -> int:
        answer = station.pull(cursors={**station.cursors, key: cursor} if cursor else {})
        return next(page.start for page in answer.pages if page.key == key)

    def cursor(position: int, digest: str, *checkpoints: Tuple[int, str]) -> dict:
        return {"position": position, "digest": digest, "checkpoints": [{"position": at, "digest": digest} for at, digest in checkpoints]}

    at_old, at_new = (old["position"], old["digest"]), (new["position"], new["digest"])
    for number, what, given, wanted in (
        ("F5", "a key without a cursor", None, 0), ("F6", "a right cursor", cursor(*at_new), at_new[0]),
        ("F6", "a wrong digest and no checkpoint", cursor(at_new[0], wrong), 0),
        ("F6", "a wrong digest and a right checkpoint", cursor(at_new[0], wrong, at_old), at_old[0]),
        ("F6", "a right checkpoint behind a wrong one", cursor(at_new[0], wrong, (at_new[0] - 1, wrong), at_old), at_old[0]),
        ("F6", "two right checkpoints", cursor(at_new[0] + 1000, wrong, at_new, at_old), at_new[0]),
        ("F6", "a cursor beyond the feed", cursor(at_new[0] + 1000, wrong), 0),
        ("F6", "position 0 with a wrong digest", cursor(0, wrong), 0),
    ):
        report.expect(number, start(given) == wanted, f"{what}: the page starts at {start(given)}, not at {wanted}")
    unknown = f"documents/{promotion.id[:40]}-not-here"
    answer = station.pull(cursors={**station.cursors, unknown: cursor(0, wrong)})
    report.expect("F7", unknown not in answer.line["keys"], "a cursor of a key that is not the station's brings the key")


def subjects_of(rows: Rows, key: str) -> Dict[str, Dict[str, fe.Change]]:
    """The changes of each entry and batch that is in a key, after all rows of the key."""
    subjects: Dict[str, Dict[str, fe.Change]] = {}
    for row_key, row in rows:
        if row_key != key:
            continue
        if row.leaves:
            subjects.pop(row.leaves, None)
        elif row.change:
            change = fe.Change(row.change.header, row.change.body)
            batch = change.header.get("batch")
            subject = change.header.get("entry") or f"batch/{key.split('/')[1]}/{batch}"
            subjects.setdefault(subject, {})[change.id] = change
    return subjects


def compared(kit: Kit) -> None:
    """F16: the sums of a key are those of what the feed brings, whole and by part; of what is not granted nothing is said."""
    station, report = kit.first, kit.report
    station.pull_all()
    key = next(key for key in station.cursors if key.startswith(("promotion/", "station/")))
    digests: Dict[str, int] = {}
    for subject, changes in subjects_of(station.everything(), key).items():
        digests[subject] = int(fe.merge(subject, list(changes.values()))["digest"], 16)
    digests = {subject: digest for subject, digest in digests.items() if digest}

    def total(subjects: List[str]) -> str:
        return f"{sum(digests[subject] for subject in subjects) % 2**256:064x}"

    def ask(key: str, part: Optional[str]) -> Optional[dict]:
        return station.pull(compare={"key": key, "part": part}).line.get("comparison")

    by_part: Dict[str, List[str]] = {}
    for subject in digests:
        by_part.setdefault(fe.part(subject), []).append(subject)
    wanted = {
        "key": key, "part": None, "subjects": len(digests), "digest": total(list(digests)),
        "sums": {part: total(subjects) for part, subjects in by_part.items()}}
    got = ask(key, None)
    report.expect("F16", got == wanted, f"the comparison of {len(digests)} subjects in {key} is another")
    part, subjects = max(by_part.items(), key=lambda item: len(item[1]))
    wanted = {
        "key": key, "part": part, "subjects": len(subjects), "digest": total(subjects),
        "sums": {subject: total([subject]) for subject in subjects}}
    report.expect("F16", ask(key, part) == wanted, f"the comparison of the {len(subjects)} subjects in part {part} is another")
    for other in (f"documents/{key.split('/')[1]}", "promotion/no-such-promotion", f"station/{key.split('/')[1]}/{kit.second.id}"):
        report.expect("F16", ask(other, None) is None, f"{other} is compared")
    report.expect("F16", station.pull().line.get("comparison") is None, "a comparison that nobody asked for")


def handback(kit: Kit) -> None:
    """F13: a centre that takes handbacks takes its own MACs and nothing else; one that does not says not-found."""
    first, second, report = kit.first, kit.second, kit.report
    second.pull_all()
    id = next(id for id, mac in second.macs.items() if mac)
    change: Lines = second.held[id]
    line = second.request("handback", second.chain, None, 1)
    before = len(first.everything())
    pull = kit.wire.post("pull", second.seal("handback", line))
    report.expect("E3", pull.status != 200, "a handback is taken for a pull")
    for what, mac, told, silent in (
        ("a line with its MAC", second.macs[id], "taken", "refused"), ("a line with another MAC", "00" * 32, "refused", "taken"),
    ):
        message = second.seal("handback", line, [fe.write({"mac": mac}), change.header, change.body])
        got = kit.wire.post("handback", message)
        if got.code == "not-found":
            report.expect("F13", True, "")
            return
        answer = fe.read(second.open("handback-answer", message, got)[0], (fe.DOCUMENT[0], fe.LINE[1]))
        report.expect("F13", answer["outcome"] == "accepted", f"{what} comes to {answer['outcome']}")
        report.expect("F13", answer[told] == [id] and answer[silent] == [], f"{what} is not just in `{told}`")
        report.expect("F13", len(first.everything()) == before, f"{what}, which the centre has, is doubled by a handback")
    got = kit.wire.post("handback", second.seal("handback", line))
    report.expect("F13", got.code == "malformed", f"a handback with fewer lines than its count got {got}, not malformed")

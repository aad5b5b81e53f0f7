"""What takes a command of the server's staff: --put (R1, R2), --reject (M1), --release, --assign (F12), --revoke (K1)."""

from __future__ import annotations

import copy
import json
import tempfile
from pathlib import Path
from typing import Any, Dict, Set

import reference as fe
from check_chain import send
from kit import Kit
from station import Chain
from writing import Lines


def put(kit: Kit, document: Dict[str, Any]) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "document.json"
        file.write_text(json.dumps(document, ensure_ascii=False, indent=2), encoding="utf-8")
        return kit.staff("put", file=str(file)).returncode == 0


def documents(kit: Kit) -> None:
    if not kit.options.put:
        return
    station, report, promotion = kit.first, kit.report, kit.main
    station.pull_all()
    following = {**copy.deepcopy(promotion.document), "version": promotion.version + 1}
    fields = following["form"]["fields"]

    def with_fields(changed: list) -> Dict[str, Any]:
        return {**following, "form": {"fields": changed}}

    # Nothing else is wrong with the field of another kind.
    other_kind = {name: fields[0].get(name) for name in ("id", "label", "help", "required")}
    other_kind["kind"] = "integer" if fields[0]["kind"] != "integer" else "text"
    for number, what, document in (
        ("R1", "no name", {name: value for name, value in following.items() if name != "name"}),
        ("R1", "an unknown kind of field", with_fields([{**fields[0], "kind": "sound"}, *fields[1:]])),
        ("R1", "two fields of one id", with_fields([*fields, fields[0]])),
        ("R1", "dates the wrong way round", {**following, "dates": {**following["dates"], "opens": "2999-01-01"}}),
        ("R1", "an unknown sharing", {**following, "sharing": "none"}),
        ("R2", "a field removed", with_fields(fields[1:] or [{**fields[0], "id": "another"}])),
        ("R2", "a field of another kind", with_fields([other_kind, *fields[1:]])),
        ("R2", "another kind of promotion", {**following, "kind": "client" if following["kind"] != "client" else "clientWithHouseOptIn"}),
        ("R2", "the same version with another name", {**following, "version": promotion.version, "name": following["name"] + " again"}),
    ):
        report.expect(number, not put(kit, document), f"a document with {what} is put")
    report.expect("R1", not station.pull_all(), "a document that was refused is in the feed")

    new = {"id": "conformance_note", "kind": "text", "label": "Note of the conformance kit"}
    early = [
        station.writer.change(promotion, {"conformance_note": "early"}, form=f"{promotion.id}/{promotion.version + 1}"),
        station.writer.change(promotion, {promotion.field: "Sandra"}, form=f"{promotion.id}/{promotion.version + 1}")]
    behind = station.writer.change(promotion, {promotion.field: "Sandy"}, early[1].entry, base=early[1:])
    exceptions = station.push([*early, behind]).exceptions
    found = list(exceptions.values())
    wanted = ["unknown-form", "unknown-form", "waits-for-quarantined"]
    report.expect("P5", found == wanted, f"changes by the next version came to {found}")
    if any(field["id"] == new["id"] for field in fields):
        new = dict(next(field for field in fields if field["id"] == new["id"]))
        fields = [field for field in fields if field["id"] != new["id"]]
    is_put = put(kit, {**with_fields([*fields, new]), "later": {"x": 1}})
    report.expect("R1", is_put, "a next version with a new field and an unknown name is refused")
    came = {row.id for _, row in station.pull_all()}
    kit.learn()
    report.expect("R2", kit.promotions[promotion.id].version == promotion.version + 1, "a version that was put does not come")
    released = {change.id for change in [*early, behind]}
    report.expect("P5", released <= {row.id for _, row in station.everything()}, "what waited for a version is not released by it")
    report.expect("F9", released <= came, "what was released from quarantine does not come to its maker")
    report.expect("P6", not station.push().exceptions, "exceptions stand after the release")


def decision(kit: Kit, hook: str, bad: Lines, captured: Lines) -> Set[str]:
    """Has staff decide on a change that will be quarantined, behind which another one waits.

    :return: The ids of all changes that are served afterwards.
    """
    station, report, promotion = kit.first, kit.report, kit.main
    behind = station.writer.change(promotion, {promotion.field: "Sandy"}, captured.entry, base=[captured])
    after = station.chain.end
    exceptions = station.push([captured, bad, behind]).exceptions
    report.expect("P5", set(exceptions) == {bad.id, behind.id}, f"a bad change and one behind it came to {list(exceptions.values())}")
    done = kit.staff(hook, change=bad.id)
    report.expect("P5", done.returncode == 0, f"the command of --{hook} ended with {done.returncode}")
    served = {row.id for _, row in station.everything() if row.id}
    report.expect("P5", behind.id in served, f"what waited behind a change does not go on after --{hook}")
    again = send(station, station.chain, after, [captured, bad, behind])
    report.expect("P6", not again.exceptions, f"after --{hook} a retry still lists {list(again.exceptions.values())}")
    return served


def rejection(kit: Kit) -> None:
    if not kit.options.reject:
        return
    station, report, promotion = kit.first, kit.report, kit.main
    captured = station.writer.change(promotion, promotion.values())
    values = {promotion.field: "Xandra", "no_such_field": "x"}
    bad = station.writer.change(promotion, values, captured.entry, base=[captured])
    decision(kit, "reject", bad, captured)
    headers = [fe.read_header(row.change.header) for _, row in station.everything() if row.change]
    rejects = [header for header in headers if header["kind"] == "reject" and header["target"] == bad.id]
    is_there = [header.get("entry") for header in rejects] == [captured.entry]
    report.expect("M1", is_there, "the feed has no reject of the change on its entry")
    report.expect("L4", all(header["station"] == "central" for header in rejects), "a reject is not by central")
    heads = kit.heads(station, promotion, captured.entry)
    report.expect("M1", heads == 1, f"a rejected edit beside another one: {heads} heads, not 1")


def release(kit: Kit) -> None:
    if not kit.options.release:
        return
    station, promotion = kit.first, kit.main
    captured = station.writer.change(promotion, promotion.values())
    rotten = Lines(station.writer.header(promotion.form, entry=captured.entry), b'"' + b"ab" * 32 + b'"')
    served = decision(kit, "release", rotten, captured)
    kit.report.expect("P5", rotten.id in served, "a change that was released is not in the feed")
    kit.report.expect("C9", rotten.id in served, "a change whose body is gone is not served with its id")


def assignment(kit: Kit) -> None:
    """F12: what was withdrawn is no longer in `keys`, and a change for it is not taken."""
    if not kit.options.assign:
        return
    if len(kit.promotions) < 2:
        kit.report.untestable("F12", "one promotion only: none can be withdrawn so that another stays")
        return
    station, report = kit.second, kit.report
    gone, kept = list(kit.promotions.values())[:2]
    done = kit.staff("assign", station=station.id, promotion=kept.id)
    if not report.expect("F12", done.returncode == 0, f"the command of --assign ended with {done.returncode}"):
        return
    granted = {key.split("/")[1] for key in station.pull().line["keys"]}
    report.expect("F12", granted == {kept.id}, "a promotion that was withdrawn is still among the keys")
    change = station.writer.change(gone, gone.values())
    found = station.push([change]).exceptions.get(change.id)
    report.expect("P5", found == "not-entitled", f"a change for a promotion that is not the station's came to {found}")


def revocation(kit: Kit) -> None:
    """K1; comes last, because nothing of the second station is taken any more."""
    if not kit.options.revoke:
        return
    station, report, promotion = kit.second, kit.report, kit.main
    done = kit.staff("revoke", station=station.id)
    report.expect("K1", done.returncode == 0, "the command of --revoke failed")
    before = len(kit.first.everything())
    answer = station.push([station.writer.change(promotion, promotion.values())])
    report.expect("K1", answer.outcome == "revoked" and not answer.exceptions, f"a push of a revoked station comes to {answer.outcome}")
    report.expect("outcome revoked", answer.outcome == "revoked", f"it comes to {answer.outcome}")
    pull = station.pull(cursors={})
    report.expect("K1", pull.outcome == "revoked" and not pull.pages, f"a pull of a revoked station comes to {pull.outcome}")
    forked = station.pull(Chain(station.id), cursors={}, after=5, head={"sequence": 5, "chain": "00" * 32})
    report.expect("K1", forked.outcome == "revoked", f"a revoked station that is behind too comes to {forked.outcome}")
    report.expect("K1", len(kit.first.everything()) == before, "a push of a revoked station is in the feed")

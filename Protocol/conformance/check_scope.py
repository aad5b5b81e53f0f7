"""Which rows a station gets (F3, F4), for each sharing that the promotions here have."""

from __future__ import annotations

import os
from typing import List, Set

from kit import Kit
from station import Station
from writing import Lines, Promotion


def label() -> str:
    return "KIT-" + os.urandom(5).hex().upper()


def ids(station: Station) -> Set[str]:
    return {row.id for _, row in station.everything() if row.id}


def keys(station: Station) -> Set[str]:
    return set(station.pull().line["keys"])


def scopes(kit: Kit) -> None:
    checks = {"all": shared_by_all, "own": own_only, "batch": by_batch}
    for promotion in kit.promotions.values():
        for station in (kit.first, kit.second):
            granted = {key for key in keys(station) if key.split("/")[1] == promotion.id}
            own = f"promotion/{promotion.id}" if promotion.sharing == "all" else f"station/{promotion.id}/{station.id}"
            allowed = {f"documents/{promotion.id}", own}
            kit.report.expect("F3", f"documents/{promotion.id}" in granted, f"sharing {promotion.sharing}: documents are not granted")
            for key in granted - allowed:
                is_batch = promotion.sharing == "batch" and key.startswith("batch/")
                kit.report.expect("F3", is_batch, f"sharing {promotion.sharing}: the key {key.split('/')[0]}/… is granted")
        checks[promotion.sharing](kit, promotion)


def shared_by_all(kit: Kit, promotion: Promotion) -> None:
    change = kit.first.writer.change(promotion, promotion.values())
    batch = kit.first.writer.change(promotion, {"$state": "open"}, batch=label())
    kit.first.push([change, batch])
    kit.report.expect("F3", f"promotion/{promotion.id}" in keys(kit.second), "sharing all: promotion/P is not granted")
    kit.report.expect("F3", {change.id, batch.id} <= ids(kit.second), "sharing all: a station does not get what another captured")


def own_only(kit: Kit, promotion: Promotion) -> None:
    """A station gets the entries that it captured: with it a later capture of the same card by another station."""
    first, second, expect = kit.first, kit.second, kit.report.expect
    expect("F3", keys(second) >= {f"station/{promotion.id}/{second.id}"}, "sharing own: station/P/S is not granted")
    captured = first.writer.change(promotion, promotion.values())
    edit = first.writer.change(promotion, {promotion.field: "Sandy"}, captured.entry, base=[captured])
    batch = first.writer.change(promotion, {"$state": "open"}, batch=label())
    first.push([captured, edit, batch])
    expect("F3", not {captured.id, edit.id, batch.id} & ids(second), "sharing own: a station gets what another captured")
    expect("F3", {captured.id, edit.id, batch.id} <= ids(first), "sharing own: a station does not get what it made")
    again = second.writer.change(promotion, promotion.values(), captured.entry)
    second.push([again])
    expect("F4", {captured.id, edit.id, again.id} <= ids(second), "an entry that enters a key does not bring its whole history")
    corrected = second.writer.change(promotion, {promotion.field: "Sandie"}, captured.entry, base=[edit])
    second.push([corrected])
    expect("F3", {again.id, corrected.id} <= ids(first), "sharing own: a station does not get a change of the entry that it captured")


def by_batch(kit: Kit, promotion: Promotion) -> None:
    first, second, expect = kit.first, kit.second, kit.report.expect
    one, two = label(), label()
    key = f"batch/{promotion.id}/{one}"
    captured = first.writer.change(promotion, promotion.card(one, 1))
    edit = first.writer.change(promotion, {promotion.field: "Sandy"}, captured.entry, base=[captured])
    first.push([captured, edit])
    expect("F3", key in keys(first), "sharing batch: a station that captured in a batch may not read it")
    is_hidden = key not in keys(second) and not {captured.id, edit.id} & ids(second)
    expect("F3", is_hidden, "sharing batch: a station gets a batch that it has no part in")
    opened = second.writer.change(promotion, {"$state": "open", "$expected": 2}, batch=one)
    second.push([opened])
    expect("F3", key in keys(second), "sharing batch: a station that made a change on a batch may not read it")
    expect("F3", {captured.id, edit.id, opened.id} <= ids(second), "sharing batch: a station does not get its batch's entries")
    second.pull_all()
    moves(kit, promotion, key, two, [captured, edit])


def moves(kit: Kit, promotion: Promotion, key: str, elsewhere: str, changes: List[Lines]) -> None:
    """An entry that moves out of a batch leaves its key; when it comes back, its whole history comes again."""
    first, second, expect = kit.first, kit.second, kit.report.expect
    captured = changes[0]
    out = first.writer.change(promotion, {"$batch": elsewhere}, captured.entry, base=[captured])
    first.push([out])
    left = [row for row_key, row in second.pull_all() if row_key == key and row.leaves == captured.entry]
    expect("F4", len(left) == 1, "an entry that left a batch has no `leave` row in its key")
    hidden = first.writer.change(promotion, {promotion.other_field: "Marten"}, captured.entry, base=[captured])
    first.push([hidden])
    came = {row.id for _, row in second.pull_all()}
    expect("F3", hidden.id not in came, "a change of an entry that left the batch is written to its key")
    back = first.writer.change(promotion, {"$batch": key.rsplit("/", 1)[1]}, captured.entry, base=[out])
    first.push([back])
    came = {row.id for row_key, row in second.pull_all() if row_key == key}
    history = {change.id for change in [*changes, out, hidden, back]}
    expect("F4", history <= came, "an entry that comes back does not bring its whole history again")

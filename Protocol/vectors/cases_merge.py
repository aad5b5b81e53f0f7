"""Cases of "Merge": the changes of one subject, in any order, and the state they come to."""

import reference as fe
import world
from world import capture, change, edit

LATER = world.NOON + 60_000


def files():
    groups = (plain_cases, conflict_cases, twin_cases, waiting_cases, void_cases, staff_cases, value_cases)
    return {
        "merge": [case(*parts) for group in groups for parts in group()],
        "counted": [counted_case(*parts) for parts in counted_cases()],
        "double-key": [sample_case(number, percent) for number, percent in ((1, 1), (1, 100), (2, 10), (3, 25), (4, 50), (5, 50), (6, 99))]
        + [edge_case(number, above) for number in (7, 8) for above in (False, True)],
    }


def counted_case(name, entries, exceptions):
    """What a closing counts of entries (id, envelope, card, void) and of exceptions by envelope."""
    listed = [{"entry": entry, "envelope": envelope, "card": card, "void": void} for entry, envelope, card, void in entries]
    named = [{"envelope": envelope, "code": code} for envelope, code in exceptions.items()]
    return {"name": name, "entries": listed, "exceptions": named, "expected": fe.counted(entries, exceptions).hex()}


def counted_cases():
    first, second = world.ENTRY, world.ENTRY[:-1] + "2"
    both = [(first, 1, 1, False), (second, 2, 1, False)]
    yield "an empty tray", [], {}
    yield "one card", both[:1], {}
    yield "two cards", both, {}
    yield "two cards in the other order", both[::-1], {}
    yield "a card that changed places with another", [(first, 2, 1, False), (second, 1, 1, False)], {}
    yield "two cards in one envelope", [(first, 1, 1, False), (second, 1, 2, False)], {}
    yield "a void card", [(first, 1, 1, True), (second, 2, 1, False)], {}
    yield "exceptions", both, {3: "empty", 999999: "void"}
    yield "another reason", both, {3: "foreign", 999999: "void"}


def sample_case(number, percent):
    entry = f"01a0c8a5-0000-7c00-a000-{number:012x}"
    expected = fe.is_sampled(world.PROMOTION, entry, percent)
    return {"name": f"entry {number} at {percent} of 100", "promotion": world.PROMOTION, "entry": entry, "sample": percent, "expected": expected}


def edge_case(number, above):
    """The least percentage that takes an entry in, and the one below it."""
    entry = f"01a0c8a5-0000-7c00-a000-{number:012x}"
    least = next(percent for percent in range(1, 101) if fe.is_sampled(world.PROMOTION, entry, percent))
    assert least > 1, "choose another entry"
    percent = least if above else least - 1
    assert fe.is_sampled(world.PROMOTION, entry, percent) == above
    return {**sample_case(number, percent), "name": f"entry {number} {'at' if above else 'below'} the edge"}


def case(name, changes, must, subject=world.ENTRY):
    """`must` says what the case is there to show; the reference has to agree, or there is a mistake in one of them."""
    state = fe.merge(subject, changes)
    for claim, value in must.items():
        assert state[claim] == value, (name, claim, state[claim], value)
    lines = [[line.decode() for line in change.lines] for change in changes]
    return {"name": name, "subject": subject, "changes": lines, "expected": state}


def plain_cases():
    first = capture({"given_name": "Sandra", "city": "Martin"})
    yield "nothing", [], {"heads": {}}
    yield "one capture", [first], {"conflicts": []}
    second = edit({"city": "Marten"}, [first], stamp=LATER)
    yield "an edit replaces what its base names", [first, second], {"heads": {"city": [second.id], "given_name": [first.id]}}
    other = edit({"given_name": "Sandy"}, [first], 3, station=world.DESK)
    yield "edits of different fields merge", [first, second, other], {"conflicts": []}
    undo = edit({"city": "Martin"}, [second], 4, stamp=LATER + 1)
    yield "an undo is a change like any other", [first, second, undo], {"heads": {"city": [undo.id], "given_name": [first.id]}}
    cleared = edit({"city": None}, [first], 5)
    yield "clearing is a value", [first, cleared], {"conflicts": []}
    late = edit({"city": "Marten"}, [first], 6, stamp=world.NOON - 86_400_000)
    yield "a clock that is a day behind loses nothing", [first, late], {"heads": {"city": [late.id], "given_name": [first.id]}}


def conflict_cases():
    first = capture({"city": "Martin"})
    here = edit({"city": "Marten"}, [first], stamp=LATER)
    there = edit({"city": "Morton"}, [first], 3, station=world.DESK, stamp=LATER + 5)
    yield "edits of one field are in conflict", [first, here, there], {"conflicts": ["city"]}
    same = edit({"city": "Marten"}, [first], 4, station=world.DESK)
    yield "equal edits are two heads and no conflict", [first, here, same], {"conflicts": []}
    settled = edit({"city": "Morton"}, [here, there], 5, station="central", operator="staff", stamp=LATER + 9)
    yield "a resolution has all heads for its base", [first, here, there, settled], {"heads": {"city": [settled.id]}}
    third = edit({"city": "Mertin"}, [first], 6, station=world.DESK, stamp=LATER + 7)
    yield "a resolution that did not see a head leaves it", [first, here, there, third, settled], {"conflicts": ["city"]}
    unseen = capture({"city": "Morton"}, 7, station=world.DESK)
    yield "two captures that differ are in conflict", [first, unseen], {"conflicts": ["city"]}
    skewed = edit({"city": "Morton"}, [first], 8, station=world.DESK, stamp=LATER + 3_600_000, skew=3_600_001)
    yield "the skew is taken off before times are compared", [first, here, skewed], {"conflicts": ["city"]}
    unknown = edit({"city": "Morton"}, [first], 9, station=world.DESK, stamp=LATER, skew=None)
    yield "an unknown skew orders as 0, equal times by id", [first, here, unknown], {"conflicts": ["city"]}
    yes = edit({"consent": True}, [], 10, stamp=LATER)
    no = edit({"consent": False}, [], 11, station=world.DESK)
    blank = edit({"consent": None}, [], 12, station=world.DESK, stamp=LATER - 1)
    yield "restrictive shows a no before a yes", [yes, no], {"conflicts": ["consent"]}
    yield "restrictive shows no answer before a yes", [yes, blank], {"conflicts": ["consent"]}
    yield "restrictive shows the latest that is not yes", [yes, no, blank], {"conflicts": ["consent"]}
    again = edit({"consent": True}, [], 13, station=world.DESK)
    yield "restrictive shows the latest of several yes", [yes, again], {"conflicts": []}


def twin_cases():
    values = {"city": "Martin", "state": "KY"}
    here, there = capture(values), capture(values, 2, station=world.DESK, stamp=LATER)
    yield "one card captured twice alike is no conflict", [here, there], {"conflicts": []}
    new = edit({"city": "Marten"}, [here], 3)
    yield "replacing one of two equal captures replaces both", [here, there, new], {"heads": {"city": [new.id], "state": sorted_ids(here, there)}}
    typed = capture({"city": {"value": "Martin", "keyed": "martin"}, "state": "KY"}, 4, station=world.DESK)
    yield "what was typed does not make captures differ", [here, typed, new], {"conflicts": []}
    other = capture({"city": "Morton", "state": "KY"}, 5, station=world.DESK)
    yield "replacing one of two captures that differ leaves the other", [here, other, new], {"conflicts": ["city"]}
    based = edit({"city": "Martin"}, [new], 6, station=world.DESK)
    rival = edit({"city": "Mertin"}, [here], 7)
    yield "a value set on a base is nobody's twin", [here, new, based, rival], {"conflicts": ["city"]}
    reject = change("reject", 8, station="central", operator="staff", target=here.id)
    yield "a rejected capture stands for no twin", [here, there, new, reject], {"conflicts": ["city"]}


def sorted_ids(*changes):
    return [change.id for change in sorted(changes, key=lambda change: change.order)]


def waiting_cases():
    first = capture({"city": "Martin", "state": "KY"})
    here = edit({"city": "Marten"}, [first], 2, stamp=LATER)
    answer = edit({"city": "Morton"}, [here], 3, station=world.DESK, stamp=LATER + 1)
    yield "a head whose base has not come waits", [first, answer], {"waits": ["city"], "conflicts": []}
    yield "what it waited for has come", [first, here, answer], {"waits": [], "conflicts": []}
    reject = change("reject", 4, station="central", operator="staff", target=here.id)
    yield "a rejected base is waited for no longer", [first, answer, reject], {"waits": [], "conflicts": ["city"]}
    yield "a head alone waits for nothing", [answer], {"waits": [], "conflicts": []}
    elsewhere = edit({"city": "Morton"}, [first], 5, more={"base": {first.id: ["city"], "aa" * 32: ["state"]}})
    rival = edit({"city": "Mertin"}, [first], 6)
    yield "an unknown base of another field is not waited for", [first, elsewhere, rival], {"waits": [], "conflicts": ["city"]}


def void_cases():
    first = capture({"city": "Martin"})
    void = edit({"$void": True}, [], 2, "void", {"seen": [first.id], "reason": "duplicate"}, stamp=LATER)
    yield "void", [first, void], {"void": "void", "conflicts": []}
    late = edit({"city": "Marten"}, [first], 3, station=world.DESK, stamp=LATER + 1)
    yield "void against an edit it has not seen is contested", [first, void, late], {"void": "contested", "conflicts": ["$void"]}
    keep = edit({"$void": False}, [void], 4, "restore", stamp=LATER + 2)
    yield "restored", [first, void, keep], {"void": "no"}
    yield "a contested void is settled by a restore", [first, void, late, keep], {"void": "no", "conflicts": []}
    again = edit({"$void": True}, [void], 5, "void", {"seen": [first.id, late.id]}, stamp=LATER + 2)
    yield "a contested void is settled by a void that saw all", [first, void, late, again], {"void": "void", "conflicts": []}
    rival = edit({"$void": True}, [void], 6, "void", {"seen": [first.id]}, station=world.DESK, stamp=LATER + 3)
    yield "void again against restored is contested", [first, void, keep, rival], {"void": "contested", "conflicts": ["$void"]}
    both = edit({"$void": True}, [], 7, "void", {"seen": [first.id, late.id]}, station=world.DESK)
    yield "two voids together have seen what each of them saw", [first, late, void, both], {"void": "void"}
    twin = capture({"city": "Martin"}, 8, station=world.DESK)
    yield "to have seen one of two equal captures is enough", [first, twin, void], {"void": "void"}
    other = capture({"city": "Martin", "state": "KY"}, 9, station=world.DESK)
    yield "a field that only the other capture sets was not seen", [first, other, void], {"void": "contested"}
    plain = edit({"$void": True}, [], 10)
    yield "a void that saw nothing is contested", [first, plain], {"void": "contested"}
    yield "a void alone", [plain], {"void": "void"}
    base_only = edit({"$void": False}, [], 11, "restore")
    yield "restored and never void", [first, base_only], {"void": "no"}


def staff_cases():
    first = capture({"city": "Martin"})
    second = edit({"city": "Marten"}, [first], 2)
    reject = change("reject", 3, station="central", operator="staff", target=second.id)
    yield "a rejected edit gives back what it replaced", [first, second, reject], {"heads": {"city": [first.id]}}
    blind = change("reject", 4, station="central", operator="staff", entry=None, target=second.id)
    yield "a reject without a subject works alike", [first, second, blind], {"heads": {"city": [first.id]}}
    back = change("reject", 5, station="central", operator="staff", target=reject.id)
    yield "a rejected reject still rejects", [first, second, reject, back], {"heads": {"city": [first.id]}}
    erase = change("erase", 6, station="central", operator="staff")
    yield "an erased entry has no heads", [first, second, erase], {"erased": True, "heads": {}}
    gone = fe.Change(first.lines[0], b'"' + fe.H(first.lines[1]).hex().encode() + b'"')
    yield "an erased entry whose bodies are gone", [gone, erase], {"erased": True}
    yield "a body that is gone sets nothing", [gone, second], {"heads": {"city": [second.id]}}
    unrejectable = change("reject", 7, station="central", operator="staff", target=erase.id)
    yield "an erasure cannot be rejected", [first, erase, unrejectable], {"erased": True}
    verify = change("verify", 8, {"verify": {"city": {"heads": [second.id], "agrees": True}}}, stamp=LATER)
    yield "a second keying that agrees", [first, second, verify], {"verified": {"city": True}}
    yield "a second keying of a value that was replaced", [first, second, verify, edit({"city": "M"}, [second], 9)], {"verified": {}}
    looked = {"heads": [second.id], "agrees": True, "peeked": True, "differed": True}
    yield "a look at the first keying changes nothing in the merge", [
        first, second, change("verify", 12, {"verify": {"city": looked}}, stamp=LATER)], {"verified": {"city": True}}
    doubt = change("verify", 10, {"verify": {"city": {"heads": [second.id], "agrees": False}}}, stamp=LATER + 1)
    yield "of two verifications the later counts", [first, second, verify, doubt], {"verified": {"city": False}}


def value_cases():
    def two(one, other):
        return [capture({"f": one}), capture({"f": other}, 2, station=world.DESK, stamp=LATER)]

    yield "composed and decomposed text differ", two("é", "e\u0301"), {"conflicts": ["f"]}
    yield "a number and its text differ", two(1, "1"), {"conflicts": ["f"]}
    yield "true and its text differ", two(True, "true"), {"conflicts": ["f"]}
    yield "true and 1 differ", two(True, 1), {"conflicts": ["f"]}
    yield "blank and the empty text differ", two(None, ""), {"conflicts": ["f"]}
    yield "a flag makes values differ", two("x", {"value": "x", "flag": "illegible"}), {"conflicts": ["f"]}
    yield "a wording makes values differ", two({"value": True, "wording": "w/1"}, {"value": True, "wording": "w/2"}), {"conflicts": ["f"]}
    yield "the short and the long form of a value are equal", two("x", {"value": "x"}), {"conflicts": []}
    opened = capture({"$state": "open", "$expected": 50}, 3, batch="MB-0001")
    closed = edit({"$state": "closed"}, [opened], 4, batch="MB-0001")
    yield "a batch merges like an entry", [opened, closed], {"conflicts": []}, f"batch/{world.PROMOTION}/MB-0001"
    many = capture({field: 1 for field in ("b", "a_", "a-", "a1", "$card", "$batch", "z")}, 5)
    yield "fields stand in the order of their bytes", [many], {"conflicts": []}

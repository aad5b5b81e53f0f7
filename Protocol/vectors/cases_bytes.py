"""Cases of "Bytes", "Change" and "Chain": json, uniqueid, identifiers, change, chain."""

import reference as fe
import world


def files():
    return {"json": json_cases(), "uniqueid": uniqueid(), "identifiers": identifiers(), "change": changes(), "chain": chains()}


def expected(read, case):
    """The case with what it comes to: `expected`, or `mustFail` with the reason."""
    try:
        return {**case, "expected": read()}
    except fe.Refused as refused:
        return {**case, "mustFail": refused.reason}


# json.json: a line as text, as hex where it is not UTF-8 or holds bytes that do not print, or as parts [text, times]. ---------------------


def json_cases():
    cases = []

    def add(name, line, fails, form="text", document=False):
        case = {"name": name, form: line}
        if document:
            case["document"] = True
        if form == "hex":
            data = bytes.fromhex(line)
        elif form == "parts":
            data = b"".join(text.encode() * times for text, times in line)
        else:
            data = line.encode()
        limits = fe.DOCUMENT if document else fe.LINE

        def value():
            compact = fe.write(fe.read(data, limits))
            return compact.decode() if form == "text" or form == "hex" else fe.H(compact).hex()

        case = expected(value, case)
        if fails != case.get("mustFail"):
            raise AssertionError(f"{name}: {case}")
        cases.append(case)

    for name, line in VALID:
        add(name, line, None)
    for name, line, reason in INVALID:
        add(name, line, reason)
    for name, line, reason in INVALID_HEX:
        add(name, line, reason, "hex")
    add("DEL and the highest character need no escape", '"\x7f\U0010ffff"'.encode().hex(), None, "hex")
    add("six levels", "[[[[[[0]]]]]]", None)
    add("seven levels", "[[[[[[[0]]]]]]]", "tooDeep")
    add("seven levels of objects", '{"a":' * 7 + "0" + "}" * 7, "tooDeep")
    add("ten levels in a document", "[" * 10 + "]" * 10, None, document=True)
    add("eleven levels in a document", "[" * 11 + "]" * 11, "tooDeep", document=True)
    limit = 64 << 10
    add("a line of 64 KiB", [['"', 1], ["a", limit - 2], ['"', 1]], None, "parts")
    add("a line of 64 KiB and a byte", [['"', 1], ["a", limit - 1], ['"', 1]], "tooLong", "parts")
    add("a document of 1 MiB", [['"', 1], ["a", 16 * limit - 2], ['"', 1]], None, "parts", document=True)
    add("a document of 1 MiB and a byte", [['"', 1], ["a", 16 * limit - 1], ['"', 1]], "tooLong", "parts", document=True)
    names = ",".join(f'"n{index}":{index}' for index in range(100))
    add("a hundred names", "{" + names + "}", None)
    add("the first of a hundred names comes back", "{" + names + ',"n0":0}', "duplicateName")
    add("the last of a hundred names comes back", "{" + names + ',"n99":0}', "duplicateName")
    forty = ",".join(f'"n{index}":{index}' for index in range(40))
    nested = forty + ',"inner":{' + forty + '},"next":[{' + forty + "}]"
    add("the same forty names in objects within each other", "{" + nested + "}", None)
    add("a name comes back after an object with the same names", "{" + nested + ',"n39":0}', "duplicateName")
    add("a name comes back within an object within one of many names", "{" + forty + ',"inner":{' + forty + ',"n35":0}}', "duplicateName")
    return cases


VALID = [
    ("an empty object", "{}"),
    ("an empty array", "[]"),
    ("a string alone", '"Sandra"'),
    ("null alone", "null"),
    ("true alone", "true"),
    ("false alone", "false"),
    ("white space between tokens goes", ' {\t"a" : [ 1 ,\r2 ] , "b":{ } } '),
    ("zero", "0"),
    ("the greatest integer", "9007199254740991"),
    ("the least integer", "-9007199254740991"),
    ("escapes become characters", r'"\u00e9\/\u0041 \uD83C\uDF89 \b\f"'),
    ("hexadecimal digits of an escape in both cases", r'"\u00E9\u00e9"'),
    ("escapes that have to stay", r'"\" \\ \n \r \t \u0001 \u001f"'),
    ("text beyond ASCII as it is", '"Dương Núñez 🎉"'),
    ("composed and decomposed text differ and both stay", '{"é":1,"e\u0301":2}'),
    ("the same name in two objects", '{"a":{"x":1},"b":{"x":2},"x":3}'),
    ("an empty name", '{"":0}'),
    ("names keep their order", '{"z":1,"a":2,"m":3}'),
    ("a noncharacter passes", '"\uffff"'),
]
INVALID = [
    ("nothing", "", "endOfInput"),
    ("only white space", "  ", "endOfInput"),
    ("a duplicate name", '{"consent":true,"consent":false}', "duplicateName"),
    ("a duplicate name by an escape", r'{"consent":true,"c\u006fnsent":false}', "duplicateName"),
    ("a duplicate name by two escapes", r'{"\u0063":1,"\u0063":2}', "duplicateName"),
    ("a duplicate name beyond ASCII", r'{"é":1,"\u00e9":2}', "duplicateName"),
    ("a duplicate name further in", '{"a":[{"b":{"c":1,"d":2,"c":3}}]}', "duplicateName"),
    ("U+0000 by an escape", r'"a\u0000b"', "nullCharacter"),
    ("U+0000 in a name", r'{"\u0000":1}', "nullCharacter"),
    ("a lone high surrogate", r'"\ud83c"', "loneSurrogate"),
    ("a lone high surrogate before text", r'"\ud83cabcdef"', "loneSurrogate"),
    ("a lone low surrogate", r'"\udf89"', "loneSurrogate"),
    ("surrogates the wrong way round", r'"\udf89\ud83c"', "loneSurrogate"),
    ("two high surrogates", r'"\ud83c\ud83c"', "loneSurrogate"),
    ("a lone surrogate in a name", r'{"\ud83c":1}', "loneSurrogate"),
    ("a float", "1.5", "notAnInteger"),
    ("a float that is whole", "1.0", "notAnInteger"),
    ("an exponent", "1e3", "notAnInteger"),
    ("an exponent in capitals", "1E3", "notAnInteger"),
    ("minus zero", "-0", "notAnInteger"),
    ("minus zero as a float", "-0.0", "notAnInteger"),
    ("a leading zero", "01", "syntax"),
    ("a leading zero after the sign", "-01", "syntax"),
    ("two zeros", "00", "syntax"),
    ("a plus sign", "+1", "syntax"),
    ("only a sign", "-", "endOfInput"),
    ("a sign before a bracket", "[-]", "syntax"),
    ("a bare fraction", ".5", "syntax"),
    ("2^53", "9007199254740992", "integerOutOfRange"),
    ("-2^53", "-9007199254740992", "integerOutOfRange"),
    ("2^63", "9223372036854775808", "integerOutOfRange"),
    ("a number of thirty digits", "1" * 30, "integerOutOfRange"),
    ("hexadecimal", "0x10", "trailingBytes"),
    ("not a number", "NaN", "syntax"),
    ("capitals", "True", "syntax"),
    ("half a word", "tru", "endOfInput"),
    ("a wrong word", "nulx", "syntax"),
    ("trailing bytes", "{}{}", "trailingBytes"),
    ("a trailing comma after the value", "1,", "trailingBytes"),
    ("a trailing comma in an array", "[1,]", "syntax"),
    ("a trailing comma in an object", '{"a":1,}', "syntax"),
    ("a leading comma", "[,1]", "syntax"),
    ("a missing comma", "[1 2]", "syntax"),
    ("a missing colon", '{"a" 1}', "syntax"),
    ("a missing value", '{"a":}', "syntax"),
    ("a name without quotes", "{a:1}", "syntax"),
    ("a number for a name", "{1:1}", "syntax"),
    ("single quotes", "'a'", "syntax"),
    ("brackets that do not fit", "[1}", "syntax"),
    ("an open array", "[1", "endOfInput"),
    ("an open object", '{"a":1', "endOfInput"),
    ("an open string", '"abc', "endOfInput"),
    ("an open escape", '"abc\\', "endOfInput"),
    ("a short escape", r'"\u00e', "endOfInput"),
    ("an escape with other letters", r'"\u00eg"', "syntax"),
    ("an unknown escape", r'"\x41"', "syntax"),
    ("a comment", "{}// done", "trailingBytes"),
]
INVALID_HEX = [
    ("a byte order mark", "efbbbf7b7d", "syntax"),
    ("a line break between tokens", "7b0a7d", "syntax"),
    ("a line break at the end", "7b7d0a", "trailingBytes"),
    ("a line break in a string", "22610a6222", "controlCharacter"),
    ("a tab in a string", "2261096222", "controlCharacter"),
    ("U+0000 in a string", "2261006222", "controlCharacter"),
    ("U+0000 between tokens", "7b007d", "syntax"),
    ("a form feed between tokens", "7b0c7d", "syntax"),
    ("a no-break space between tokens", "7bc2a07d", "syntax"),
    ("Latin-1", "22e922", "invalidUTF8"),
    ("a lone continuation byte", "228022", "invalidUTF8"),
    ("an overlong slash", "22c0af22", "invalidUTF8"),
    ("a surrogate in UTF-8", "22eda08022", "invalidUTF8"),
    ("a surrogate pair in UTF-8 (CESU-8)", "22eda0bcedbe8922", "invalidUTF8"),
    ("beyond U+10FFFF", "22f490808022", "invalidUTF8"),
    ("a cut sequence", "22c322", "invalidUTF8"),
    ("a sequence cut by an escape", "22c35c6ea922", "invalidUTF8"),
    ("broken UTF-8 in a name", "7b22e9223a317d", "invalidUTF8"),
    ("UTF-16", "fffe7b007d00", "syntax"),
]


# uniqueid.json and identifiers.json -------------------------------------------------------------------------------------------------------


def uniqueid():
    texts = [
        ("version 7", world.ENTRY), ("version 8", fe.card_id("p", "B", 1, 1)), ("all zeros", "00000000-0000-0000-0000-000000000000"),
        ("capitals", world.ENTRY.upper()), ("without hyphens", world.ENTRY.replace("-", "")), ("in braces", "{" + world.ENTRY + "}"),
        ("too short", world.ENTRY[:-1]), ("a letter beyond f", world.ENTRY[:-1] + "g"), ("a hyphen out of place", "0" + world.ENTRY[:-1]),
        ("nothing", ""),
    ]
    cases = []
    for name, text in texts:
        known = fe.has_form("uuid", text)
        cases.append({"name": name, "text": text, **({"expected": text.replace("-", "")} if known else {"mustFail": "form"})})
    cards = [(world.PROMOTION, "MB-0001", 1, 1), (world.PROMOTION, "MB-0001", 1, 2), (world.PROMOTION, "MB-0001", 2, 1),
             (world.PROMOTION, "MB-0002", 1, 1), ("winter-warmer", "MB-0001", 1, 1), ("p", "A", 999_999, 99)]
    for promotion, batch, envelope, card in cards:
        cases.append({
            "name": f"card {card} of envelope {envelope} in {batch} of {promotion}",
            "card": {"promotion": promotion, "batch": batch, "envelope": envelope, "card": card},
            "expected": fe.card_id(promotion, batch, envelope, card)})
    return cases


def identifiers():
    station = world.KIOSK
    texts = {
        "id": ["a", "house_opt_in", "op-5b1f", "a" * 64, "a" * 65, "", "A", "1a", "_a", "a b", "é", "a.b", "a\n"],
        "field": ["given_name", "$void", "$channel", "$batch", "$envelope", "$card", "$state", "$expected", "$envelope.1",
                  "$envelope.999999", "$envelope.0", "$envelope.01", "$envelope.1000000", "$envelope.+1", "$envelope.", "$other", "$", "Name"],
        "label": ["MB-0001", "7", "A" * 32, "A" * 33, "", "mb-1", "MB_1", "MB 1", "É"],
        "versioned": ["summer-splash/1", "a/9007199254740991", "a/9007199254740992", "a/0", "a/01", "a/-1", "a/+1", "a/", "/1", "a", "a/1/2",
                      "A/1"],
        "key": ["documents/p", "promotion/p", f"station/p/{station}", "batch/p/MB-1", "documents/P", "promotion/", "batch/p/mb-1",
                "station/p/kiosk", f"station/p/{station.upper()}", "batch/p", "documents/p/", "entries/p", ""],
    }
    return [
        {"name": f"{form}: {text[:40]!r}", "form": form, "text": text,
         **({"expected": True} if fe.has_form(form, text) else {"mustFail": "form"})}
        for form, list in texts.items() for text in list]


# change.json ------------------------------------------------------------------------------------------------------------------------------


def changes():
    cases = []
    for name, change in valid_changes():
        header, body = (line.decode() for line in change.lines)
        case = {"name": name, "header": header, "body": body,
                "expected": {"id": change.id, "header": fe.H(change.lines[0]).hex(), "body": fe.body_digest(change.lines[1]).hex(),
                             "gone": '"' + fe.body_digest(change.lines[1]).hex() + '"'}}
        rewritten = fe.write(change.header) == change.lines[0] and (change.body is None or fe.write(change.body) == change.lines[1])
        cases.append({**case, "rewritten": rewritten and name not in NOT_OURS})
    for name, header, body, line, reason in broken_changes():
        try:
            fe.Change(header, body)
            raise AssertionError(f"{name} is read")
        except fe.Refused as refused:
            assert refused.reason == reason, (name, refused)
        cases.append({"name": name, "header": header.decode(), "body": body.decode(), "mustFail": reason, "line": line})
    return cases


NOT_OURS = {
    "unknown names are kept and count in the id", "names in another order are another change", "a second keying that says false of all"}


def full_capture():
    """A card as keyed: values with what was typed beside them, a flag, consents with their wordings, and where the card lies."""
    return {
        "given_name": "Sandra", "family_name": "Dương", "street": "7801 Oak Boulevard", "zip": "41649", "city": "Martin", "state": "KY",
        "phone": {"value": "+15424120990", "keyed": "(542) 412-0990"},
        "birth_date": {"value": "02/30/1967", "flag": "impossible"},
        "client_opt_in": {"value": True, "wording": "client-opt-in/1"}, "house_opt_in": None,
        "$channel": "mailIn", "$batch": "MB-0001", "$envelope": 1, "$card": 1}


def valid_changes():
    """Name and change; the names are also those that the README's examples go by."""
    capture = world.capture(full_capture(), entry=fe.card_id(world.PROMOTION, "MB-0001", 1, 1))
    entry = capture.header["entry"]
    edit = world.edit({"family_name": "Duong", "phone": None}, [capture], entry=entry, stamp=world.NOON + 60_000, skew=None)
    void = world.edit(
        {"$void": True}, [], 3, "void", {"seen": sorted([capture.id, edit.id]), "reason": "duplicate"}, entry=entry,
        stamp=world.NOON + 120_000)
    yield "capture", capture
    yield "edit", edit
    yield "void", void
    yield "restore", world.edit({"$void": False}, [void], 4, "restore", entry=entry, stamp=world.NOON + 180_000)
    yield "verify", world.change(
        "verify", 5, {"verify": {"family_name": {"heads": [edit.id], "agrees": True}}}, entry=entry, stamp=world.NOON + 240_000)
    yield "batch", world.capture({"$state": "open", "$expected": 50, "$envelope.7": "empty"}, 6, batch="MB-0001")
    yield "erase", world.change("erase", 7, station="central", operator="staff", entry=entry)
    yield "reject", world.change("reject", 8, station="central", operator="staff", entry=entry, target=edit.id)
    yield "reject-blind", world.change("reject", 9, station="central", operator="staff", entry=None, target="ab" * 32)
    document = {"id": world.PROMOTION, "version": 1, "form": {"fields": [{"id": "given_name", "kind": "personName"}]}}
    yield "document", world.change("document", 10, {"document": document}, station="central", operator="staff", entry=None)
    decided = world.edit(
        {"family_name": "Duong"}, [capture], 18, more={"reason": "double-key"}, entry=entry, operator=world.VERIFIER,
        stamp=world.NOON + 300_000)
    yield "double-key", decided
    found = {"heads": [decided.id], "agrees": True, "peeked": True, "differed": True}
    yield "decided", world.change(
        "verify", 19, {"verify": {"family_name": found}}, entry=entry, operator=world.VERIFIER, stamp=world.NOON + 300_000)
    opened = world.capture({"$state": "open", "$expected": 2, "$envelope.2": "empty"}, 20, batch="MB-0001")
    yield "closed", world.edit(
        {"$state": "closed"}, [opened], 21, more={"counted": fe.counted([(entry, 1, 1, False)], {2: "empty"}).hex()}, batch="MB-0001",
        stamp=world.NOON + 360_000)
    yield "a second keying that says false of all", world.change(
        "verify", 22, {"verify": {"a": {"heads": [], "agrees": False, "peeked": False, "differed": False}}})
    yield "gone", fe.Change(capture.lines[0], b'"' + fe.H(capture.lines[1]).hex().encode() + b'"')
    yield "unknown names are kept and count in the id", fe.Change(
        world.header()[:-1] + b',"later":{"x":[1,2]}}', world.body(11, set={"a": {"value": 1, "later": None}}, later=True))
    yield "names in another order are another change", fe.Change(
        world.header(), b'{"set":{"given_name":"Sandra"},"salt":"0000000000000000000000000000000c"}')
    yield "digests may be written with escapes", fe.Change(
        world.header(), b'{"salt":"0000000000000000000000000000000d","base":{"' + b"0" * 64 + b'":["a"]},"seen":["\\u0030' + b"0" * 63 + b'"]}')
    yield "every control character that has to be escaped", world.capture(
        {"note": {"value": "a b", "keyed": "".join(map(chr, range(1, 32)))}}, 14)
    yield "a base of 64 ids", world.change("set", 15, {"set": {"a": 1}, "base": {f"{n:064x}": ["a"] for n in range(64)}})
    yield "256 ids seen", world.change("void", 16, {"set": {"$void": True}, "seen": [f"{n:064x}" for n in range(256)]})
    yield "a document of ten levels", world.change(
        "document", 17, {"document": {"deep": [[[[[[[[]]]]]]]]}}, station="central", operator="staff", entry=None)


def broken_changes():
    """Name, header, body, which line is wrong, why."""
    header, body = world.header(), world.body(1, set={"given_name": "Sandra"})

    def swap(line, old, new):
        assert old in line, old
        return line.replace(old, new)

    for name, old, new in (
        ("version 2", b'"v":1', b'"v":2'), ("a version in text", b'"v":1', b'"v":"1"'), ("no version", b'"v":1,', b""),
        ("no station", b'"station":"' + world.KIOSK.encode() + b'",', b""), ("a station that is no id", world.KIOSK.encode(), b"kiosk"),
        ("a station in capitals", world.KIOSK.encode(), world.KIOSK.upper().encode()), ("an operator's name", world.OPERATOR.encode(), b"Ann"),
        ("a stamp in text", str(world.NOON).encode(), b'"noon"'), ("no skew", b'"skew":0,', b""), ("an unknown kind", b'"set"', b'"merge"'),
        ("a form without version", b"summer-splash/1", b"summer-splash"), ("no subject", b',"entry":"' + world.ENTRY.encode() + b'"', b""),
        ("two subjects", b'"entry"', b'"batch":"MB-1","entry"'), ("a target that belongs to reject", b'"entry"', b'"target":"' + b"a" * 64 + b'","entry"'),
        ("a reject without target", b'"set"', b'"reject"'), ("a document on an entry", b'"set"', b'"document"'),
        ("a null entry", b'"' + world.ENTRY.encode() + b'"', b"null"),
    ):
        yield name, swap(header, old, new), body, "header", "unexpected"
    yield "a header with a duplicate name", swap(header, b'"v":1', b'"v":1,"v":1'), body, "header", "duplicateName"
    yield "an array for a header", b"[]", body, "header", "unexpected"
    yield "an erasure of a batch", world.header("erase", station="central", batch="MB-1"), body, "header", "unexpected"
    zeros = "0" * 64
    for name, line, reason in (
        ("no salt", b'{"set":{}}', "unexpected"), ("a short salt", b'{"salt":"00"}', "unexpected"),
        ("a salt in capitals", b'{"salt":"' + b"A" * 32 + b'"}', "unexpected"),
        ("an array for a body", b"[]", "unexpected"), ("a string that is no digest", b'"gone"', "unexpected"),
        ("a digest in capitals", b'"' + b"A" * 64 + b'"', "unexpected"),
        ("a field in capitals", world.body(set={"Name": 1}), "unexpected"), ("an unknown reserved field", world.body(set={"$x": 1}), "unexpected"),
        ("an array for a value", world.body(set={"a": []}), "unexpected"), ("a long form without value", world.body(set={"a": {"keyed": "x"}}), "unexpected"),
        ("an object for a value in the long form", world.body(set={"a": {"value": {}}}), "unexpected"),
        ("a number as keyed", world.body(set={"a": {"value": 1, "keyed": 1}}), "unexpected"),
        ("a flag with a blank", world.body(set={"a": {"value": 1, "flag": "not good"}}), "unexpected"),
        ("a wording without version", world.body(set={"a": {"value": True, "wording": "w"}}), "unexpected"),
        ("a base that is a list", world.body(base=[zeros]), "unexpected"), ("a base of a short id", world.body(base={"00": ["a"]}), "unexpected"),
        ("a base of an unknown reserved field", world.body(base={zeros: ["$x"]}), "unexpected"),
        ("a seen id in capitals", world.body(seen=["A" * 64]), "unexpected"), ("a seen number", world.body(seen=[1]), "unexpected"),
        ("a verification without heads", world.body(verify={"a": {"agrees": True}}), "unexpected"),
        ("a peek that is no yes or no", world.body(verify={"a": {"heads": [], "agrees": True, "peeked": 1}}), "unexpected"),
        ("a difference that is no yes or no", world.body(verify={"a": {"heads": [], "agrees": True, "differed": None}}), "unexpected"),
        ("a count that is no digest", world.body(counted=2), "unexpected"),
        ("a document in text", world.body(document="{}"), "unexpected"), ("a reason in words", world.body(reason="he asked"), "unexpected"),
        ("65 ids in the base", world.body(base={f"{n:064x}": ["a"] for n in range(65)}), "tooLong"),
        ("257 ids seen", world.body(seen=[f"{n:064x}" for n in range(257)]), "tooLong"),
        ("17 heads verified", world.body(verify={"a": {"heads": [f"{n:064x}" for n in range(17)], "agrees": True}}), "tooLong"),
        ("a field twice", b'{"salt":"' + b"0" * 32 + b'","set":{"consent":true,"consent":false}}', "duplicateName"),
        ("a field twice in the base's list of ids", b'{"salt":"' + b"0" * 32 + b'","base":{"' + b"0" * 64 + b'":["a"],"' + b"0" * 64 + b'":["b"]}}', "duplicateName"),
        ("a float in an unknown name", b'{"salt":"' + b"0" * 32 + b'","later":1.5}', "notAnInteger"),
        ("seven levels", world.body(later=[[[[[[]]]]]]), "tooDeep"),
    ):
        yield name, header, line, "body", reason


def chains():
    cases = []
    ids = [change.id for _, change in list(valid_changes())[:4]]
    for name, station, epoch, count in (
        ("an epoch before its first change", world.KIOSK, world.EPOCH, 0), ("one change", world.KIOSK, world.EPOCH, 1),
        ("four changes", world.KIOSK, world.EPOCH, 4), ("another epoch", world.KIOSK, world.EPOCH_BEFORE, 4),
        ("another station", world.DESK, world.EPOCH, 4),
    ):
        links = fe.chain(fe.chain_start(station, epoch), [bytes.fromhex(id) for id in ids[:count]])
        cases.append({"name": name, "station": station, "epoch": epoch, "ids": ids[:count], "expected": [link.hex() for link in links]})
    return cases

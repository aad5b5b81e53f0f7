"""Cases of what crosses the wire: envelope, chain-check, enrolment, feed, messages, problems; and the README's examples."""

import reference as fe
import world
from cases_bytes import valid_changes

URL = "http://127.0.0.1:8080"
CHANGES = dict(valid_changes())
CAPTURE, EDIT = CHANGES["capture"], CHANGES["edit"]
ELSEWHERE = world.edit(
    {"city": "Pilgrim"}, [CAPTURE], 20, station=world.DESK, entry=CAPTURE.header["entry"], stamp=world.NOON + 90_000, skew=-1500,
    operator="op-90c1d2e3f4a5")
START = fe.chain_start(world.KIOSK, world.EPOCH)
LINKS = fe.chain(START, [bytes.fromhex(change.id) for change in (CAPTURE, EDIT)])


def files():
    return {
        "envelope": envelopes(), "chain-check": chain_checks(), "enrolment": enrolments(), "feed": feeds(), "messages": messages(),
        "problems": [{"name": code, "status": status, "retryable": retry} for code, status, retry in PROBLEMS],
    }


def readable(message):
    return message.decode()


# The messages of the examples -------------------------------------------------------------------------------------------------------------


def enrol_lines():
    signing, agreement = world.STATION_KEY.public, world.agreement(12)
    return [fe.write({
        "kind": "enrol", "v": 1, "invitation": fe.invitation(world.SECRET).hex(), "signingKey": signing.hex(),
        "agreementKey": agreement.hex(), "mac": fe.enrol_mac(world.SECRET, signing, agreement, world.FINGERPRINT).hex(),
        "time": world.NOON})]


def enrol_answer_lines(request):
    return [fe.write({
        "kind": "enrol-answer", "v": 1, "request": fe.reference(request).hex(), "vault": world.VAULT, "station": world.KIOSK,
        "name": "Tent by the lake", "signingKey": world.CENTRE_KEY.public.hex(), "agreementKey": world.agreement(11).hex(),
        "time": world.NOON + 40})]


def request_line(kind, after, chain, count, head, forked_from=None, **more):
    return fe.write({
        "kind": kind, "v": 1, "vault": world.VAULT, "station": world.KIOSK, "epoch": world.EPOCH, "forkedFrom": forked_from,
        "after": after, "chain": chain.hex(), "count": count, "head": {"sequence": head[0], "chain": head[1].hex()},
        "time": world.NOON + 300_000, **more})


def answer_line(kind, request, outcome="accepted", through=2, chain=LINKS[2], durable=0, **more):
    return fe.write({
        "kind": kind, "v": 1, "request": fe.reference(request).hex(), "outcome": outcome, "epoch": world.EPOCH, "through": through,
        "chain": chain.hex(), "durable": durable, "time": world.NOON + 300_090, **more})


def push_lines():
    return [request_line("push", 0, START, 2, (2, LINKS[2])), *CAPTURE.lines, *EDIT.lines]


def feed_rows():
    """The vault's feed as the examples have it: position, key, row, change or entry."""
    document = CHANGES["document"]
    everything, own = f"promotion/{world.PROMOTION}", f"station/{world.PROMOTION}/{world.DESK}"
    return [
        (f"documents/{world.PROMOTION}", "change", document), (everything, "change", CAPTURE), (everything, "change", EDIT),
        (everything, "change", ELSEWHERE), (own, "leave", world.ENTRY)]


def feed_digests():
    digests = [fe.feed_start(world.VAULT)]
    for key, row, what in feed_rows():
        digests.append(fe.feed_next(digests[-1], key, row, fe.H(what) if row == "leave" else bytes.fromhex(what.id)))
    return digests


def row_lines(position):
    _, row, what = feed_rows()[position - 1]
    if row == "leave":
        return [fe.write({"position": position, "row": "leave", "entry": what})]
    mac = fe.mac(world.LINE_MAC_KEY, world.VAULT, bytes.fromhex(what.id))
    return [fe.write({"position": position, "row": "change", "id": what.id, "mac": mac.hex()}), *what.lines]


def page_lines(key, origin, to, more, positions):
    digest = feed_digests()[to].hex()
    line = fe.write({"key": key, "from": origin, "to": to, "digest": digest, "more": more, "rows": len(positions)})
    return [line, *(line for position in positions for line in row_lines(position))]


DOCUMENTS, EVERYTHING = f"documents/{world.PROMOTION}", f"promotion/{world.PROMOTION}"
OWN = f"station/{world.PROMOTION}/{world.DESK}"


def pull_lines(first):
    """The first pull knows no key; the second has read the documents, and of the entries what stood at position 2."""
    digests = [digest.hex() for digest in feed_digests()]
    cursors = {} if first else {
        DOCUMENTS: {"position": 5, "digest": digests[5], "checkpoints": [{"position": 1, "digest": digests[1]}]},
        EVERYTHING: {"position": 2, "digest": digests[2], "checkpoints": []}}
    return [request_line("pull", 2, LINKS[2], 0, (2, LINKS[2]), cursors=cursors)]


def lacking_lines():
    """The first pull again, of a station that has dropped its first change."""
    return [request_line("pull", 2, LINKS[2], 0, (2, LINKS[2]), cursors={}, lacks=1)]


def lacking_answer_lines(request):
    """What the station may lack comes, though the request proves its chain there; what it holds does not."""
    return [
        answer_line("pull-answer", request, keys=[DOCUMENTS, EVERYTHING]),
        *page_lines(DOCUMENTS, 0, 5, False, [1]), *page_lines(EVERYTHING, 0, 5, False, [2, 4])]


def compare_lines(part=None):
    """A pull that has read everything and asks for a comparison."""
    digests = [digest.hex() for digest in feed_digests()]
    cursors = {key: {"position": 5, "digest": digests[5], "checkpoints": []} for key in (DOCUMENTS, EVERYTHING)}
    compare = {"key": EVERYTHING, "part": part}
    return [request_line("pull", 2, LINKS[2], 0, (2, LINKS[2]), cursors=cursors, compare=compare)]


def compare_answer_lines(request, part=None):
    """What the centre holds of the one entry of the examples, by parts of its key or by subjects of a part."""
    digest = fe.merge(world.ENTRY, [CAPTURE, EDIT, ELSEWHERE])["digest"]
    name = fe.part(world.ENTRY) if part is None else world.ENTRY
    comparison = {"key": EVERYTHING, "part": part, "subjects": 1, "digest": digest, "sums": {name: digest}}
    return [
        answer_line("pull-answer", request, keys=[DOCUMENTS, EVERYTHING], comparison=comparison),
        *page_lines(DOCUMENTS, 5, 5, False, []), *page_lines(EVERYTHING, 5, 5, False, [])]


def first_answer_lines(request):
    """The documents to the end; of the entries a page that is cut short at 2, whose one row is the asker's own and left out."""
    return [
        answer_line("pull-answer", request, keys=[DOCUMENTS, EVERYTHING]),
        *page_lines(DOCUMENTS, 0, 5, False, [1]), *page_lines(EVERYTHING, 0, 2, True, [])]


def second_answer_lines(request):
    return [
        answer_line("pull-answer", request, keys=[DOCUMENTS, EVERYTHING]),
        *page_lines(DOCUMENTS, 5, 5, False, []), *page_lines(EVERYTHING, 2, 5, False, [4])]


def handback_lines():
    mac = fe.mac(world.LINE_MAC_KEY, world.VAULT, bytes.fromhex(CHANGES["void"].id))
    return [request_line("handback", 2, LINKS[2], 1, (2, LINKS[2])), fe.write({"mac": mac.hex()}), *CHANGES["void"].lines]


def sealed():
    """Every message of the examples: name → (kind, key, lines, message)."""
    result = {}

    def add(name, kind, key, lines):
        result[name] = (kind, key, lines, fe.seal(kind, lines, key))
        return result[name][3]

    station, centre = world.STATION_KEY, world.CENTRE_KEY
    enrol = add("enrol", "enrol", station, enrol_lines())
    add("enrol-answer", "enrol-answer", centre, enrol_answer_lines(enrol))
    push = add("push", "push", station, push_lines())
    add("push-answer", "push-answer", centre, [answer_line("push-answer", push, exceptions=[])])
    add("push-answer-exceptions", "push-answer", centre, [answer_line("push-answer", push, durable=1, exceptions=[
        {"id": CAPTURE.id, "state": "quarantined", "problem": "unknown-form"},
        {"id": EDIT.id, "state": "quarantined", "problem": "waits-for-quarantined"}])])
    add("push-answer-erased", "push-answer", centre, [answer_line("push-answer", push, exceptions=[
        {"id": EDIT.id, "state": "erased", "problem": "erased"}])])
    for outcome in ("revoked", "rolledBack", "forked", "behind", "parked", "clock"):
        add(f"push-answer-{outcome}", "push-answer", centre, [
            answer_line("push-answer", push, outcome, 0, START, exceptions=[])])
    add("push-forked", "push", station, [request_line("push", 0, START, 0, (0, START), world.EPOCH_BEFORE)])
    first = add("pull-first", "pull", station, pull_lines(True))
    add("pull-answer-first", "pull-answer", centre, first_answer_lines(first))
    pull = add("pull", "pull", station, pull_lines(False))
    add("pull-answer", "pull-answer", centre, second_answer_lines(pull))
    add("pull-answer-leave", "pull-answer", centre, [
        answer_line("pull-answer", pull, keys=[OWN]), *page_lines(OWN, 0, 5, False, [5])])
    add("pull-answer-behind", "pull-answer", centre, [answer_line("pull-answer", pull, "behind", 1, LINKS[1], keys=[])])
    lacking = add("pull-lacks", "pull", station, lacking_lines())
    add("pull-answer-lacks", "pull-answer", centre, lacking_answer_lines(lacking))
    compare = add("pull-compare", "pull", station, compare_lines())
    add("pull-answer-compare", "pull-answer", centre, compare_answer_lines(compare))
    part = fe.part(world.ENTRY)
    compare = add("pull-compare-part", "pull", station, compare_lines(part))
    add("pull-answer-compare-part", "pull-answer", centre, compare_answer_lines(compare, part))
    handback = add("handback", "handback", station, handback_lines())
    add("handback-answer", "handback-answer", centre, [
        answer_line("handback-answer", handback, taken=[CHANGES["void"].id], refused=[])])
    add("handback-answer-refused", "handback-answer", centre, [
        answer_line("handback-answer", handback, taken=[], refused=[CHANGES["void"].id])])
    return result


def examples():
    found = {name: readable(message) for name, (_, _, _, message) in sealed().items()}
    for name, change in CHANGES.items():
        found["change-" + name.split(" ")[0]] = b"\n".join(change.lines).decode()
    found["code"] = fe.code_text(URL, world.SECRET, world.FINGERPRINT)
    found["code-line"] = code_line(URL, world.SECRET).decode()
    found["ids"] = "\n".join(f"{name:8} {value}" for name, value in {
        "H(header)": fe.H(CAPTURE.lines[0]).hex(), "H(body)": fe.H(CAPTURE.lines[1]).hex(), "id": CAPTURE.id}.items())
    found["chain"] = "\n".join(f"chain{n}  {link.hex()}" for n, link in enumerate(LINKS))
    found["feed"] = "\n".join(f"feed{n}  {digest.hex()}" for n, digest in enumerate(feed_digests()[:3]))
    found["keys"] = "\n".join(f"{name:28} {value}" for name, value in {
        "centre, Ed25519 seed": world.CENTRE_KEY.seed.hex(), "centre, Ed25519 public": world.CENTRE_KEY.public.hex(),
        "centre, fingerprint": world.FINGERPRINT.hex(), "station, Ed25519 seed": world.STATION_KEY.seed.hex(),
        "station, Ed25519 public": world.STATION_KEY.public.hex(), "key of the centre's MACs": world.LINE_MAC_KEY.hex()}.items())
    return found


# The cases --------------------------------------------------------------------------------------------------------------------------------


def messages():
    cases = []
    for name, (kind, key, lines, message) in sealed().items():
        cases.append({
            "name": name, "kind": kind, "publicKey": key.public.hex(), "message": message.decode(),
            "expected": {"reference": fe.reference(message).hex(), "lines": len(lines)}})
    for name, kind, lines, reason in broken_messages():
        cases.append({"name": name, "kind": kind, "lines": [line.decode() for line in lines], "mustFail": reason})
    return cases


def broken_messages():
    all = sealed()
    enrol, push, pull = (all[name][2] for name in ("enrol", "push", "pull"))
    push_answer, pull_answer, enrol_answer = (all[name][2] for name in ("push-answer-exceptions", "pull-answer-first", "enrol-answer"))
    page_at_end = all["pull-answer"][2]

    def swap(lines, old, new, at=0):
        assert old in lines[at], (old, lines[at])
        return [*lines[:at], lines[at].replace(old, new), *lines[at + 1:]]

    yield "a push of version 2", "push", swap(push, b'"v":1', b'"v":2'), "unexpected"
    yield "a pull sent as a push", "push", pull, "unexpected"
    yield "a push whose count is over 500", "push", swap(push, b'"count":2', b'"count":501'), "unexpected"
    yield "a push that counts beyond its head", "push", swap(push, b'"count":2', b'"count":3'), "unexpected"
    yield "a push after a negative sequence", "push", swap(push, b'"after":0', b'"after":-1'), "unexpected"
    yield "a push without time", "push", swap(push, b'"time":%d' % (world.NOON + 300_000), b'"late":1'), "unexpected"
    yield "a push of a station in capitals", "push", swap(push, world.KIOSK.encode(), world.KIOSK.upper().encode()), "unexpected"
    yield "a push with a duplicate name", "push", swap(push, b'"after":0', b'"after":0,"after":0'), "duplicateName"
    yield "a pull with changes", "pull", swap(pull, b'"count":0', b'"count":1'), "unexpected"
    lacking = all["pull-lacks"][2]
    yield "a pull that lacks fewer than no changes", "pull", swap(lacking, b'"lacks":1', b'"lacks":-1'), "unexpected"
    yield "a pull that lacks what is no number", "pull", swap(lacking, b'"lacks":1', b'"lacks":"1"'), "unexpected"
    compare, compare_answer = all["pull-compare"][2], all["pull-answer-compare"][2]
    yield "a comparison of an unknown key", "pull", swap(compare, b'"compare":{"key":"promotion', b'"compare":{"key":"promotions'), "unexpected"
    yield "a comparison of a part of one digit", "pull", swap(compare, b'"part":null', b'"part":"a"'), "unexpected"
    yield "a comparison without a key", "pull", swap(compare, b'"compare":{"key":', b'"compare":{"what":'), "unexpected"
    yield "a comparison of fewer than no subjects", "pull-answer", swap(compare_answer, b'"subjects":1', b'"subjects":-1'), "unexpected"
    yield "a comparison whose sum is no digest", "pull-answer", swap(compare_answer, b'"sums":{"', b'"sums":{"00":"1","'), "unexpected"
    yield "a cursor of an unknown key", "pull", swap(pull, b'"documents/', b'"document/'), "unexpected"
    yield "a cursor without digest", "pull", swap(pull, b'"position":2,"digest"', b'"position":2,"other"'), "unexpected"
    nine = b",".join([b'{"position":0,"digest":"' + b"0" * 64 + b'"}'] * 9)
    yield "nine checkpoints", "pull", swap(pull, b'"checkpoints":[]', b'"checkpoints":[' + nine + b"]"), "tooLong"
    handback, handback_answer = all["handback"][2], all["handback-answer"][2]
    yield "a handback that counts more changes than follow", "handback", swap(handback, b'"count":1', b'"count":2'), "unexpected"
    yield "a handback of a change without mac", "handback", swap(handback, b'"mac"', b'"mic"', at=1), "unexpected"
    yield "a handback with a short mac", "handback", swap(handback, b'{"mac":"72', b'{"mac":"', at=1), "unexpected"
    yield "an answer to a handback that does not say what was refused", "handback-answer", (
        swap(handback_answer, b'"refused"', b'"missing"')), "unexpected"
    yield "an enrolment with a short key", "enrol", swap(enrol, b'"signingKey":"81', b'"signingKey":"'), "unexpected"
    yield "an enrolment without mac", "enrol", swap(enrol, b'"mac"', b'"mic"'), "unexpected"
    yield "an answer to an enrolment for a vault in capitals", "enrol-answer", swap(enrol_answer, b"brightfizz", b"BrightFizz"), "unexpected"
    yield "an answer with an unknown outcome", "push-answer", swap(push_answer, b'"accepted"', b'"taken"'), "unexpected"
    yield "an answer without chain", "push-answer", swap(push_answer, b'"chain"', b'"link"'), "unexpected"
    yield "an exception in an unknown state", "push-answer", swap(push_answer, b'"quarantined"', b'"lost"'), "unexpected"
    yield "an exception without id", "push-answer", swap(push_answer, b'{"id"', b'{"ib"'), "unexpected"
    yield "an answer of version 2", "pull-answer", swap(pull_answer, b'"v":1', b'"v":2'), "unexpected"
    yield "a page that counts more rows than follow", "pull-answer", page_at_end[:-3], "unexpected"
    yield "a row whose change has lost a line", "pull-answer", page_at_end[:-1], "unexpected"
    yield "a page that ends before it begins", "pull-answer", swap(pull_answer, b'"from":0', b'"from":6', 1), "unexpected"
    yield "a row of an unknown kind", "pull-answer", swap(pull_answer, b'"row":"change"', b'"row":"swap"', 2), "unexpected"
    yield "a row with a short mac", "pull-answer", swap(pull_answer, b'"mac":"', b'"mac":"00', 2), "unexpected"
    yield "a row above its page's end", "pull-answer", swap(pull_answer, b'"position":1', b'"position":6', 2), "unexpected"
    yield "a row at its page's start", "pull-answer", swap(pull_answer, b'"position":1', b'"position":0', 2), "unexpected"


def envelopes():
    cases = []
    station = world.STATION_KEY
    for name, kind, lines, key in (
        ("a first line alone", "push", [b'{"kind":"push"}'], station), ("several lines", "pull", [b'{"kind":"pull"}', b"{}", b'"x"'], station),
        ("the same bytes as another kind", "push-answer", [b'{"kind":"push"}'], station),
        ("another key", "push", [b'{"kind":"push"}'], world.OTHER_KEY), ("text beyond ASCII", "push", ["{\"kind\":\"push\",\"é\":1}".encode()], station),
        ("an answer of the centre", "push-answer", [b'{"kind":"push-answer"}'], world.CENTRE_KEY),
        ("an empty line", "push", [b'{"kind":"push"}', b""], station), ("a signed push", "push", push_lines(), station),
    ):
        message = fe.seal(kind, lines, key)
        cases.append({
            "name": name, "kind": kind, "seed": key.seed.hex(), "lines": [line.decode() for line in lines],
            "expected": {"publicKey": key.public.hex(), "signature": message.decode().rsplit("\n", 2)[1].strip('"'),
                         "reference": fe.reference(message).hex(), "message": message.decode()}})
    good = fe.seal("push", [b'{"kind":"push"}', b"{}"], station)
    signature = good.decode().rsplit("\n", 2)[1]
    for name, message, kind, reason in (
        ("nothing", "", "push", "truncated"), ("no LF at the end", good[:-1].decode(), "push", "truncated"),
        ("a signature line alone", signature + "\n", "push", "truncated"),
        ("no signature line", '{"kind":"push"}\n{}\n', "push", "noSignature"),
        ("a signature in capitals", good.decode().replace(signature, signature.upper()), "push", "noSignature"),
        ("a signature of 63 bytes", good.decode().replace(signature, signature[:-3] + '"'), "push", "noSignature"),
        ("a blank after the signature", good.decode().replace(signature, signature + " "), "push", "noSignature"),
        ("a byte changed", good.decode().replace("{}", "[]"), "push", "badSignature"),
        ("a line left out", good.decode().replace("{}\n", ""), "push", "badSignature"),
        ("CRLF for LF", good.decode().replace("{}\n", "{}\r\n"), "push", "badSignature"),
        ("a push's signature on a pull", good.decode(), "pull", "badSignature"),
        ("another key's signature", fe.seal("push", [b'{"kind":"push"}', b"{}"], world.OTHER_KEY).decode(), "push", "badSignature"),
    ):
        cases.append({"name": name, "message": message, "kind": kind, "publicKey": station.public.hex(), "mustFail": reason})
    return cases


def chain_checks():
    ids = [fe.H(f"change {number}") for number in range(8)]
    other = [fe.H(f"another change {number}") for number in range(8)]
    start = fe.chain_start(world.KIOSK, world.EPOCH)
    held = fe.chain(start, ids[:5])
    fork = fe.chain(start, ids[:3] + other[3:])
    wrong = fe.H("another chain")
    cases = []
    # name, road, revoked, n, after, chain at after, ids sent, head, outcome, skipped
    for name, road, revoked, n, after, claimed, sent, head, outcome, skipped in (
        ("revoked", "http", True, 5, 5, held[5], [], 5, "revoked", 0),
        ("revoked comes before all else", "http", True, 5, 2, wrong, [], 3, "revoked", 0),
        ("revoked, by bundle", "bundle", True, 5, 5, held[5], ids[5:6], 6, "revoked", 0),
        ("the station's head is behind the centre's", "http", False, 5, 3, held[3], [], 3, "rolledBack", 0),
        ("a head behind the centre's, which sends other changes", "http", False, 5, 3, held[3], other[3:4], 4, "rolledBack", 0),
        ("a head behind the centre's, another chain where it was acknowledged", "http", False, 5, 3, wrong, other[3:4], 4, "forked", 0),
        ("an old bundle is no roll-back", "bundle", False, 5, 3, held[3], ids[3:4], 4, "accepted", 1),
        ("after is n, chains equal", "http", False, 5, 5, held[5], ids[5:7], 7, "accepted", 0),
        ("after is n, chains equal, by bundle", "bundle", False, 5, 5, held[5], ids[5:7], 7, "accepted", 0),
        ("after is n, nothing sent", "http", False, 5, 5, held[5], [], 5, "accepted", 0),
        ("a pull with more at the station", "http", False, 5, 5, held[5], [], 9, "accepted", 0),
        ("a new epoch", "http", False, 0, 0, start, ids[:2], 2, "accepted", 0),
        ("an idle new epoch", "http", False, 0, 0, start, [], 0, "accepted", 0),
        ("the answer was lost: all of it is there", "http", False, 5, 3, held[3], ids[3:5], 5, "accepted", 2),
        ("a part of it is there", "http", False, 5, 3, held[3], ids[3:7], 7, "accepted", 2),
        ("less is sent than is there", "http", False, 5, 1, held[1], ids[1:3], 5, "accepted", 2),
        ("a pull that holds less acknowledged than is there", "http", False, 5, 3, held[3], [], 6, "accepted", 0),
        ("a part of it is there, by bundle", "bundle", False, 5, 3, held[3], ids[3:7], 7, "accepted", 2),
        ("after is n, chains differ", "http", False, 5, 5, wrong, [], 5, "forked", 0),
        ("after is n, chains differ, by bundle", "bundle", False, 5, 5, wrong, ids[5:6], 6, "forked", 0),
        ("after is less, chains differ there", "http", False, 5, 3, wrong, ids[3:5], 5, "forked", 0),
        ("the overlap differs", "http", False, 5, 3, held[3], other[3:5], 5, "forked", 0),
        ("the end of the overlap differs", "http", False, 5, 3, held[3], [ids[3], other[4], ids[5]], 6, "forked", 0),
        ("the overlap differs, by bundle", "bundle", False, 5, 3, held[3], other[3:5], 5, "forked", 0),
        ("a clone that went another way", "http", False, 5, 6, fork[6], other[6:7], 7, "behind", 0),
        ("a new epoch with another start", "http", False, 0, 0, wrong, [], 0, "forked", 0),
        ("the centre has less than was acknowledged", "http", False, 3, 5, held[5], ids[5:6], 6, "behind", 0),
        ("an epoch that the centre lost", "http", False, 0, 5, held[5], [], 5, "behind", 0),
        ("a bundle before the one it follows", "bundle", False, 3, 5, held[5], ids[5:6], 6, "parked", 0),
    ):
        found = fe.chain_check(road, revoked, ids[:n], start, after, claimed, sent, head)
        assert found == (outcome, skipped), (name, found)
        cases.append({
            "name": name, "road": road, "revoked": revoked, "start": start.hex(), "held": [id.hex() for id in ids[:n]], "after": after,
            "chain": claimed.hex(), "ids": [id.hex() for id in sent], "head": head,
            "expected": {"outcome": outcome, "skipping": skipped}})
    return cases


def code_line(url, secret):
    return fe.write({"u": url, "s": secret.hex(), "k": world.FINGERPRINT.hex()})


def enrolments():
    cases = []
    signing, agreement = world.STATION_KEY.public, world.agreement(12)
    for name, url, secret in (
        ("a code", URL, world.SECRET), ("a code of a centre with a name", "https://entries.example.org", bytes([255] * 16)),
        ("a code of a centre on a path", "https://example.org/fieldentry", bytes(16)),
    ):
        cases.append({
            "name": name, "url": url, "secret": secret.hex(), "centreKey": world.CENTRE_KEY.public.hex(), "signingKey": signing.hex(),
            "agreementKey": agreement.hex(), "expected": {
                "fingerprint": world.FINGERPRINT.hex(), "code": fe.code_text(url, secret, world.FINGERPRINT),
                "line": code_line(url, secret).decode(),
                "invitation": fe.invitation(secret).hex(),
                "mac": fe.enrol_mac(secret, signing, agreement, world.FINGERPRINT).hex()}})
    code = cases[0]["expected"]["code"]
    for name, text in (
        ("a code with line breaks in it", f" {code[:20]}\n{code[20:40]}\r\n\t{code[40:]} "),
    ):
        cases.append({**cases[0], "name": name, "typed": text})
    for name, text in (
        ("nothing", ""), ("another prefix", "fe2_" + code[4:]), ("no prefix", code[4:]), ("cut short", code[:-9]),
        ("a character beyond base64url", code[:30] + "!" + code[31:]), ("a code that is no JSON", "fe1_aGVsbG8"),
        ("a secret that is too short", fe.code_text(URL, bytes(15), world.FINGERPRINT)),
        ("a fingerprint that is too short", fe.code_text(URL, world.SECRET, bytes(31))),
    ):
        cases.append({"name": name, "typed": text, "mustFail": "form"})
    return cases


def feeds():
    rows, digests, mac_key = feed_rows(), feed_digests(), world.LINE_MAC_KEY
    listed = [{"key": key, "row": row, **({"entry": what} if row == "leave" else {"id": what.id})} for key, row, what in rows]
    cases = [{
        "name": f"{count} rows", "vault": world.VAULT, "rows": listed[:count], "expected": [digest.hex() for digest in digests[:count + 1]]}
        for count in range(len(rows) + 1)]
    cases.append({"name": "another vault", "vault": "house", "rows": [], "expected": [fe.feed_start("house").hex()]})
    cases.append({
        "name": "the centre's MAC of a line", "vault": world.VAULT, "macKey": mac_key.hex(), "id": CAPTURE.id,
        "mac": fe.mac(mac_key, world.VAULT, bytes.fromhex(CAPTURE.id)).hex()})
    for subject in (world.ENTRY, "batch/summer-splash/MB-0001", "batch/summer-splash/MB-0002"):
        cases.append({"name": f"the part of {subject}", "subject": subject, "expected": fe.part(subject)})
    return cases


PROBLEMS = [
    ("malformed", 400, False), ("too-large", 413, False), ("unsupported-version", 400, False), ("unsupported-media", 415, False),
    ("not-found", 404, False), ("method-not-allowed", 405, False), ("not-enrolled", 401, False), ("bad-signature", 401, False),
    ("invitation-unknown", 403, False), ("invitation-used", 409, False), ("rate-limited", 429, True), ("busy", 503, True),
    ("storage-full", 507, True), ("internal-error", 500, True), ("bad-line", 400, False), ("bad-digest", 400, False), ("unknown-promotion", 422, False),
    ("unknown-form", 422, False), ("unknown-field", 422, False), ("over-limit", 413, False), ("not-entitled", 403, False),
    ("waits-for-quarantined", 422, False), ("erased", 410, False),
]

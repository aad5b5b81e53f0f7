/// The one-time code that a person carries from the centre to a station: the centre's address, a secret, and the fingerprint of its key.
///
/// Written `fe1_` and base64url of a JSON line {`u`, `s`, `k`}.
/// - SeeAlso: Protocol/README.md, "Enrolment".
public struct EnrolmentCode: Sendable, Equatable {
    /// Where the centre listens, such as `http://127.0.0.1:8080`; without a slash at the end.
    public var url: String
    /// 16 random bytes, known to the centre and to whoever holds the code.
    public var secret: [UInt8]
    /// H of the centre's public signing key.
    public var fingerprint: Digest

    public init(url: String, secret: [UInt8], fingerprint: Digest) {
        self.url = url
        self.secret = secret
        self.fingerprint = fingerprint
    }

    /// The code as it is printed and typed.
    public var text: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("u")
        writer.string(url)
        writer.name("s")
        writer.hex(secret)
        writer.name("k")
        writer.digest(fingerprint)
        writer.endObject()
        return Self.prefix + Base64URL.encode(writer.bytes)
    }

    /// - Returns: `nil` when the text is no such code; white space in it and around it is ignored, since mail breaks long lines.
    public init?(_ text: String) {
        let text = text.filter { !$0.isWhitespace }
        guard text.hasPrefix(Self.prefix), let bytes = Base64URL.decode(String(text.dropFirst(Self.prefix.count))),
            let value = try? JSONValue(line: bytes, limits: .line),
            case .string(let url)? = value["u"], case .string(let secret)? = value["s"], case .string(let key)? = value["k"],
            let secretBytes = Hex.decode(secret), secretBytes.count == 16, let fingerprint = Digest(hex: key)
        else { return nil }
        self.init(url: url, secret: secretBytes, fingerprint: fingerprint)
    }

    private static let prefix = "fe1_"

    /// How the request names the invitation without giving the secret away: H("fieldentry/1 invitation\0" ‖ secret).
    public static func invitation(secret: [UInt8]) -> Digest {
        Hash.line(Array("fieldentry/1 invitation\0".utf8) + secret)
    }
}

/// A station's request to be enrolled. The message is signed with the new key, which proves that the station has it.
public struct EnrolRequest: Sendable, Equatable {
    /// The protocol's version that it is written in, and that its answer is to be written in.
    public var version = Wire.version
    public var invitation: Digest
    /// The station's new public keys, 32 bytes each.
    public var signingKey: [UInt8]
    public var agreementKey: [UInt8]
    /// Under the secret, over "fieldentry/1 enrol\0" ‖ signing key ‖ agreement key ‖ the centre's fingerprint.
    public var mac: [UInt8]
    public var time: Int64

    public init(code: EnrolmentCode, signingKey: [UInt8], agreementKey: [UInt8], time: Int64) {
        invitation = EnrolmentCode.invitation(secret: code.secret)
        self.signingKey = signingKey
        self.agreementKey = agreementKey
        mac = MAC.code(key: code.secret, Self.authenticated(signingKey, agreementKey, code.fingerprint))
        self.time = time
    }

    /// Whether the sender knows the secret and means this centre.
    public func isAuthentic(secret: [UInt8], fingerprint: Digest) -> Bool {
        MAC.isValid(mac, key: secret, Self.authenticated(signingKey, agreementKey, fingerprint))
    }

    private static func authenticated(_ signing: [UInt8], _ agreement: [UInt8], _ fingerprint: Digest) -> [UInt8] {
        Array("fieldentry/1 enrol\0".utf8) + signing + agreement + fingerprint.bytes
    }

    public var line: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("kind")
        writer.string(MessageKind.enrol.rawValue)
        writer.name("v")
        writer.integer(version)
        writer.name("invitation")
        writer.digest(invitation)
        writer.name("signingKey")
        writer.hex(signingKey)
        writer.name("agreementKey")
        writer.hex(agreementKey)
        writer.name("mac")
        writer.hex(mac)
        writer.name("time")
        writer.integer(time)
        writer.endObject()
        return writer.bytes
    }

    public init(line: [UInt8]) throws(JSONError) {
        let fields = try EnrolFields(line: line, kind: .enrol)
        version = fields.version
        invitation = try fields.digest("invitation")
        signingKey = try fields.bytes("signingKey", count: 32)
        agreementKey = try fields.bytes("agreementKey", count: 32)
        mac = try fields.bytes("mac", count: 32)
        time = try fields.integer("time")
    }
}

/// The centre's answer: who the station is from now on. Signed with the centre's key, whose fingerprint the code gave.
public struct EnrolAnswer: Sendable, Equatable {
    /// The request's.
    public var version: Int64
    public var request: Digest
    /// The client's id.
    public var vault: String
    public var station: UniqueID
    /// The name that staff gave the station.
    public var name: String
    /// The centre's public keys, 32 bytes each; the first has to fit the fingerprint.
    public var signingKey: [UInt8]
    public var agreementKey: [UInt8]
    public var time: Int64

    public init(
        version: Int64 = Wire.version, request: Digest, vault: String, station: UniqueID, name: String, signingKey: [UInt8],
        agreementKey: [UInt8], time: Int64
    ) {
        self.version = version
        self.request = request
        self.vault = vault
        self.station = station
        self.name = name
        self.signingKey = signingKey
        self.agreementKey = agreementKey
        self.time = time
    }

    public var line: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("kind")
        writer.string(MessageKind.enrolAnswer.rawValue)
        writer.name("v")
        writer.integer(version)
        writer.name("request")
        writer.digest(request)
        writer.name("vault")
        writer.string(vault)
        writer.name("station")
        writer.string(station.description)
        writer.name("name")
        writer.string(name)
        writer.name("signingKey")
        writer.hex(signingKey)
        writer.name("agreementKey")
        writer.hex(agreementKey)
        writer.name("time")
        writer.integer(time)
        writer.endObject()
        return writer.bytes
    }

    public init(line: [UInt8]) throws(JSONError) {
        let fields = try EnrolFields(line: line, kind: .enrolAnswer)
        version = fields.version
        request = try fields.digest("request")
        vault = try fields.text("vault")
        guard Identifier.isValid(vault) else { throw JSONError(.unexpected, at: 0, name: "vault") }
        station = try fields.uniqueID("station")
        name = try fields.text("name")
        signingKey = try fields.bytes("signingKey", count: 32)
        agreementKey = try fields.bytes("agreementKey", count: 32)
        time = try fields.integer("time")
    }
}

/// The names of an enrolment line; rare messages, so a tree will do.
private struct EnrolFields {
    let version: Int64
    private let value: JSONValue

    init(line: [UInt8], kind: MessageKind) throws(JSONError) {
        value = try JSONValue(line: line, limits: .line)
        guard case .integer(let version)? = value["v"], Wire.versions.contains(version) else {
            throw JSONError(.unexpected, at: 0, name: "v")
        }
        self.version = version
        guard try text("kind") == kind.rawValue else { throw JSONError(.unexpected, at: 0, name: "kind") }
    }

    func text(_ name: String) throws(JSONError) -> String {
        guard case .string(let text)? = value[name] else { throw JSONError(.unexpected, at: 0, name: name) }
        return text
    }

    func integer(_ name: String) throws(JSONError) -> Int64 {
        guard case .integer(let number)? = value[name] else { throw JSONError(.unexpected, at: 0, name: name) }
        return number
    }

    func digest(_ name: String) throws(JSONError) -> Digest {
        guard let digest = Digest(hex: try text(name)) else { throw JSONError(.unexpected, at: 0, name: name) }
        return digest
    }

    func uniqueID(_ name: String) throws(JSONError) -> UniqueID {
        guard let id = UniqueID(try text(name)) else { throw JSONError(.unexpected, at: 0, name: name) }
        return id
    }

    func bytes(_ name: String, count: Int) throws(JSONError) -> [UInt8] {
        guard let bytes = Hex.decode(try text(name)), bytes.count == count else { throw JSONError(.unexpected, at: 0, name: name) }
        return bytes
    }
}

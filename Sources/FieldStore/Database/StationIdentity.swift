public import EntryModel

/// Who this station is, and whom it trusts; known from enrolment on.
public struct StationIdentity: Sendable {
    /// The client's id.
    public var vault: String
    public var station: UniqueID
    /// The name that staff gave the station.
    public var name: String
    /// Where the centre listens.
    public var url: String
    /// The station's own keys; they never leave its file.
    public var signingKey: SigningKey
    public var agreementKey: AgreementKey
    /// The centre's key, pinned at enrolment: what it did not sign is not from the centre.
    public var centreKey: VerifyingKey
    /// The centre's X25519 public key, 32 bytes, to which bundles are sealed.
    public var centreAgreementKey: [UInt8]
    /// The current epoch of the station's chain.
    public var epoch: UniqueID
    /// The epoch before; `nil` in the first one.
    public var forkedFrom: UniqueID?
}

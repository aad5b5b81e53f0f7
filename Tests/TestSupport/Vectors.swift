public import EntryModel
import Foundation

/// Reads the protocol's test vectors, the same files that an implementation in another language would read.
public enum Vectors {
    /// - Parameter name: The file's name in `Protocol/vectors`, without `.json`.
    /// - Throws: What reading the file throws; `JSONError` when it is not strict JSON itself. Cases that are not (lone surrogates, broken
    ///   UTF-8) stand in it as strings of hex or with their escapes escaped.
    public static func load(_ name: String) throws -> JSONValue {
        let file = ProjectFolder.file("Protocol/vectors/\(name).json")
        // The reader takes one line. A line break in strict JSON stands only between tokens, where a blank does as well.
        let line = try [UInt8](Data(contentsOf: file)).map { $0 == UInt8(ascii: "\n") ? UInt8(ascii: " ") : $0 }
        return try JSONValue(line: line, limits: limits)
    }

    /// The elements of a file whose outermost value is an array, or of the array of that name in it.
    /// - Throws: As `load`; `VectorsError` when no array stands there.
    public static func cases(_ name: String, in member: String? = nil) throws -> [JSONValue] {
        var value = try load(name)
        if let member { value = value[member] ?? .null }
        guard case .array(let cases) = value, !cases.isEmpty else {
            throw VectorsError(file: name, missing: member.map { "an array \"\($0)\" with cases" } ?? "an array of cases")
        }
        return cases
    }

    private static let limits = LineLimits(bytes: 16 << 20, depth: 32)
}

/// A vectors file that lacks what its test looks for.
public struct VectorsError: Error, CustomStringConvertible {
    public var file: String
    public var missing: String

    public var description: String { "Protocol/vectors/\(file).json lacks \(missing)" }
}

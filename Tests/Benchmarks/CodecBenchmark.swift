import EntryModel
import Foundation

/// The codec against Foundation's, on the body of one card with 15 fields; both sides check what they read and end with typed values.
enum CodecBenchmark {
    /// Measures both in turn (A B B A), because cores are noisy, and compares medians.
    ///
    /// - Parameter repeats: Bodies per round; a few microseconds each.
    /// - Returns: How many times as fast as Foundation's the codec reads, writes, and does both.
    static func run(repeats: Int = 2000, rounds: Int = 15) -> [(name: String, ratio: Double)] {
        let line = FoundationBody.sample.line
        guard let body = try? ChangeBody(line: line, limits: .line) else { return [] }
        var sink = 0
        let read = compare(
            rounds,
            subject: { for _ in 0..<repeats { sink &+= (try? ChangeBody(line: line, limits: .line).set.count) ?? 0 } },
            baseline: {
                let decoder = JSONDecoder()
                let data = Data(line)
                for _ in 0..<repeats { sink &+= (try? decoder.decode(FoundationBody.self, from: data).salt.count) ?? 0 }
            })
        let write = compare(
            rounds,
            subject: { for _ in 0..<repeats { sink &+= body.line.count } },
            baseline: {
                let encoder = JSONEncoder()
                for _ in 0..<repeats { sink &+= (try? encoder.encode(FoundationBody.sample).count) ?? 0 }
            })
        // Printing nothing of it, but keeping the optimizer from leaving the work out.
        precondition(sink > 0, "the codec read nothing")
        let both = (read.baseline + write.baseline) / (read.subject + write.subject)
        return [
            ("codec: read a body of 15 fields", read.baseline / read.subject),
            ("codec: write a body of 15 fields", write.baseline / write.subject),
            ("codec: read and write a body of 15 fields", both),
        ]
    }

    private static func compare(_ rounds: Int, subject: () -> Void, baseline: () -> Void) -> (subject: Double, baseline: Double) {
        var subjects: [Duration] = []
        var baselines: [Duration] = []
        let clock = ContinuousClock()
        for _ in 0..<rounds {
            subjects.append(clock.measure(subject))
            baselines.append(clock.measure(baseline))
            baselines.append(clock.measure(baseline))
            subjects.append(clock.measure(subject))
        }
        func median(_ times: [Duration]) -> Double { times.sorted()[times.count / 2] / .seconds(1) }
        return (median(subjects), median(baselines))
    }
}

/// The same body as a Swift program without our codec would have it.
private struct FoundationBody: Codable {
    struct Typed: Codable {
        var value: String
        var keyed: String
    }

    struct Consent: Codable {
        var value: Bool
        var wording: String
    }

    struct Values: Codable {
        var givenName: String
        var familyName: String
        var suffix: String?
        var street: String
        var unit: String?
        var zip: String
        var city: String
        var state: String
        var email: String
        var phone: Typed
        var birthDate: Typed
        var clientOptIn: Consent
        var houseOptIn: Consent
        var postmarkDate: String
        var receivedDate: String

        enum CodingKeys: String, CodingKey {
            case givenName = "given_name"
            case familyName = "family_name"
            case suffix
            case street
            case unit
            case zip
            case city
            case state
            case email
            case phone
            case birthDate = "birth_date"
            case clientOptIn = "client_opt_in"
            case houseOptIn = "house_opt_in"
            case postmarkDate = "postmark_date"
            case receivedDate = "received_date"
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(givenName, forKey: .givenName)
            try container.encode(familyName, forKey: .familyName)
            // A blank is null and not left out, as in ours.
            try container.encode(suffix, forKey: .suffix)
            try container.encode(street, forKey: .street)
            try container.encode(unit, forKey: .unit)
            try container.encode(zip, forKey: .zip)
            try container.encode(city, forKey: .city)
            try container.encode(state, forKey: .state)
            try container.encode(email, forKey: .email)
            try container.encode(phone, forKey: .phone)
            try container.encode(birthDate, forKey: .birthDate)
            try container.encode(clientOptIn, forKey: .clientOptIn)
            try container.encode(houseOptIn, forKey: .houseOptIn)
            try container.encode(postmarkDate, forKey: .postmarkDate)
            try container.encode(receivedDate, forKey: .receivedDate)
        }
    }

    var salt: String
    var set: Values

    static let sample = FoundationBody(
        salt: "5f1d0c9b8a7e6d5c4b3a291807f6e5d4",
        set: Values(
            givenName: "Sandra", familyName: "Dương", suffix: nil, street: "7801 Oak Boulevard", unit: nil, zip: "41649", city: "Martin",
            state: "KY", email: "sandra.duong41@example.net", phone: Typed(value: "+15424120990", keyed: "(542) 412-0990"),
            birthDate: Typed(value: "1967-06-21", keyed: "6/21/67"),
            clientOptIn: Consent(value: true, wording: "brightfizz-card-client/1"),
            houseOptIn: Consent(value: false, wording: "brightfizz-card-house/1"), postmarkDate: "2026-09-26",
            receivedDate: "2026-09-30"))

    /// The card's body as our writer writes it.
    var line: [UInt8] {
        let set = [
            Assignment(field: "given_name", value: .text(set.givenName)), Assignment(field: "family_name", value: .text(set.familyName)),
            Assignment(field: "suffix", value: .null), Assignment(field: "street", value: .text(set.street)),
            Assignment(field: "unit", value: .null), Assignment(field: "zip", value: .text(set.zip)),
            Assignment(field: "city", value: .text(set.city)), Assignment(field: "state", value: .text(set.state)),
            Assignment(field: "email", value: .text(set.email)),
            Assignment(field: "phone", value: .text(set.phone.value), keyed: set.phone.keyed),
            Assignment(field: "birth_date", value: .text(set.birthDate.value), keyed: set.birthDate.keyed),
            Assignment(field: "client_opt_in", value: .bool(set.clientOptIn.value), wording: Versioned(set.clientOptIn.wording)),
            Assignment(field: "house_opt_in", value: .bool(set.houseOptIn.value), wording: Versioned(set.houseOptIn.wording)),
            Assignment(field: "postmark_date", value: .text(set.postmarkDate)),
            Assignment(field: "received_date", value: .text(set.receivedDate)),
        ]
        return ChangeBody(salt: Hex.decode(salt) ?? [], set: set).line
    }
}

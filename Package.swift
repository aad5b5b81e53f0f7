// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "field-entry",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "FieldEntry", targets: ["EntryModel", "FieldStore", "FieldSync"]),
        .executable(name: "fieldentry", targets: ["FieldREPL"]),
        .executable(name: "central", targets: ["CentralServer"]),
    ],
    traits: [
        .trait(name: "PostgreSQL", description: "The centre can keep vaults in PostgreSQL; needs libpq."),
        .default(enabledTraits: ["PostgreSQL"]),
    ],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    // Bottom-up: a target imports only what stands above it. Tests/TidyTests checks the imports.
    targets: [
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CReadline", providers: [.apt(["libreadline-dev"]), .brew(["readline"])]),
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"]), .brew(["libpq"])]),

        .target(
            name: "EntryModel",
            dependencies: ["CZlib", .product(name: "Crypto", package: "swift-crypto")],
            resources: [.copy("Postal/us-zipcodes.csv")]),

        .target(
            name: "FieldStore",
            dependencies: [
                "EntryModel", .product(name: "GRDB", package: "GRDB.swift"), .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
            ]),
        .target(
            name: "FieldSync",
            dependencies: [
                "EntryModel", "FieldStore",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        .executableTarget(
            name: "FieldREPL",
            dependencies: [
                "EntryModel", "FieldStore", "FieldSync", "CReadline",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),

        .target(
            name: "CentralStore",
            dependencies: [
                "EntryModel",
                .target(name: "CPostgres", condition: .when(traits: ["PostgreSQL"])),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "Metrics", package: "swift-metrics"),
            ]),
        .executableTarget(
            name: "CentralServer",
            dependencies: [
                "EntryModel", "CentralStore", "CSQLite",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]),

        .executableTarget(
            name: "EmbedFieldEntry", dependencies: ["EntryModel", "FieldStore", "FieldSync"],
            path: "Samples/EmbedFieldEntry"),

        .target(
            name: "TestSupport", dependencies: ["EntryModel", "FieldStore", "FieldSync", "CentralStore", "CSQLite"],
            path: "Tests/TestSupport"),
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "EntryModel", "FieldStore", "FieldSync", "CentralStore", "TestSupport", .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            path: "Tests/Benchmarks"),
        .testTarget(name: "EntryModelTests", dependencies: ["EntryModel", "TestSupport"]),
        .testTarget(name: "FieldStoreTests", dependencies: ["FieldStore", "TestSupport"], exclude: ["Schemas"]),
        .testTarget(name: "FieldSyncTests", dependencies: ["FieldSync", "TestSupport"]),
        .testTarget(name: "FieldREPLTests", dependencies: ["FieldREPL", "TestSupport"]),
        .testTarget(name: "CentralStoreTests", dependencies: ["CentralStore", "TestSupport"], exclude: ["Schemas"]),
        .testTarget(
            name: "CentralServerTests",
            dependencies: ["CentralServer", "TestSupport", .product(name: "HummingbirdTesting", package: "hummingbird")]),
        .testTarget(
            name: "SimulationTests", dependencies: ["EntryModel", "FieldStore", "FieldSync", "CentralStore", "TestSupport"]),
        .testTarget(name: "EndToEndTests", dependencies: ["TestSupport", "FieldREPL", "CentralServer", "EmbedFieldEntry", "Benchmarks"]),
        .testTarget(name: "TidyTests"),
    ]
)

let languageSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]
for target in package.targets where target.type != .system {
    target.swiftSettings = languageSettings
}

// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "courant",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "courantd", targets: ["courantd"]),
        .executable(name: "courant", targets: ["courant"]),
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1.git", exact: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates.git", exact: "1.21.1"),
        .package(url: "https://github.com/apple/swift-configuration", exact: "1.4.0", traits: [.defaults, "YAML"]),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
        .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    ],
    targets: [
        // C libraries as Swift sees them
        .target(name: "CCurl", linkerSettings: [.linkedLibrary("curl")]),
        .systemLibrary(
            name: "CCmark", pkgConfig: "libcmark-gfm",
            providers: [.apt(["libcmark-gfm-dev", "libcmark-gfm-extensions-dev"]), .brew(["cmark-gfm"])]),
        .systemLibrary(
            name: "CIDN", pkgConfig: "libidn2", providers: [.apt(["libidn2-dev"]), .brew(["libidn2"])]),

        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"]), .brew(["libpq"])]),

        .systemLibrary(
            name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
        .target(name: "CCrypto", dependencies: ["COpenSSL"]),
        .target(name: "CResolve", linkerSettings: [.linkedLibrary("resolv")]),

        // The leaves: mail itself, its signature and what DNS says of it, the wire between client and service, what goes out over
        // libcurl
        .target(name: "Mail", dependencies: ["CIDN"], swiftSettings: strict),
        .target(name: "DKIM", dependencies: ["CCrypto"], swiftSettings: strict),
        .target(name: "DNS", dependencies: ["CResolve", "DKIM"], swiftSettings: strict),
        .target(name: "CourantAPI", swiftSettings: strict),
        .target(name: "Reports", dependencies: ["Mail"], swiftSettings: strict),
        .target(name: "PeopleFiles", dependencies: ["Mail"], swiftSettings: strict),
        .target(name: "Outbound", dependencies: ["CCurl", "Mail"], swiftSettings: strict),
        .target(name: "Fetching", dependencies: ["CCurl", "Mail", "Outbound"], swiftSettings: strict),
        .target(
            name: "Captcha", dependencies: ["Mail", "Outbound", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: strict),
        .target(
            name: "Rendering",
            dependencies: [
                "CCmark", "Mail",
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "Yams", package: "Yams"),
            ], swiftSettings: strict),

        // The domain, its store, its doors
        .target(
            name: "Newsletter",
            dependencies: [
                "DKIM", "Mail", "Rendering", "Reports",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], swiftSettings: strict),
        .target(
            name: "SQLStore",
            dependencies: [
                "CPostgres", "Mail", "Newsletter", "Reports",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], swiftSettings: strict),
        .target(
            name: "Web",
            dependencies: [
                "Captcha", "CourantAPI", "Mail", "Newsletter", "Rendering", "Reports",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "X509", package: "swift-certificates"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], swiftSettings: strict),
        .target(
            name: "Mailbox",
            dependencies: [
                "Mail",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ], swiftSettings: strict),

        // Wipes the memory that the service gives back
        .target(name: "CForget"),
        // What a child inherits, and what a crash says
        .target(name: "CProcess"),

        // The programs
        .target(
            name: "Wiring",
            dependencies: [
                "Captcha", "DKIM", "DNS", "Fetching", "Mail", "Mailbox", "Newsletter", "Outbound", "Rendering",
                "Reports",
                "SQLStore",
                "Web",
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "Yams", package: "Yams"),
            ], swiftSettings: strict),
        .executableTarget(
            name: "courantd",
            dependencies: [
                "CForget", "CProcess", "DKIM", "DNS", "Mail", "Wiring",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: strict),
        .executableTarget(
            name: "courant",
            dependencies: [
                "CourantAPI", "Mail", "Outbound", "PeopleFiles",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: strict),

        // Measurements: what they are made of, which some tests use, and the program
        .target(
            name: "Trials",
            dependencies: [
                "CCurl", "CourantAPI", "Mail", "Newsletter", "Outbound", "Rendering", "SQLStore", "TestSupport",
                "Wiring",
                .product(name: "Logging", package: "swift-log"),
            ], path: "Benchmarks/Trials", swiftSettings: strict),
        .executableTarget(
            name: "courant-bench",
            dependencies: [
                "CCurl", "DKIM", "Mail", "Newsletter", "Outbound", "Reports", "SQLStore", "Trials", "Wiring",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], path: "Benchmarks/Program", swiftSettings: strict),

        // Tests
        .target(name: "TestSupport", path: "Tests/Support", swiftSettings: strict),
        .target(
            name: "CourantTesting",
            dependencies: [
                "Captcha", "DKIM", "DNS", "Fetching", "Mail", "Mailbox", "Newsletter", "Outbound", "Rendering",
                "Reports",
                "SQLStore", "TestSupport", "Web", "Wiring",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
            ], path: "Tests/CourantTesting", swiftSettings: strict),
        .testTarget(name: "DKIMTests", dependencies: ["DKIM", "CourantTesting"], swiftSettings: strict),
        .testTarget(name: "DNSTests", dependencies: ["DNS", "DKIM", "CourantTesting"], swiftSettings: strict),
        .testTarget(name: "MailTests", dependencies: ["Mail", "CourantTesting", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "FetchingTests", dependencies: ["Fetching", "Outbound", "CourantTesting", "TestSupport"],
            swiftSettings: strict),
        .testTarget(name: "ReportsTests", dependencies: ["Mail", "Reports", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "PeopleFilesTests", dependencies: ["PeopleFiles", "CourantTesting"], swiftSettings: strict),
        .testTarget(name: "RenderingTests", dependencies: ["Rendering", "CourantTesting"], swiftSettings: strict),
        .testTarget(
            name: "OutboundTests", dependencies: ["Outbound", "Captcha", "CourantTesting", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "ServiceTests",
            dependencies: [
                "CourantTesting", "Reports", "TestSupport",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "X509", package: "swift-certificates"),
            ], swiftSettings: strict),
        .testTarget(name: "ProgramTests", dependencies: ["CourantTesting", "Trials"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)

/// One set of rules for every Swift target: today's strictest, with warnings as errors.
var strict: [SwiftSetting] {
    [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InferIsolatedConformances"),
        .enableUpcomingFeature("ImmutableWeakCaptures"),
        .treatAllWarnings(as: .error),
        .treatWarning("DeprecatedDeclaration", as: .warning),
    ]
}

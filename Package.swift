// swift-tools-version: 6.2
import PackageDescription

/// What every Swift target of this package is held to.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// Settings of what no check runs through: small rather than fast, which takes 0.8 MB off the program.
let small = strict + [SwiftSetting.unsafeFlags(["-Osize"], .when(configuration: .release))]

/// A library target of Gatehouse.
func layer(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: small)
}

/// A library target that every check runs through.
func hot(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// The tests of one target; they mirror its sources.
func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")

let package = Package(
    name: "gatehouse",
    products: [
        .executable(name: "gatehouse", targets: ["gatehouse"]),
        .executable(name: "BenchmarkSessions", targets: ["BenchmarkSessions"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    ],
    targets: [
        // The program: its entry and the daemon.
        .executableTarget(
            name: "gatehouse",
            dependencies: [
                "GatehouseCore", "GatehouseContracts", "GatehouseCrypto", "GatehouseConfig", "GatehouseRedis",
                "GatehouseSessions", "GatehouseDatabase", "GatehouseMail", "GatehousePeople", "GatehousePortal",
                "GatehouseServer", "GatehouseBackends", "GatehouseListener", "GatehouseLogging", "GatehouseSystem",
                "GatehouseOIDC", "GatehouseTerminal", "GatehouseTracing", "GatehouseAssembly", "GatehouseCommandLine",
                "CDispatchPool", nioCore, nioPosix, logging, lifecycle, argumentParser,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict,
            // The Swift runtime inside, so that one file is the whole program: what is tested is what is shipped.
            // Relocations in the packed form (needs glibc 2.36, which Debian 12 has), of which a start reads a fiftieth, and no
            // table of symbols for libraries to find: 4 MiB less memory than with the runtime's own libraries.
            linkerSettings: [
                .unsafeFlags(
                    [
                        "-static-stdlib", "-l_FoundationCShims", "-l_FoundationCollections", "-use-ld=lld",
                        "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs", "-Xlinker", "--no-export-dynamic",
                        // See CDispatchPool.
                        "-Xlinker", "--wrap=_dispatch_workq_worker_register",
                        "-Xlinker", "--wrap=_dispatch_workq_worker_unregister",
                    ], .when(configuration: .release))
            ]),
        // What an operator types, and what is answered.
        layer(
            "GatehouseCommandLine",
            [
                "GatehouseCore", "GatehouseCrypto", "GatehouseConfig", "GatehouseFormats", "GatehouseRedis",
                "GatehouseSessions", "GatehouseThrottle", "GatehouseDatabase", "GatehouseBackends",
                "GatehousePasswords", "GatehousePublicSuffixes", "GatehouseImport", "GatehouseMail", "GatehousePeople",
                "GatehouseRender", "GatehouseOutbound", "GatehousePortal", "GatehouseServer", "GatehouseSystem",
                "GatehouseListener", "GatehouseLogging", "GatehouseOIDC", "GatehouseTerminal", "GatehouseTracing",
                "GatehouseAssembly", nioCore, nioPosix, logging, argumentParser,
            ]),
        // Puts the parts together as the configuration says: what chooses the adapters.
        layer(
            "GatehouseAssembly",
            [
                "GatehouseCore", "GatehouseContracts", "GatehouseCrypto", "GatehouseConfig", "GatehouseFormats",
                "GatehouseRedis", "GatehouseSessions", "GatehouseThrottle", "GatehouseDatabase", "GatehouseBackends",
                "GatehousePasswords", "GatehouseMail", "GatehousePeople", "GatehouseRender", "GatehouseOutbound",
                "GatehousePortal", "GatehouseServer", "GatehouseSystem", "GatehouseListener", "GatehouseLogging",
                "GatehouseOIDC", "GatehouseTerminal", "GatehouseTracing", nioCore, nioPosix, logging,
            ]),
        // Standard streams, listings, progress, and what a program ends with.
        layer("GatehouseTerminal", ["GatehouseCore", "GatehouseFormats", "GatehouseSystem", "CTerminal"]),

        // Pure layers: no I/O, no clock, no randomness, no foreign module.
        hot("GatehouseCore"),
        hot("GatehouseContracts", ["GatehouseCore"]),

        // The proxies' side of a configuration, as text.
        layer("GatehouseRender", ["GatehouseCore", "GatehouseCrypto"]),

        // Adapters and servers.
        hot("GatehouseCrypto", ["GatehouseCore", "COpenSSL", "CArgon2", "CCrypt"]),
        // What a new password must be like.
        layer("GatehousePasswords", ["GatehouseCore", "GatehouseCrypto", "GatehouseSystem", "CZxcvbn", "COpenSSL"]),
        // What a stored session is: sealed layouts, key names, epochs, limits; shared by portal, checks and command line.
        hot("GatehouseSessions", ["GatehouseCore", "GatehouseCrypto"]),
        // How often somebody may try: counters in the store of records, shared by portal and command line.
        layer("GatehouseThrottle", ["GatehouseCore", "GatehouseCrypto"]),
        // Sockets that are listened on, and the HTTP connections of pages and of the operator.
        layer(
            "GatehouseListener",
            [
                "GatehouseCore", "GatehouseSystem", nioCore, nioPosix, nioHTTP1, logging, lifecycle, hummingbird,
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ]),
        // Lines of the log and of the audit file, off the threads that answer.
        layer("GatehouseLogging", ["GatehouseCore", "GatehouseCrypto", "GatehouseFormats", logging]),
        // Files, threads and time limits: what the system gives.
        layer("GatehouseSystem", ["GatehouseCore"]),
        // Formats of files and messages, each written and read in one way.
        layer("GatehouseFormats", ["GatehouseCore", "CTOML", "CYAML"]),
        layer("GatehouseConfig", ["GatehouseCore", "GatehouseFormats", "GatehouseOIDC", "GatehouseSystem"]),
        hot("GatehouseRedis", ["GatehouseCore", "CHiredis", nioCore, nioPosix, logging]),
        layer("GatehouseDatabase", ["GatehouseCore", "GatehouseSystem", "CSQLite", "CPostgreSQL", "CUTF8Proc"]),
        // Which domains belong to nobody in particular, so that browsers keep no cookie for them.
        layer("GatehousePublicSuffixes", ["GatehouseCore", "CPSL"]),
        // Reads files and databases of other programs, for `user import`.
        layer("GatehouseImport", ["GatehouseCore", "GatehouseFormats", "GatehouseSystem"]),
        // Requests to other machines: HTTP and SMTP.
        layer("GatehouseOutbound", ["GatehouseCore", "CCurl"]),
        // Spans of requests, sent off to a collector.
        layer("GatehouseTracing", ["GatehouseCore", "GatehouseFormats", "GatehouseOutbound"]),
        layer(
            "GatehouseMail", ["GatehouseCore", "GatehouseCrypto", "GatehouseOutbound", "GatehouseSystem", "CUTF8Proc"]),
        layer(
            "GatehouseBackends",
            [
                "GatehouseCore", "GatehouseCrypto", "GatehouseFormats", "GatehouseOutbound", "GatehouseSystem", "CLDAP",
                "CPAM", "CSpawn",
            ]),
        // Third-party sign-in: providers, their keys, their tokens and what they say of people. The network is a port.
        layer(
            "GatehouseOIDC", ["GatehouseCore", "GatehouseCrypto", "GatehouseFormats", "GatehouseSystem", "COpenSSL"]),
        // What may be asked of people and done to them: above the database, below pages and commands.
        layer(
            "GatehousePeople",
            [
                "GatehouseCore", "GatehouseCrypto", "GatehouseSessions", "GatehousePasswords", "GatehouseDatabase",
                "GatehouseBackends", "GatehouseImport", "GatehouseSystem", "GatehouseLogging", "GatehouseOIDC", logging,
            ]),
        layer(
            "GatehousePortal",
            [
                "GatehouseCore", "GatehouseCrypto", "GatehouseSessions", "GatehouseThrottle", "GatehouseListener",
                "GatehouseLogging", "GatehouseOIDC", hummingbird, nioCore, logging,
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ]),
        hot(
            "GatehouseServer",
            [
                "GatehouseCore", "GatehouseContracts", "GatehouseCrypto", "GatehouseSessions", "GatehouseListener",
                "GatehouseLogging", nioCore, nioPosix, logging, hummingbird,
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ]),

        // Fills a Redis with sessions for the benchmark; here and not in a package of its own, since `package` access ends there.
        .executableTarget(
            name: "BenchmarkSessions",
            dependencies: [
                "GatehouseCore", "GatehouseCrypto", "GatehouseRedis", "GatehouseSessions", nioPosix, logging,
            ],
            path: "Tests/Benchmarks/Sessions", swiftSettings: strict),

        // C libraries: Debian's packages, seen through module maps.
        .systemLibrary(name: "COpenSSL", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CArgon2", providers: [.apt(["libargon2-dev"])]),
        .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CUTF8Proc", providers: [.apt(["libutf8proc-dev"])]),
        .systemLibrary(name: "CCrypt", providers: [.apt(["libcrypt-dev"])]),
        .systemLibrary(name: "CZxcvbn", providers: [.apt(["libzxcvbn-dev"])]),
        .systemLibrary(name: "CYAML", providers: [.apt(["libyaml-dev"])]),
        // Debian's libhiredis-dev, behind functions of our own: its structures differ between the versions.
        .target(name: "CHiredis", linkerSettings: [.linkedLibrary("hiredis")]),
        .target(name: "CTOML"),
        // Libraries that are opened when the configuration asks for them.
        .target(name: "CDynamicLibrary", linkerSettings: [.linkedLibrary("dl")]),
        .target(name: "CPostgreSQL", dependencies: ["CDynamicLibrary"]),
        .target(name: "CPAM", dependencies: ["CDynamicLibrary"]),
        .target(name: "CCurl", dependencies: ["CDynamicLibrary"]),
        .target(name: "CLDAP", dependencies: ["CDynamicLibrary"]),
        .target(name: "CPSL", dependencies: ["CDynamicLibrary"]),
        .target(name: "CSpawn"),
        // Instead of a part of libdispatch that may end the process; linked into the program alone.
        .target(name: "CDispatchPool"),
        .target(name: "CTerminal"),

        // Tests mirror the sources; TestSupport holds clocks, fakes, server rigs and one conformance suite per port.
        .target(
            name: "GatehouseTestSupport", dependencies: ["GatehouseCore"], path: "Tests/GatehouseTestSupport",
            swiftSettings: strict),
        tests("GatehouseCoreTests", ["GatehouseCore", "GatehouseTestSupport", nioCore, nioHTTP1, nioEmbedded]),
        tests("GatehouseContractsTests", ["GatehouseCore", "GatehouseContracts"]),
        tests("GatehouseCryptoTests", ["GatehouseCore", "GatehouseCrypto"]),
        tests(
            "GatehouseOIDCTests",
            ["GatehouseOIDC", "GatehouseCore", "GatehouseCrypto", "GatehouseFormats", "GatehouseTestSupport"]),
        tests("GatehousePublicSuffixesTests", ["GatehousePublicSuffixes", "GatehouseCore"]),
        tests(
            "GatehouseImportTests",
            ["GatehouseImport", "GatehouseConfig", "GatehouseCore", "GatehouseOIDC", "GatehouseTestSupport"]),
        tests(
            "GatehouseMailTests",
            [
                "GatehouseMail", "GatehouseOutbound", "GatehouseCore", "GatehouseCrypto", "GatehouseSystem",
                "GatehouseTestSupport",
            ]),
        tests(
            "GatehouseTracingTests",
            ["GatehouseTracing", "GatehouseCore", "GatehouseFormats", "GatehouseOutbound", "GatehouseTestSupport"]),
        tests("GatehouseRenderTests", ["GatehouseRender", "GatehouseCore"]),
        tests(
            "GatehousePeopleTests",
            [
                "GatehousePeople", "GatehouseCore", "GatehouseCrypto", "GatehouseSessions", "GatehousePasswords",
                "GatehouseDatabase", "GatehouseBackends", "GatehouseImport", "GatehouseSystem", "GatehouseTestSupport",
                "GatehouseOIDC", "GatehouseRedis", nioPosix, logging,
            ]),
        tests(
            "GatehousePasswordsTests", ["GatehousePasswords", "GatehouseCore", "GatehouseCrypto", "GatehouseSystem"]),
        tests(
            "GatehouseSessionsTests",
            ["GatehouseCore", "GatehouseCrypto", "GatehouseSessions", "GatehouseTestSupport"]),
        tests(
            "GatehouseThrottleTests",
            ["GatehouseCore", "GatehouseCrypto", "GatehouseThrottle", "GatehouseDatabase", "GatehouseTestSupport"]),
        tests(
            "GatehouseServerTests",
            [
                "GatehouseCore", "GatehouseContracts", "GatehouseCrypto", "GatehouseSessions", "GatehouseServer",
                "GatehouseListener", "GatehouseTestSupport", nioCore, nioPosix, logging, hummingbird,
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ]),
        tests(
            "GatehouseListenerTests",
            [
                "GatehouseListener", "GatehouseTestSupport", "GatehouseCore", hummingbird, nioCore, nioPosix,
                nioEmbedded, logging,
            ]),
        tests(
            "GatehousePortalTests",
            [
                "GatehousePortal", "GatehouseListener", "GatehouseTestSupport", "GatehouseCore", "GatehouseCrypto",
                "GatehouseSessions", "GatehouseSystem", "GatehouseThrottle", "GatehouseLogging", "GatehouseOIDC",
                hummingbird, nioCore, nioPosix, logging, .product(name: "HTTPTypes", package: "swift-http-types"),
            ]),
        tests(
            "GatehouseCommandLineTests",
            ["GatehouseCommandLine", "GatehousePeople", "GatehouseTestSupport", argumentParser]),
        tests(
            "GatehouseLoggingTests",
            ["GatehouseLogging", "GatehouseCore", "GatehouseCrypto", "GatehouseTestSupport", logging]),
        tests("GatehouseSystemTests", ["GatehouseSystem", "GatehouseCore"]),
        tests("GatehouseFormatsTests", ["GatehouseFormats", "GatehouseCore"]),
        tests(
            "GatehouseConfigTests",
            [
                "GatehouseConfig", "GatehouseCore", "GatehouseFormats", "GatehouseOIDC", "GatehouseTestSupport",
                "Reference",
            ]),
        tests(
            "GatehouseRedisTests",
            ["GatehouseRedis", "GatehouseCore", "GatehouseTestSupport", nioCore, nioPosix, logging]),
        tests("GatehouseDatabaseTests", ["GatehouseDatabase", "GatehouseCore", "GatehouseTestSupport"]),
        tests(
            "GatehouseBackendsTests",
            [
                "GatehouseBackends", "GatehouseCore", "GatehouseCrypto", "GatehouseFormats", "GatehouseSystem",
                "GatehouseTestSupport",
            ]),

        // What reads octets from outside, tried with hostile ones: in FuzzTests the same in every run, by `tools/fuzz` others.
        .target(
            name: "FuzzTargets",
            dependencies: [
                "GatehouseCore", "GatehouseConfig", "GatehouseBackends", "GatehouseOIDC", "GatehousePortal",
                "GatehouseRedis",
                "GatehouseSessions", nioCore,
            ],
            path: "Tests/Fuzz/Targets", swiftSettings: strict),
        .executableTarget(
            name: "Fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzz/Program", swiftSettings: strict),
        tests("FuzzTests", ["FuzzTargets"]),
        // Counts allocations in a release build: `tools/allocations`.
        .target(name: "Counting", path: "Tests/Allocations/Counting"),
        .executableTarget(
            name: "Allocations",
            dependencies: [
                "Counting", "GatehouseCore", "GatehouseContracts", "GatehouseCrypto", "GatehouseListener",
                "GatehouseServer", "GatehouseSessions", nioCore, nioPosix, logging,
            ],
            path: "Tests/Allocations/Program", swiftSettings: strict),
        // Reads the sources: who imports what, which folders need each other, how large things are.
        .target(name: "Architecture", path: "Tests/Architecture/Scanner", swiftSettings: strict),
        // `tools/arrows`.
        .executableTarget(
            name: "Arrows", dependencies: ["Architecture"], path: "Tests/Architecture/Arrows", swiftSettings: strict),
        tests(
            "ArchitectureTests", ["Architecture", "GatehouseCore", "GatehouseContracts", "GatehouseTestSupport"]),
        // The pages about the configuration, made of the code that reads it and of the example; `tools/configuration-reference`.
        .target(
            name: "Reference", dependencies: ["GatehouseConfig", "GatehouseCore", "GatehouseFormats"],
            path: "Tests/Reference/Pages", swiftSettings: strict),
        .executableTarget(
            name: "ReferenceWriter", dependencies: ["Reference"], path: "Tests/Reference/Writer", swiftSettings: strict),
        // The real program behind real proxies, with a real Redis and a real browser.
        tests("EndToEndTests", ["GatehouseTestSupport"]),
    ],
    cxxLanguageStandard: .cxx17
)

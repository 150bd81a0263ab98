import Architecture
import Foundation
import Testing

/// What each layer may import, beside the modules of the standard library that are named here.
private let allowedImports: [String: Set<String>] = [
    // What is counted is read from any thread.
    "GatehouseCore": ["Synchronization"],
    "GatehouseContracts": ["GatehouseCore"],
    "GatehouseRender": ["GatehouseCore", "GatehouseCrypto"],
    "GatehouseCrypto": ["GatehouseCore", "COpenSSL", "CArgon2", "CCrypt", "Glibc", "Synchronization"],
    "GatehousePasswords": [
        "GatehouseCore", "GatehouseCrypto", "GatehouseSystem", "CZxcvbn", "COpenSSL", "Glibc", "Synchronization",
    ],
    "GatehousePublicSuffixes": ["GatehouseCore", "CPSL"],
    "GatehouseImport": ["GatehouseCore", "GatehouseFormats", "GatehouseSystem", "Glibc"],
    "GatehouseSessions": ["GatehouseCore", "GatehouseCrypto"],
    "GatehouseThrottle": ["GatehouseCore", "GatehouseCrypto", "Synchronization"],
    "GatehouseListener": [
        "GatehouseCore", "GatehouseSystem", "NIOCore", "NIOPosix", "NIOHTTP1", "Logging", "ServiceLifecycle",
        "Hummingbird",
        "HummingbirdCore", "HTTPTypes", "Glibc", "Synchronization",
    ],
    "GatehouseLogging": [
        "GatehouseCore", "GatehouseCrypto", "GatehouseFormats", "Logging", "Dispatch", "Glibc", "Synchronization",
    ],
    "GatehouseSystem": ["GatehouseCore", "Glibc", "Synchronization"],
    "GatehouseFormats": ["GatehouseCore", "CTOML", "CYAML"],
    "GatehouseConfig": ["GatehouseCore", "GatehouseFormats", "GatehouseOIDC", "GatehouseSystem", "Glibc"],
    "GatehouseRedis": ["GatehouseCore", "CHiredis", "NIOCore", "NIOPosix", "Logging", "Glibc", "Synchronization"],
    "GatehouseDatabase": [
        "GatehouseCore", "GatehouseSystem", "CSQLite", "CPostgreSQL", "CUTF8Proc", "Dispatch", "Glibc",
        "Synchronization",
    ],
    "GatehouseOutbound": ["GatehouseCore", "CCurl", "Glibc"],
    "GatehouseTracing": [
        "GatehouseCore", "GatehouseFormats", "GatehouseOutbound", "Dispatch", "Glibc", "Synchronization",
    ],
    "GatehouseMail": [
        "GatehouseCore", "GatehouseCrypto", "GatehouseOutbound", "GatehouseSystem", "CUTF8Proc", "Glibc",
        "Synchronization",
    ],
    "GatehouseBackends": [
        "GatehouseCore", "GatehouseCrypto", "GatehouseFormats", "GatehouseSystem", "CPAM", "CSpawn", "CLDAP",
        "GatehouseOutbound", "Glibc",
        "Synchronization",
    ],
    "GatehouseOIDC": [
        "GatehouseCore", "GatehouseCrypto", "GatehouseFormats", "GatehouseSystem", "COpenSSL", "Synchronization",
    ],
    "GatehousePeople": [
        "GatehouseCore", "GatehouseCrypto", "GatehouseSessions", "GatehousePasswords", "GatehouseDatabase",
        "GatehouseBackends", "GatehouseImport", "GatehouseSystem", "GatehouseLogging", "GatehouseOIDC", "Logging",
    ],
    "GatehousePortal": [
        "GatehouseCore", "GatehouseCrypto", "GatehouseSessions", "GatehouseThrottle", "GatehouseListener",
        "GatehouseLogging", "GatehouseOIDC", "Hummingbird",
        "HTTPTypes", "NIOCore", "Logging", "Synchronization",
    ],
    "GatehouseServer": [
        "GatehouseCore", "GatehouseContracts", "GatehouseCrypto", "GatehouseSessions", "GatehouseListener",
        "GatehouseLogging", "Hummingbird",
        "HTTPTypes", "NIOCore", "NIOPosix", "Logging", "Synchronization", "Glibc",
    ],
    "GatehouseTerminal": [
        "GatehouseCore", "GatehouseFormats", "GatehouseSystem", "CTerminal", "Glibc", "Synchronization",
    ],
    "GatehouseAssembly": parts.union([
        "GatehouseContracts", "GatehouseLogging", "GatehouseTerminal", "NIOCore", "NIOPosix", "Logging", "Glibc",
        "Synchronization",
    ]),
    "GatehouseCommandLine": parts.union([
        "GatehouseAssembly", "GatehouseImport", "GatehouseLogging", "GatehousePublicSuffixes", "GatehouseTerminal",
        "ArgumentParser",
        "NIOCore", "NIOPosix", "Logging", "Glibc", "Synchronization",
    ]),
]

/// What a configuration puts together, and what `check` tries one by one.
private let parts: Set<String> = [
    "GatehouseBackends", "GatehouseConfig", "GatehouseCore", "GatehouseCrypto", "GatehouseDatabase",
    "GatehouseFormats", "GatehouseListener", "GatehouseMail", "GatehouseOIDC", "GatehouseOutbound",
    "GatehousePasswords",
    "GatehousePeople", "GatehousePortal", "GatehouseRedis", "GatehouseRender", "GatehouseServer", "GatehouseSessions",
    "GatehouseSystem", "GatehouseThrottle", "GatehouseTracing",
]

/// Looks at one file; every finding is a sentence.
private func findings(_ source: SourceFile) -> [String] {
    var findings: [String] = []
    guard source.path.hasPrefix("Sources/") else { return findings }
    let target = source.target
    for module in source.imports.sorted() where module == "Foundation" || module == "FoundationEssentials" {
        findings.append("\(source.path) imports \(module)")
    }
    // What people read is a sentence, not a case of an enumeration.
    for (number, line) in source.code.enumerated()
    where line.contains("Error") && line.contains(/(enum|struct) [A-Za-z]+(Error|Fault): .*Error/)
        && !line.contains("CustomStringConvertible")
    {
        findings.append("\(source.path):\(number + 1) has an error that does not describe itself")
    }
    if let allowed = allowedImports[target] {
        for module in source.imports.sorted() where !allowed.contains(module) {
            findings.append("\(source.path) imports \(module)")
        }
    }
    let isHot =
        target == "GatehouseContracts" || source.path.contains("GatehouseServer/Check/")
        || source.path.contains("GatehouseServer/HTTP1/")
    // What is printed is known to be written; the command line has a `print` of its own, which is no method of anything.
    let prints = target == "GatehouseCommandLine" ? [] : ["print("]
    let banned = ["try!", "fatalError(", " as! ", "public "] + (isHot ? ["any "] : []) + prints
    for (number, line) in source.code.enumerated() {
        for word in banned where containsWord(line, word) {
            findings.append("\(source.path):\(number + 1) has \(word)")
        }
    }
    return findings
}

extension SourceFile {
    /// The lines without comments.
    fileprivate var code: [Substring] {
        text.split(separator: "\n", omittingEmptySubsequences: false).map {
            $0.prefix(upTo: $0.range(of: "//")?.lowerBound ?? $0.endIndex)
        }
    }
}

private func containsWord(_ line: Substring, _ word: String) -> Bool {
    guard let range = line.range(of: word), line.filter({ $0 == "\"" }).isEmpty else { return false }
    guard range.lowerBound > line.startIndex else { return true }
    let before = line[line.index(before: range.lowerBound)]
    return !(before.isLetter || before.isNumber || before == "_") || word.first == " "
}

@Suite("The layers")
struct LayeringTests {
    @Test("import only what they may, and hold no trap")
    func rules() throws {
        let sources = try Repository.sources().files
        #expect(sources.count > 100)
        for target in allowedImports.keys {
            #expect(sources.contains { $0.path.hasPrefix("Sources/\(target)/") }, "\(target)")
        }
        #expect(sources.flatMap(findings) == [])
    }

    @Test("leave the program itself small: what is more belongs into a library, where tests can reach it")
    func program() throws {
        let lines = try Repository.sources().files(of: "gatehouse").reduce(0) { $0 + $1.lines }
        #expect(lines > 0 && lines < 1_500)
    }

    @Test(
        "are really looked at",
        arguments: [
            ("Sources/GatehouseCore/X.swift", "import Foundation"),
            ("Sources/GatehouseCore/X.swift", "internal import NIOCore"),
            ("Sources/GatehouseRedis/X.swift", "package import GatehouseDatabase"),
            ("Sources/gatehouse/X.swift", "import Foundation"),
            ("Sources/GatehouseServer/Check/X.swift", "let a: any Error"),
            ("Sources/GatehouseContracts/X.swift", "var a: [any P]"),
            ("Sources/gatehouse/X.swift", "let x = try! f()"), ("Sources/GatehouseCore/X.swift", "public struct X {}"),
            ("Sources/GatehouseCore/X.swift", "let a = b as! C"),
            ("Sources/gatehouse/X.swift", "print(line)"),
            ("Sources/GatehouseCore/X.swift", "package enum XError: Error, Equatable {"),
        ])
    func selfTest(path: String, text: String) {
        #expect(!findings(SourceFile(path: path, text: text)).isEmpty)
        #expect(
            findings(SourceFile(path: path, text: "// import Foundation, try! and any public thing in a comment")) == []
        )
    }
}

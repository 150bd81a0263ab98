import Foundation
import GatehouseCore
import GatehouseCrypto
import GatehousePasswords

/// A folder that goes away with the test.
final class PasswordsFolder: Sendable {
    let path: String

    init() throws {
        let name = "gh-passwords-" + String(UInt64.random(in: .min ... .max), radix: 36)
        path = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    @discardableResult
    func write(_ text: String, to name: String) throws -> String { try write(Array(text.utf8), to: name) }

    @discardableResult
    func write(_ octets: [UInt8], to name: String) throws -> String {
        let file = "\(path)/\(name)"
        try Data(octets).write(to: URL(fileURLWithPath: file))
        return file
    }

    func read(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)")))
    }

    var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? [] }
}

/// A history in memory.
struct FixedHistory: PasswordHistory {
    var hashes: [String] = []
    var error: BackendError?

    func previousHashes(of userID: UTF8Text, limit: Int) async throws(BackendError) -> [String] {
        if let error { throw error }
        return userID == "7" ? Array(hashes.prefix(limit)) : []
    }
}

extension PasswordPolicy {
    /// A policy without history.
    init(_ validators: any PasswordValidator...) { self.init(validators.map { .validator($0) }) }

    func codes(_ password: String, of person: PersonAttributes? = nil) -> [String] {
        problems(Password(password), of: person).map(\.code)
    }
}

internal import CPostgreSQL
private import Glibc

/// libpq, opened when PostgreSQL is configured.
@safe struct LibPQ {
    let functions: UnsafePointer<gatehouse_libpq>

    /// - Throws: `DatabaseError.unavailable` if the library is not installed.
    init() throws(DatabaseError) {
        guard let functions = unsafe gatehouse_libpq_open() else {
            throw .unavailable(reason: unsafe String(cString: gatehouse_libpq_missing()))
        }
        unsafe self.functions = functions
    }

    /// The parameters of a connection: those of the address, and over them what Gatehouse insists on.
    ///
    /// Without `sslmode`, a server that is not on this machine must show a certificate that the system trusts.
    /// - Throws: `DatabaseError.unavailable` for an address that libpq does not understand.
    func parameters(_ settings: PostgreSQLSettings) throws(DatabaseError) -> [(keyword: String, value: String)] {
        var given: [String: String] = [:]
        var message: UnsafeMutablePointer<CChar>?
        guard let options = unsafe functions.pointee.conninfoParse(settings.url, &message) else {
            // The message repeats the address, which may hold a password.
            unsafe functions.pointee.freemem(message)
            throw .unavailable(reason: "the address is not understood; it is postgresql://USER@HOST:PORT/DATABASE")
        }
        defer { unsafe functions.pointee.conninfoFree(options) }
        var option = unsafe options
        while let keyword = unsafe option.pointee.keyword {
            if let value = unsafe option.pointee.val {
                unsafe given[String(cString: keyword)] = unsafe String(cString: value)
            }
            unsafe option += 1
        }
        if let password = settings.password { given["password"] = password }
        given["client_encoding"] = "UTF8"
        given["application_name"] = given["application_name"] ?? "gatehouse"
        if given["sslmode"] == nil, let host = given["host"], !LibPQ.isLocal(host) {
            given["sslmode"] = "verify-full"
            if given["sslrootcert"] == nil, unsafe access(LibPQ.systemAuthorities, R_OK) == 0 {
                given["sslrootcert"] = LibPQ.systemAuthorities
            }
        }
        return given.sorted { $0.key < $1.key }.map { (keyword: $0.key, value: $0.value) }
    }

    private static let systemAuthorities = "/etc/ssl/certs/ca-certificates.crt"

    /// Whether every host of a list is this machine: a Unix socket's folder, or loopback.
    private static func isLocal(_ hosts: String) -> Bool {
        hosts.utf8.split(separator: UInt8(ascii: ",")).allSatisfy { host in
            host.first == UInt8(ascii: "/") || host.first == UInt8(ascii: "@") || host.elementsEqual("localhost".utf8)
                || host.elementsEqual("::1".utf8) || host.starts(with: "127.".utf8)
        }
    }
}

/// Values as the C strings that libpq takes, in one piece of memory.
struct CTexts {
    private var characters: [CChar] = []
    /// Where each text begins; `nil` stands for NULL.
    private var starts: [Int?] = []

    mutating func append(_ bytes: some Sequence<UInt8>) {
        starts.append(characters.count)
        for byte in bytes { characters.append(CChar(bitPattern: byte)) }
        characters.append(0)
    }

    mutating func appendNull() { starts.append(nil) }

    /// Hands out an array of pointers with a NULL behind the last one.
    func withPointers<Result>(_ body: (UnsafeMutablePointer<UnsafePointer<CChar>?>, Int32) -> Result) -> Result {
        unsafe characters.withUnsafeBufferPointer { characters in
            let base = characters.baseAddress
            var pointers: [UnsafePointer<CChar>?] = unsafe []
            for start in starts {
                if let start, let base = unsafe base {
                    unsafe pointers.append(unsafe base + start)
                } else {
                    unsafe pointers.append(nil)
                }
            }
            unsafe pointers.append(nil)
            return unsafe body(&pointers, Int32(clamping: starts.count))
        }
    }
}

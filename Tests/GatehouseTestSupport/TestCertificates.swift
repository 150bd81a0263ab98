internal import Foundation
internal import Glibc

/// A certificate authority of a test and the certificate of one server, made by `openssl`.
package final class TestCertificates: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    private let folder: TemporaryFolder

    /// The authority's certificate, which a client is told to trust.
    package var authority: String { folder.file("ca.crt") }
    /// The server's certificate, for the name it was made for, and its key.
    package var certificate: String { folder.file("server.crt") }
    package var key: String { folder.file("server.key") }

    /// Makes both, in a folder of their own or a given one; they are removed with the last reference.
    ///
    /// The server's certificate is for one name, and unless told otherwise for this machine's, too; it is good for some days, or
    /// for less than none.
    package init(
        for name: String = "localhost", in place: TemporaryFolder? = nil, isForMachine: Bool = true, days: Int = 2
    ) throws {
        folder = try place ?? TemporaryFolder()
        let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        try run(
            ["req", "-x509"] + curve + [
                "-days", "2", "-subj", "/CN=Test authority", "-keyout", folder.file("ca.key"), "-out", authority,
            ])
        try run(["req"] + curve + ["-subj", "/CN=\(name)", "-keyout", key, "-out", folder.file("server.csr")])
        let names = isForMachine ? [name, TestCertificates.machine] : [name]
        let extensions = try folder.write(
            "subjectAltName=\(names.map { "DNS:\($0)" }.joined(separator: ","))\n", to: "extensions")
        try run([
            "x509", "-req", "-in", folder.file("server.csr"), "-CA", authority, "-CAkey", folder.file("ca.key"),
            "-CAcreateserial", "-days", "\(days)", "-extfile", extensions, "-out", certificate,
        ])
    }

    private static var machine: String {
        var name = [CChar](repeating: 0, count: 256)
        guard unsafe gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private func run(_ arguments: [String]) throws {
        let openssl = try ChildProcess("openssl", arguments, output: folder.file("openssl.log"))
        guard openssl.waitForExit() == 0 else {
            let log = (try? String(contentsOfFile: folder.file("openssl.log"), encoding: .utf8)) ?? ""
            throw Failure(description: "openssl \(arguments[0]): \(log)")
        }
    }
}

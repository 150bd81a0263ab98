private import CTerminal
package import GatehouseCore
private import Glibc

/// Standard input, standard error and the keyboard.
package enum Terminal {
    /// Says something to the operator on standard error.
    package static func complain(_ message: String) {
        // In the order in which it was said, where both go to the same place.
        Output.flush()
        write(Array("\(message)\n".utf8))
    }

    /// Writes octets to standard error.
    package static func write(_ bytes: [UInt8]) {
        _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    /// Whether somebody sits at the keyboard.
    package static var isInteractive: Bool { isatty(STDIN_FILENO) == 1 }

    /// Asks a question that only `y` or `yes` answers with a yes.
    package static func confirms(_ question: String) throws(Failure) -> Bool {
        Output.flush()
        write(Array("\(question) [y/N] ".utf8))
        let answer = readLineBytes(limit: 16)
        return answer == Array("y".utf8) || answer == Array("yes".utf8)
    }

    /// Asks for a new password twice, without echo; `nil` if the two differ.
    package static func newPassword() throws(Failure) -> Password? {
        let first = try hiddenLine(prompt: "New password: ")
        guard !first.isEmpty else { throw .refused("no password was typed; nothing was changed") }
        return try first == hiddenLine(prompt: "Again: ") ? Password(first) : nil
    }

    /// Asks for a password without echo.
    package static func password() throws(Failure) -> Password { Password(try hiddenLine(prompt: "Password: ")) }

    private static func hiddenLine(prompt: String) throws(Failure) -> [UInt8] {
        // Ctrl-C, Ctrl-Z and whatever else ends or stops the program meanwhile show again what is typed.
        guard gatehouse_hide_typing(STDIN_FILENO) == 0 else {
            throw .usage("no terminal to ask for a password: use --password-stdin or --password-file")
        }
        defer { gatehouse_show_typing() }
        Output.flush()
        write(Array(prompt.utf8))
        let line = readLineBytes(limit: Password.maxLength + 1)
        complain("")
        return line
    }

    /// Standard input up to its first line end, or its end.
    package static func passwordFromStandardInput() throws(Failure) -> Password {
        try checked(readLineBytes(limit: Password.maxLength + 1), source: "standard input")
    }

    /// The first line of a file.
    package static func password(fromFile path: String) throws(Failure) -> Password {
        guard let bytes = Files.read(path, limit: 65_536) else {
            throw .usage("\(path): cannot be read: \(Files.reason())")
        }
        return try checked(Array(bytes.prefix { $0 != 0x0A && $0 != 0x0D }), source: path)
    }

    private static func checked(_ bytes: [UInt8], source: String) throws(Failure) -> Password {
        guard !bytes.isEmpty else { throw .usage("\(source): holds no password") }
        guard bytes.count <= Password.maxLength else {
            throw .usage("\(source): the password is longer than \(Password.maxLength) octets")
        }
        return Password(bytes)
    }

    /// The lines of standard input, without blanks at their ends and empty ones; at most 1 MiB.
    package static func linesOfStandardInput() throws(Failure) -> [String] {
        let bytes = readAll(limit: 1 << 20)
        guard bytes.count <= 1 << 20 else { throw .usage("standard input: more than 1 MiB") }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .usage("standard input: is no UTF-8") }
        return text.split(whereSeparator: \.isNewline).map { line in
            var scalars = Substring(line).unicodeScalars
            while scalars.last?.properties.isWhitespace == true { scalars.removeLast() }
            while scalars.first?.properties.isWhitespace == true { scalars.removeFirst() }
            return String(scalars)
        }.filter { !$0.isEmpty }
    }

    private static func readAll(limit: Int) -> [UInt8] {
        var all: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while all.count <= limit {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe read(STDIN_FILENO, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            all += chunk[..<count]
        }
        return all
    }

    /// Standard input up to its next line end, without it.
    package static func readLineBytes(limit: Int) -> [UInt8] {
        var line: [UInt8] = []
        var octet: UInt8 = 0
        while line.count < limit, unsafe read(STDIN_FILENO, &octet, 1) == 1, octet != 0x0A { line.append(octet) }
        if line.last == 0x0D { line.removeLast() }
        return line
    }
}

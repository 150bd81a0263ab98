internal import GatehouseCore
private import Glibc

/// Standard input, standard error and the keyboard.
enum Terminal {
    /// Says something to the operator on standard error.
    static func complain(_ message: String) {
        write(Array("\(message)\n".utf8))
    }

    /// Writes octets to standard error.
    static func write(_ bytes: [UInt8]) {
        _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    static var isInteractive: Bool { isatty(STDIN_FILENO) == 1 }

    /// Asks a question that only `y` or `yes` answers with a yes.
    static func confirms(_ question: String) throws(Failure) -> Bool {
        write(Array("\(question) [y/N] ".utf8))
        let answer = readLineBytes(limit: 16)
        return answer == Array("y".utf8) || answer == Array("yes".utf8)
    }

    /// Asks for a new password twice, without echo.
    static func newPassword() throws(Failure) -> Password {
        let first = try hiddenLine(prompt: "New password: ")
        let second = try hiddenLine(prompt: "Again: ")
        guard first == second else { throw .refused("the two passwords differ; nothing was changed") }
        return Password(first)
    }

    /// Asks for a password without echo.
    static func password() throws(Failure) -> Password { Password(try hiddenLine(prompt: "Password: ")) }

    private static func hiddenLine(prompt: String) throws(Failure) -> [UInt8] {
        var settings = termios()
        guard unsafe tcgetattr(STDIN_FILENO, &settings) == 0 else {
            throw .usage("no terminal to ask for a password: use --password-stdin or --password-file")
        }
        var hidden = settings
        hidden.c_lflag &= ~tcflag_t(ECHO)
        _ = unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden)
        defer { _ = unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings) }
        write(Array(prompt.utf8))
        let line = readLineBytes(limit: Password.maxLength + 1)
        complain("")
        return line
    }

    /// Standard input up to its first line end, or its end.
    static func passwordFromStandardInput() throws(Failure) -> Password {
        try checked(readLineBytes(limit: Password.maxLength + 1), source: "standard input")
    }

    /// The first line of a file.
    static func password(fromFile path: String) throws(Failure) -> Password {
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

    static func readLineBytes(limit: Int) -> [UInt8] {
        var line: [UInt8] = []
        var octet: UInt8 = 0
        while line.count < limit, unsafe read(STDIN_FILENO, &octet, 1) == 1, octet != 0x0A { line.append(octet) }
        if line.last == 0x0D { line.removeLast() }
        return line
    }
}

import GatehouseCore
import GatehousePasswords
import Testing

@Suite("Common passwords")
struct CommonValidatorTests {
    private let folder: PasswordsFolder
    private let builtIn = PasswordPolicy(CommonValidator())
    private static let refused = ["password_too_common"]

    init() throws { folder = try PasswordsFolder() }

    @Test(
        "are refused in any case and with white space around them",
        arguments: [
            "password", "PassWord", " letmein\t", "qwerty", "123456", "12345678", "11111111", "\u{A0}dragon\u{2003}",
        ])
    func builtInList(password: String) { #expect(builtIn.codes(password) == Self.refused) }

    @Test(
        "are whole ones: parts, changes, other scripts and words read backwards are left to the estimate of strength",
        arguments: [
            "passwordpassword1-x", "p4ssw0rd-and-more", "drowssap-", "mortsgreb", "nogard", "ünïcode", "", " ",
            "пароль", "pass\u{0}word", "fjord99", "astrid!!", String(repeating: "a", count: 256),
        ])
    func wholeOnly(password: String) { #expect(builtIn.codes(password) == []) }

    @Test("may be a list of the operator's own, in place of the built-in one")
    func ownList() throws {
        let list = try folder.write("correct horse\r\n  gründerzeit \n\nhunter2", to: "list.txt")
        let policy = PasswordPolicy(try CommonValidator(listAt: list))
        for password in ["Correct Horse", "GRÜNDERZEIT", "hunter2"] { #expect(policy.codes(password) == Self.refused) }
        for password in ["password", "correcthorse", "", "\n"] { #expect(policy.codes(password) == []) }
    }

    @Test("must be a readable list with something in it")
    func badLists() throws {
        #expect(
            throws: PasswordsError.file(path: "/nowhere/list", reason: "cannot be opened: No such file or directory")
        ) {
            try CommonValidator(listAt: "/nowhere/list")
        }
        #expect(throws: PasswordsError.file(path: folder.path, reason: "is not a regular file")) {
            try CommonValidator(listAt: folder.path)
        }
        let empty = try folder.write("\n\r\n  \n", to: "empty")
        #expect(throws: PasswordsError.malformed(path: empty, reason: "has no password in it")) {
            try CommonValidator(listAt: empty)
        }
        let long = try folder.write([UInt8](repeating: 0x61, count: 9_000), to: "long")
        #expect(throws: PasswordsError.line(path: long, number: 1, reason: "has more than 8192 octets")) {
            try CommonValidator(listAt: long)
        }
        let huge = try folder.write([UInt8](repeating: 0x0A, count: 16 << 20 | 1), to: "huge")
        #expect { try CommonValidator(listAt: huge) } throws: { "\($0)".contains("more than 16 MiB") }
    }
}

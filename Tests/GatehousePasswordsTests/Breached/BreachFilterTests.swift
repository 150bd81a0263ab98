import Foundation
import GatehouseCore
import GatehousePasswords
import Testing

@Suite("The filter of breached passwords")
struct BreachFilterTests {
    private let folder: PasswordsFolder

    init() throws { folder = try PasswordsFolder() }

    /// SHA-1 of "password" and "letmein" (FIPS 180-4; the published lists have them in capitals).
    private static let hashes = """
        5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:9545824\r
        b7a875fc1ea228b9061041b7cec4bd3c52ab3ce3

        """

    private func build(
        _ text: String, form: BreachFilterBuilder.Form = .hashes, to name: String = "filter"
    ) throws -> BreachFilter {
        let list = try folder.write(text, to: "list")
        _ = try BreachFilterBuilder.build(input: list, output: "\(folder.path)/\(name)", form: form) { _ in }
        return try BreachFilter(path: "\(folder.path)/\(name)")
    }

    /// A SHA-1 by another hand: the first 20 octets of pseudo-random numbers (SplitMix64).
    private func digest(_ number: UInt64) -> [UInt8] {
        (0..<3).flatMap { step in
            var word = (number &* 3 &+ UInt64(step) &+ 1) &* 0x9E37_79B9_7F4A_7C15
            word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
            word ^= word >> 31
            return (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) }
        }.prefix(20).map { $0 }
    }

    private func hexadecimal(_ octets: [UInt8]) -> String {
        octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test("finds the hashes of the published form, with and without counts")
    func published() throws {
        let policy = PasswordPolicy(BreachedValidator(filter: try build(Self.hashes)))
        #expect(policy.codes("password") == ["password_breached"])
        #expect(policy.codes("letmein") == ["password_breached"])
        #expect(policy.codes("Password") == [])
        #expect(policy.codes("") == [])
    }

    @Test("finds passwords of a plain list exactly as they are written")
    func plain() throws {
        let long = String(repeating: "x", count: 5_000)
        let filter = try build("password\nGründerzeit\r\n two words \n\(long)\nlast", form: .passwords)
        #expect(filter.entries == 5)
        let policy = PasswordPolicy(BreachedValidator(filter: filter))
        for password in ["password", "Gründerzeit", " two words ", "last"] {
            #expect(policy.codes(password) == ["password_breached"], "\(password)")
        }
        for password in ["two words", "gründerzeit", "Last", "password\n"] { #expect(policy.codes(password) == []) }
    }

    @Test("knows every entry, and hardly any other")
    func rates() throws {
        let count: UInt64 = 20_000
        let filter = try build((0..<count).map { hexadecimal(digest($0)) }.joined(separator: "\n"))
        #expect(filter.entries == count)
        for number in 0..<count { #expect(filter.contains(digest(number)) == true) }
        // 0.03 are to be expected.
        let wrong = (count..<count + 50_000).count { filter.contains(digest($0)) != false }
        #expect(wrong <= 2)
    }

    @Test("is the same file for the same list, and takes 3.75 octets per entry")
    func reproducible() throws {
        let text = (0..<40_000).map { hexadecimal(digest($0)) }.joined(separator: "\n")
        _ = try build(text, to: "one")
        _ = try build(text, to: "two")
        let octets = try folder.read("one")
        #expect(octets == (try folder.read("two")))
        #expect((150_000...160_000).contains(octets.count))
        #expect(folder.names == ["list", "one", "two"])
    }

    @Test("reports its progress up to the end of each step")
    func progress() throws {
        let list = try folder.write(Self.hashes, to: "list")
        var steps: [BreachFilterBuilder.Progress] = []
        let summary = try BreachFilterBuilder.build(input: list, output: "\(folder.path)/filter", form: .hashes) {
            steps.append($0)
        }
        let size = Self.hashes.utf8.count
        #expect(
            steps == [
                .counting(octets: size, of: size), .filling(octets: size, of: size), .sealing(blocks: 2, of: 2),
            ])
        #expect(summary.entries == 2)
        #expect(summary.octets == 8_192)
    }

    @Test(
        "is not made from a list with a bad line, and an existing one stays as it is",
        arguments: [
            ("5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD", 1), ("\n\n5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8;1", 3),
            ("5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:1\npassword", 2),
            ("GBAA61E4C9B93F3F0682250B6CF8331B7EE68FD8", 1), ("5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD80", 1),
        ])
    func badLines(text: String, number: Int) throws {
        _ = try build(Self.hashes)
        let before = try folder.read("filter")
        #expect {
            _ = try build(text)
        } throws: { error in
            guard case .line(_, number, let reason)? = error as? PasswordsError else { return false }
            return reason.contains("SHA-1") && !reason.contains("5BAA")
        }
        #expect(try folder.read("filter") == before)
        #expect(folder.names == ["filter", "list"])
    }

    @Test("is not made from nothing")
    func emptyList() throws {
        #expect { _ = try build("\n\r\n") } throws: { "\($0)".contains("has no entries") }
        #expect(folder.names == ["list"])
        #expect { _ = try build(Self.hashes, to: "no/such/folder") } throws: { "\($0)".contains("cannot be created") }
    }

    @Test("is refused at the start when it is cut short, damaged or something else")
    func damaged() throws {
        _ = try build((0..<3_000).map { hexadecimal(digest($0)) }.joined(separator: "\n"))
        let sound = try folder.read("filter")
        func reason(_ octets: [UInt8]) throws -> String {
            let path = try folder.write(octets, to: "other")
            do throws(PasswordsError) {
                _ = try BreachFilter(path: path)
                return "fine"
            } catch { return error.message }
        }
        #expect(try reason(sound) == "fine")
        for length in [0, 1, 7] { #expect(try reason(Array(sound.prefix(length))).contains("is no filter")) }
        for length in [8, 40, 4_095] { #expect(try reason(Array(sound.prefix(length))).contains("was cut short")) }
        for length in [4_096, 4_097, sound.count - 4_096, sound.count - 1] {
            #expect(try reason(Array(sound.prefix(length))).contains("was cut short"))
        }
        #expect(try reason(sound + [0]).contains("added to"))
        #expect(try reason(Array("password\n".utf8)).contains("is no filter"))
        for place in [12, 16, 31, 32, 39, 4_000, 4_090] {
            var octets = sound
            octets[place] ^= 0x80
            #expect(try reason(octets).contains("checksum"), "\(place)")
        }
        var other = sound
        other[8] = 9
        #expect(try reason(other).contains("version 9"))
        var last = sound
        last[last.count - 100] ^= 1
        #expect(try reason(last).contains("last block"))
        #expect { _ = try BreachFilter(path: "/nowhere/filter") } throws: { "\($0)".contains("No such file") }
        #expect { _ = try BreachFilter(path: folder.path) } throws: { "\($0)".contains("regular file") }
        #expect { _ = try BreachFilter(path: "/dev/zero") } throws: { "\($0)".contains("regular file") }
    }

    @Test("answers neither yes nor no once the open file was damaged or cut short, and the password is refused")
    func damagedLater() throws {
        let filter = try build(Self.hashes)
        let path = "\(folder.path)/filter"
        let policy = PasswordPolicy(BreachedValidator(filter: filter))
        #expect(policy.codes("tulip") == [])
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.seek(toOffset: 5_000)
        try handle.write(contentsOf: [0xFF])
        #expect(policy.codes("tulip") == ["password_unchecked"])
        try handle.truncate(atOffset: 4_100)
        #expect(policy.codes("tulip") == ["password_unchecked"])
        try handle.truncate(atOffset: 0)
        #expect(policy.codes("password") == ["password_unchecked"])
        #expect(filter.contains([1, 2, 3]) == nil)
    }
}

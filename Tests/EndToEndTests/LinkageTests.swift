internal import Foundation
internal import Testing

extension EndToEnd {
    @Suite("What the release binary links")
    struct LinkageTests {
        @Test("no full Foundation and no ICU, directly or through others")
        func libraries() throws {
            let binary = try Repository.gatehouse()
            let direct = try Tools.run("readelf", ["-d", binary]).output
            let all = try Tools.run("ldd", [binary]).output
            #expect(direct.contains("(NEEDED)"))
            #expect(all.contains("libc.so"))
            for library in [
                "libFoundation.so", "libFoundationInternationalization", "lib_FoundationICU", "libFoundationNetworking",
                "libFoundationXML", "libicu",
            ] {
                #expect(!direct.contains(library), "\(library)")
                #expect(!all.contains(library), "\(library)")
            }
        }

        @Test("holds no code of them either, when they are linked statically")
        func symbols() throws {
            let symbols = try Tools.run("readelf", ["-W", "--symbols", try Repository.gatehouse()]).output
            // A stripped program would hide them.
            #expect(symbols.contains("'.symtab'"))
            for symbol in ["$s10Foundation4DateV", "ucal_open", "uloc_getDefault", "$s10Foundation13DateFormatterC"] {
                #expect(!symbols.contains(symbol), "\(symbol)")
            }
        }
    }
}

internal import GatehouseFormats
internal import Testing

@testable import GatehouseConfig

@Suite("The throttle table")
struct ThrottleTableTests {
    private func read(_ lines: String) throws -> (table: ThrottleTable, problems: [String]) {
        let log = ProblemLog(file: "gatehouse.toml")
        let root = TOMLValue(try TOMLDocument(Array(lines.utf8)).root)
        let reader = TableReader(root, path: "throttle", variables: "GATEHOUSE_THROTTLE__", log: log)
        return (ThrottleTable(reader), log.sortedProblems.map { "\($0.key): \($0.message)" })
    }

    @Test("has the limits of the standards unless the file says otherwise")
    func standard() throws {
        let (table, problems) = try read("")
        #expect(problems == [] && table.window == .seconds(300) && table.block == .seconds(900))
        #expect(table.perAccount == 10 && table.perAccountAndAddress == 6 && table.perDevice == 10)
        #expect(table.perAddress == 100 && table.inTotal == 100)
        #expect(table.mailsPerAccount == 3 && table.mailsPerAddress == 10)
    }

    @Test("never lets one address use up all that an account has")
    func pair() throws {
        let small = try read("per_account = 4")
        #expect(small.problems == [] && small.table.perAccountAndAddress == 4)
        let equal = try read("per_account = 4\nper_account_and_address = 4\nwindow = \"1h\"")
        #expect(equal.problems == [] && equal.table.window == .seconds(3_600))
    }

    @Test(
        "refuses what is out of bounds",
        arguments: [
            ("window = \"59s\"", "throttle.window"), ("window = 300", "throttle.window"),
            ("block = \"25h\"", "throttle.block"), ("per_account = 0", "throttle.per_account"),
            ("per_account = 101", "throttle.per_account"), ("per_device = -1", "throttle.per_device"),
            ("per_address = 1001", "throttle.per_address"), ("in_total = 0", "throttle.in_total"),
            ("mails_per_account = 1.5", "throttle.mails_per_account"), ("per_acount = 5", "throttle.per_acount"),
            ("per_account_and_address = 11", "throttle.per_account_and_address"),
            ("per_account = 5\nper_account_and_address = 6", "throttle.per_account_and_address"),
        ])
    func refused(lines: String, key: String) throws {
        let problems = try read(lines).problems
        #expect(problems.count == 1 && problems.first?.hasPrefix("\(key): ") == true, "\(problems)")
    }
}

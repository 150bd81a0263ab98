@testable import GatehouseConfig
import GatehouseFormats
import Testing

@Suite("The tables of the file, command and PAM backends")
struct LocalBackendTableTests {
    /// Reads the keys of one table, and what was reported about them.
    private func read<Table>(
        _ text: String, _ make: (TableReader, BaseFolders) -> Table?
    ) throws -> (table: Table?, problems: [String]) {
        let log = ProblemLog(file: "gatehouse.toml")
        let root = TOMLValue(try TOMLDocument(Array(text.utf8)).root)
        let reader = TableReader(root, path: "backend", variables: "GATEHOUSE_BACKEND__1__", log: log)
        let folders = BaseFolders(file: "/etc/gatehouse", EnvironmentDefaults([:], log: log))
        let table = make(reader, folders)
        reader.finish()
        return (table, log.sortedProblems.map { "\($0.line ?? 0) \($0.key): \($0.message)" })
    }

    @Test("take what is written, and have sound defaults")
    func accepted() throws {
        let file = try read("path = \"people.toml\"", FileTable.init)
        #expect(file.problems == [] && file.table?.path == "/etc/gatehouse/people.toml" && file.table?.format == .toml)
        let htpasswd = try read("path = \"/srv/htpasswd\"\nformat = \"htpasswd\"", FileTable.init)
        #expect(
            htpasswd.problems == [] && htpasswd.table?.path == "/srv/htpasswd" && htpasswd.table?.format == .htpasswd)
        let command = try read(
            "path = \"/bin/people\"\narguments = [\"--all\", \"\"]\nenvironment = [\"TZ\"]",
            { table, _ in CommandTable(table) })
        #expect(command.problems == [] && command.table?.path == "/bin/people")
        #expect(command.table?.arguments == ["--all", ""] && command.table?.environment == ["TZ"])
        #expect(command.table?.mayMakeSuperusers == false)
        let trusted = try read(
            "path = \"/bin/people\"\nmay_make_superusers = true", { table, _ in CommandTable(table) })
        #expect(trusted.problems == [] && trusted.table?.mayMakeSuperusers == true)
        let pam = try read("", PAMTable.init)
        #expect(pam.problems == [] && pam.table?.service == "gatehouse" && pam.table?.minUserID == 1_000)
        #expect(pam.table?.allowsRoot == false && pam.table?.requiresAccount == true)
        let other = try read(
            "service = \"login\"\nmin_uid = 500\nallow_root = true\nrequire_account = false", PAMTable.init)
        #expect(other.problems == [] && other.table?.service == "login" && other.table?.minUserID == 500)
        #expect(other.table?.allowsRoot == true && other.table?.requiresAccount == false)
    }

    @Test(
        "refuse a file without a path or of an unknown format",
        arguments: ["", "path = \"\"", "path = 1", "path = \"a\"\nformat = \"csv\"", "path = \"a\"\nmode = 1"])
    func file(text: String) throws { #expect(try read(text, FileTable.init).problems.count == 1) }

    @Test(
        "refuse a program that would have to be searched for, and variables that hold secrets",
        arguments: [
            "", "path = \"people\"", "path = \"/a\\u0000\"", "path = \"/a\"\narguments = \"-x\"",
            "path = \"/a\"\narguments = [1]", "path = \"/a\"\nenvironment = [\"A=b\"]",
            "path = \"/a\"\nenvironment = [\"\"]", "path = \"/a\"\nenvironment = [\"GATEHOUSE_KEYS__SEAL\"]",
            "path = \"/a\"\nenvironment = [\"LD_PRELOAD\"]",
            "path = \"/a\"\narguments = [\(Array(repeating: "\"x\"", count: 65).joined(separator: ","))]",
        ])
    func command(text: String) throws {
        let (table, problems) = try read(text, { table, _ in CommandTable(table) })
        #expect(table == nil && problems.count == 1, "\(problems)")
    }

    @Test(
        "refuse services that are paths, and user id 0",
        arguments: [
            "service = \"../login\"", "service = \"\"", "service = \"a.b\"", "service = 1", "min_uid = 0",
            "min_uid = 4294967295", "allow_root = \"yes\"",
        ])
    func pam(text: String) throws { #expect(try read(text, PAMTable.init).problems.count == 1) }
}

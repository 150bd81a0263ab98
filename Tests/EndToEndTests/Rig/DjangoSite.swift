internal import Foundation
internal import GatehouseTestSupport
internal import Testing

/// A site made by Django itself, from the Python that `TEST_DJANGO` names.
struct DjangoSite: Sendable {
    struct Failure: Error, CustomStringConvertible { let description: String }

    /// A person, and what Django says of them.
    struct Person: Decodable, Sendable {
        let name: String
        let password: String
        let signsIn: Bool
        let groups: [String]
        let permissions: [String]
        let isSuperuser: Bool
        let email: String
    }

    /// What Django knows of somebody who signed in.
    struct Known: Decodable, Equatable, Sendable {
        let groups: [String]
        let permissions: [String]
        let isSuperuser: Bool
    }

    /// The Python with Django, `nil` where it could not be fetched.
    static var python: String? { ProcessInfo.processInfo.environment["TEST_DJANGO"] }

    /// As Django's settings spell it.
    private let database: String

    /// `url` is `sqlite:` and an absolute path, or a `postgresql://` address.
    init(_ url: String) throws {
        var settings: [String: String] = [:]
        if let path = url.wholeMatch(of: /sqlite:(\/.+)/)?.1 {
            settings = ["ENGINE": "django.db.backends.sqlite3", "NAME": String(path)]
        } else if let parts = url.wholeMatch(of: /postgresql:\/\/(\w+)@([\d.]+):(\d+)\/(\w+)/) {
            settings = [
                "ENGINE": "django.db.backends.postgresql", "USER": String(parts.1), "HOST": String(parts.2),
                "PORT": String(parts.3), "NAME": String(parts.4),
            ]
        } else {
            throw Failure(description: "no database that Django could open: \(url)")
        }
        database = String(decoding: try JSONSerialization.data(withJSONObject: settings), as: UTF8.self)
    }

    /// Runs Django's own `migrate`.
    func migrate(withAdmin: Bool = false) throws { _ = try run(["migrate"], withAdmin: withAdmin) }

    /// Whether Django's `migrate` finds nothing to do.
    func isUpToDate() throws -> Bool { try start(["migrate", "--check"]).status == 0 }

    /// Makes people of every kind.
    func makePeople() throws -> [Person] { try JSONDecoder().decode([Person].self, from: try run(["people"])) }

    /// Lets Django sign people in.
    func authenticate(_ people: [(name: String, password: String)]) throws -> [Known?] {
        let question = try JSONSerialization.data(withJSONObject: people.map { [$0.name, $0.password] })
        return try JSONDecoder().decode([Known?].self, from: try run(["ask"], input: question))
    }

    /// Changes a person in Django's admin, as `admin`.
    func edit(_ name: String, _ changes: [String], as admin: Stack.Person) throws {
        _ = try run(["edit", admin.name, admin.password, name] + changes, withAdmin: true)
    }

    func setPassword(of name: String, to new: String, as admin: Stack.Person) throws {
        _ = try run(["password", admin.name, admin.password, name, new], withAdmin: true)
    }

    /// What a migration of the site does to the table of people.
    enum Alteration: String, CaseIterable { case lengthen, add, drop, widen }

    func alter(_ alteration: Alteration) throws { _ = try run(["alter", alteration.rawValue], withAdmin: true) }

    /// Runs Django's own `flush`.
    func flush() throws { _ = try run(["flush"], withAdmin: true) }

    /// Makes a superuser and gives the number of its row.
    func make(_ person: Stack.Person) throws -> Int {
        try JSONDecoder().decode(Int.self, from: try run(["make", person.name, person.password], withAdmin: true))
    }

    private func run(_ arguments: [String], input: Data? = nil, withAdmin: Bool = false) throws -> Data {
        let (status, output, complaint) = try start(arguments, input: input, withAdmin: withAdmin)
        guard status == 0 else { throw Failure(description: "Django \(arguments[0]): \(complaint)") }
        return output
    }

    private func start(
        _ arguments: [String], input: Data? = nil, withAdmin: Bool = false
    ) throws -> (status: Int32, output: Data, complaint: String) {
        let folder = try TemporaryFolder()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(DjangoSite.python))
        process.arguments = [Repository.file("Tests/EndToEndTests/Django/site_tool.py")] + arguments
        var environment = ProcessInfo.processInfo.environment
        environment["SITE_DATABASE"] = database
        environment["SITE_ADMIN"] = withAdmin ? "1" : nil
        process.environment = environment
        let (stdin, stdout) = (try folder.write("", to: "in"), try folder.write("", to: "out"))
        let stderr = try folder.write("", to: "err")
        if let input { try input.write(to: URL(fileURLWithPath: stdin)) }
        process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: stdin))
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: stdout))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: stderr))
        try process.run()
        process.waitUntilExit()
        return (
            process.terminationStatus, try Data(contentsOf: URL(fileURLWithPath: stdout)),
            String(decoding: try Data(contentsOf: URL(fileURLWithPath: stderr)), as: UTF8.self)
        )
    }
}

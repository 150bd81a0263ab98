import Foundation
import GatehouseCore
import Testing

@Suite("Questions about permissions")
struct DjangoPermissionTests {
    @Test("are answered as Django answered them", arguments: try PermissionScenario.all())
    func answers(scenario: PermissionScenario) async throws {
        #expect(!scenario.queries.isEmpty)
        let records = scenario.records
        let (chain, first) = try scenario.chain(records)
        for (number, query) in scenario.queries.enumerated() {
            let answer = try await query.answer(chain, records, first: first)
            #expect(answer == query.result, "query \(number + 1): \(query.method) \(query.arguments)")
        }
    }
}

/// An entry of `Vectors/django/permissions.json`: made by Django 5.2.
struct PermissionScenario: Decodable, Sendable, CustomTestStringConvertible {
    let id: String
    let title: String
    let permissions: [String]?
    let groups: [String: [String]]?
    let users: [String: User]?
    let backends: [Source]
    let queries: [PermissionQuery]

    struct User: Decodable, Sendable {
        let isActive: Bool?
        let isSuperuser: Bool?
        let groups: [String]?
        let permissions: [String]?

        enum CodingKeys: String, CodingKey {
            case groups, permissions
            case isActive = "is_active"
            case isSuperuser = "is_superuser"
        }
    }

    struct Source: Decodable, Sendable {
        let type: String
        let grants: [String: [String]]?
        let perms: [String]?
        let modules: [String]?
    }

    var testDescription: String { "\(id) \(title)" }

    private struct File: Decodable { let scenarios: [PermissionScenario] }

    /// The scenarios of the repository, and of the folder that `GATEHOUSE_VECTORS` names.
    static func all(_ path: String = #filePath) throws -> [PermissionScenario] {
        var folders = [URL(fileURLWithPath: path).deletingLastPathComponent().appendingPathComponent("../Vectors")]
        if let more = ProcessInfo.processInfo.environment["GATEHOUSE_VECTORS"] {
            folders.append(URL(fileURLWithPath: more))
        }
        return try folders.flatMap { folder in
            try JSONDecoder().decode(
                File.self, from: Data(contentsOf: folder.appendingPathComponent("django/permissions.json"))
            ).scenarios
        }
    }

    var records: MemoryPermissionRecords {
        MemoryPermissionRecords(
            people: (users ?? [:]).mapValues { user in
                MemoryPermissionRecords.Person(
                    isActive: user.isActive ?? true, isSuperuser: user.isSuperuser ?? false, groups: user.groups ?? [],
                    permissions: names(user.permissions))
            },
            groups: (groups ?? [:]).mapValues { MemoryPermissionRecords.Group(permissions: names($0)) },
            others: names(permissions))
    }

    /// The sources, and the name of the first one.
    func chain(_ records: MemoryPermissionRecords) throws -> (PermissionChain, first: BackendName) {
        let sources = try backends.enumerated().map { number, backend -> any PermissionSource in
            let name = BackendName("\(number)")
            switch backend.type {
            // Sources beside the first are never searched, so that all of this kind may have one name.
            case "model": return ModelPermissions(name: MemoryPermissionRecords.backend, records: records)
            case "static":
                let grants = (backend.grants ?? [:]).map { (UserName($0.key), names($0.value)) }
                return StaticPermissions(name: name, grants: Dictionary(uniqueKeysWithValues: grants))
            case "deny":
                return RefusedPermissions(
                    name: name, permissions: names(backend.perms),
                    modules: Set((backend.modules ?? []).map { UTF8Text($0) }))
            default: throw Unknown(what: backend.type)
            }
        }
        return (PermissionChain(sources), try #require(sources.first).name)
    }

    /// A kind of source or question that the vectors have and these tests do not.
    struct Unknown: Error { let what: String }
}

private func names(_ texts: [String]?) -> Set<PermissionName> { Set((texts ?? []).map { PermissionName($0) }) }

/// A question with Django's answer.
struct PermissionQuery: Decodable, Sendable {
    let user: String?
    let method: String
    let arguments: [Argument]
    let object: String?
    let result: Answer

    enum CodingKeys: String, CodingKey {
        case user, method, object, result
        case arguments = "args"
    }

    enum Answer: Decodable, Equatable, Sendable {
        case yesOrNo(Bool)
        case names([String])
        /// Django raised `ValueError`.
        case invalid

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let flag = try? container.decode(Bool.self) {
                self = .yesOrNo(flag)
            } else if let names = try? container.decode([String].self) {
                self = .names(names)
            } else {
                self = .invalid
            }
        }
    }

    enum Argument: Decodable, Sendable {
        case text(String)
        case texts([String])
        case options(Options)

        struct Options: Decodable, Sendable {
            var includesSuperusers = true
            var isActive: Bool? = true

            enum CodingKeys: String, CodingKey {
                case includesSuperusers = "include_superusers"
                case isActive = "is_active"
            }

            init() {}

            init(from decoder: any Decoder) throws {
                let container = try decoder.container(keyedBy: CodingKeys.self)
                includesSuperusers = try container.decodeIfPresent(Bool.self, forKey: .includesSuperusers) ?? true
                // `null` is an answer here: either.
                if container.contains(.isActive) { isActive = try container.decode(Bool?.self, forKey: .isActive) }
            }
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .text(text)
            } else if let texts = try? container.decode([String].self) {
                self = .texts(texts)
            } else {
                self = .options(try container.decode(Options.self))
            }
        }
    }

    func answer(
        _ chain: PermissionChain, _ records: MemoryPermissionRecords, first: BackendName
    ) async throws -> Answer {
        let subject = records.subject(user)
        let object = object.map { ObjectReference(kind: "object", id: UTF8Text($0)) }
        func sorted(_ permissions: Set<PermissionName>) -> Answer { .names(permissions.sorted().map(\.description)) }
        switch (method, arguments.first) {
        case ("has_perm", .text(let name)?):
            return .yesOrNo(try await chain.hasPermission(PermissionName(name), of: subject, on: object))
        case ("has_perms", .texts(let names)?):
            let permissions = names.map { PermissionName($0) }
            return .yesOrNo(try await chain.hasPermissions(permissions, of: subject, on: object))
        // A bare text: what Django refuses when it runs, the compiler refuses here.
        case ("has_perms", .text?): return .invalid
        case ("has_module_perms", .text(let module)?):
            return .yesOrNo(try await chain.hasModulePermissions(UTF8Text(module), of: subject))
        case ("get_all_permissions", _): return sorted(try await chain.permissions(of: subject, on: object).all)
        case ("get_user_permissions", _): return sorted(try await chain.permissions(of: subject, on: object).own)
        case ("get_group_permissions", _): return sorted(try await chain.permissions(of: subject, on: object).ofGroups)
        case ("with_perm", .text(let name)?):
            var options = Argument.Options()
            if arguments.count > 1, case .options(let given) = arguments[1] { options = given }
            let search: PermissionSearch
            do {
                search = try PermissionSearch(
                    PermissionName(name), on: object, isActive: options.isActive,
                    includesSuperusers: options.includesSuperusers)
            } catch {
                // Refused before any source is asked; in Django only a backend that can search notices.
                return first == MemoryPermissionRecords.backend ? .invalid : .names([])
            }
            return .names(try await chain.people(matching: search, from: first).map(\.description))
        default: throw PermissionScenario.Unknown(what: method)
        }
    }
}

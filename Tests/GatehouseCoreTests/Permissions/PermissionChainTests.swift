import GatehouseCore
import Testing

@Suite("A chain of permission sources")
struct PermissionChainTests {
    private static let records = MemoryPermissionRecords(
        people: [
            "sam": .init(groups: ["crew"], permissions: ["port.view_berth"], grants: [Self.own]),
            "kit": .init(isSuperuser: true), "lou": .init(isActive: false, groups: ["crew"], grants: [Self.own]),
            "old": .init(isActive: false, isSuperuser: true),
        ],
        groups: ["crew": .init(permissions: ["ship.view_cargo"], grants: [Self.ofCrew])], others: ["ship.sink"])
    private static let seven = ObjectReference(kind: "cargo", id: "7")
    private static let eight = ObjectReference(kind: "cargo", id: "8")
    private static let own = ObjectGrant("ship.add_cargo", on: seven)
    private static let ofCrew = ObjectGrant("ship.change_cargo", on: seven)

    private let sam = Self.records.subject("sam")
    private let kit = Self.records.subject("kit")

    private func model(_ objects: ModelPermissions<MemoryPermissionRecords>.ObjectRule = .none) -> any PermissionSource
    {
        ModelPermissions(name: MemoryPermissionRecords.backend, records: Self.records, objects: objects)
    }

    @Test("says yes to an active superuser without asking anybody, and asks about an inactive one")
    func superusers() async throws {
        let chain = PermissionChain([RefusedPermissions(name: "deny", permissions: ["ship.sink"]), SilentPermissions()])
        #expect(try await chain.hasPermission("ship.sink", of: kit))
        #expect(try await chain.hasPermission("", of: kit, on: Self.seven))
        #expect(try await chain.hasPermissions(["no.such", "nodot"], of: kit))
        #expect(try await chain.hasModulePermissions("", of: kit))
        #expect(try await chain.hasPermission("ship.sink", of: Self.records.subject("old")) == false)
    }

    @Test("ends with a refusal, also for those whom a later source would grant it, but not with an earlier grant")
    func refusals() async throws {
        let deny = RefusedPermissions(name: "deny", permissions: ["ship.view_cargo"], modules: ["ship"])
        let before = PermissionChain([deny, model()])
        let after = PermissionChain([model(), deny])
        #expect(try await before.hasPermission("ship.view_cargo", of: sam) == false)
        #expect(try await before.hasModulePermissions("ship", of: sam) == false)
        #expect(try await before.hasPermissions(["port.view_berth", "ship.view_cargo"], of: sam) == false)
        #expect(try await after.hasPermission("ship.view_cargo", of: sam))
        #expect(try await after.hasModulePermissions("ship", of: sam))
        #expect(try await before.permissions(of: sam).contains("ship.view_cargo"))
    }

    @Test("never takes a source that could not find out for a no")
    func outages() async throws {
        let chain = PermissionChain([model(), SilentPermissions()])
        let down = BackendError.unavailable(reason: "down")
        #expect(try await chain.hasPermission("ship.view_cargo", of: sam))
        await #expect(throws: down) { try await chain.hasPermission("ship.sink", of: sam) }
        await #expect(throws: down) { try await chain.hasModulePermissions("sea", of: sam) }
        await #expect(throws: down) { try await chain.permissions(of: sam) }
        // One that refuses settles it before the silent one is asked.
        let refusing = PermissionChain([RefusedPermissions(name: "deny", permissions: ["a.b"]), SilentPermissions()])
        #expect(try await refusing.hasPermission("a.b", of: sam) == false)
    }

    @Test("without any source says no to all but superusers, and yes to no permission at all")
    func empty() async throws {
        let chain = PermissionChain([])
        #expect(try await chain.hasPermission("ship.view_cargo", of: sam) == false)
        #expect(try await chain.hasPermissions([], of: .anonymous))
        #expect(try await chain.permissions(of: kit) == .none)
    }

    @Test("lets other sources grant to strangers and to inactive people")
    func strangers() async throws {
        let table = StaticPermissions(name: "table", grants: ["": ["port.enter"], "lou": ["port.leave"]])
        let chain = PermissionChain([model(), table])
        #expect(try await chain.hasPermission("port.enter", of: .anonymous))
        #expect(try await chain.hasModulePermissions("port", of: .anonymous))
        #expect(try await chain.permissions(of: Self.records.subject("lou")).all == ["port.leave"])
    }

    @Test("knows an application by the text before the first dot, octet by octet")
    func modules() async throws {
        let composed: PermissionName = "caf\u{E9}.a.b"
        let chain = PermissionChain([StaticPermissions(name: "table", grants: ["sam": [composed, "nodot"]])])
        #expect(try await chain.hasModulePermissions("caf\u{E9}", of: sam))
        #expect(try await chain.hasModulePermissions("cafe\u{301}", of: sam) == false)
        #expect(try await chain.hasModulePermissions("caf\u{E9}.a", of: sam) == false)
        #expect(try await chain.hasModulePermissions("nodot", of: sam) == false)
        #expect(try await chain.hasModulePermissions("", of: sam) == false)
        #expect(try await chain.hasPermission("caf\u{E9}.a.b", of: sam))
        #expect(try await chain.hasPermission("cafe\u{301}.a.b", of: sam) == false)
    }

    @Test("has nothing on objects where Django's own rule holds")
    func noObjects() async throws {
        let chain = PermissionChain([model()])
        for permission: PermissionName in ["ship.view_cargo", "ship.add_cargo", "port.view_berth"] {
            #expect(try await chain.hasPermission(permission, of: sam, on: Self.seven) == false)
        }
        #expect(try await chain.permissions(of: kit, on: Self.seven) == .none)
        #expect(try await chain.hasPermission("ship.add_cargo", of: kit, on: Self.seven))
        let search = try PermissionSearch("ship.add_cargo", on: Self.seven)
        #expect(try await chain.people(matching: search).isEmpty)
    }

    @Test("takes grants on that very object, own ones and those of groups; everything implies it only if told so")
    func objects() async throws {
        let strict = PermissionChain([model(.grants(globalImpliesObject: false))])
        let implying = PermissionChain([model(.grants(globalImpliesObject: true))])
        let held = try await strict.permissions(of: sam, on: Self.seven)
        #expect(held == HeldPermissions(own: ["ship.add_cargo"], ofGroups: ["ship.change_cargo"]))
        #expect(try await strict.permissions(of: sam, on: Self.eight) == .none)
        #expect(try await strict.hasPermission("ship.add_cargo", of: sam) == false)
        #expect(try await strict.hasPermission("ship.view_cargo", of: sam, on: Self.seven) == false)
        #expect(try await implying.hasPermission("ship.view_cargo", of: sam, on: Self.seven))
        #expect(try await implying.hasPermission("ship.add_cargo", of: sam, on: Self.eight) == false)
        for chain in [strict, implying] {
            #expect(try await chain.permissions(of: Self.records.subject("lou"), on: Self.seven) == .none)
            #expect(try await chain.permissions(of: .anonymous, on: Self.seven) == .none)
            #expect(try await chain.permissions(of: kit, on: Self.eight).own.contains("ship.sink"))
        }
    }

    @Test("has nothing for people of another backend")
    func foreign() async throws {
        let person = PermissionSubject.Person(user: UserReference(backend: "ldap", id: "sam"), name: "sam")
        let chain = PermissionChain([model(.grants(globalImpliesObject: true))])
        #expect(try await chain.permissions(of: .person(person)) == .none)
    }

    @Test("counts whoever signed in as active")
    func signedIn() async throws {
        let user = UserReference(backend: MemoryPermissionRecords.backend, id: "sam")
        let identity = Identity(user: user, name: "sam")
        #expect(PermissionSubject(identity) == sam)
    }
}

@Suite("Looking for people with a permission")
struct PermissionSearchTests {
    private let chain = PermissionChain([
        ModelPermissions(
            records: MemoryPermissionRecords(
                people: [
                    "sam": .init(groups: ["crew"]), "kit": .init(isSuperuser: true),
                    "lou": .init(isActive: false, groups: ["crew"]),
                    "mia": .init(isSuperuser: true, permissions: ["ship.view_cargo"]),
                    "ben": .init(grants: [ObjectGrant("ship.view_cargo", on: ObjectReference(kind: "cargo", id: "7"))]),
                ],
                groups: ["crew": .init(permissions: ["ship.view_cargo"])]),
            objects: .grants(globalImpliesObject: false))
    ])

    @Test(
        "finds active people and superusers, or whom else one asks for",
        arguments: [
            (true, true, ["kit", "mia", "sam"]), (true, false, ["mia", "sam"]), (false, true, ["lou"]),
            (nil, true, ["kit", "lou", "mia", "sam"]),
        ] as [(Bool?, Bool, [String])])
    func filters(isActive: Bool?, includesSuperusers: Bool, names: [String]) async throws {
        let search = try PermissionSearch(
            "ship.view_cargo", isActive: isActive, includesSuperusers: includesSuperusers)
        #expect(try await chain.people(matching: search).map(\.description) == names)
    }

    @Test("finds superusers for a permission that does not exist")
    func unknown() async throws {
        #expect(try await chain.people(matching: PermissionSearch("no.such")) == ["kit", "mia"])
    }

    @Test("finds those with a grant on the object")
    func objects() async throws {
        let search = try PermissionSearch(
            "ship.view_cargo", on: ObjectReference(kind: "cargo", id: "7"), includesSuperusers: false)
        #expect(try await chain.people(matching: search) == ["ben"])
        #expect(try await chain.people(matching: search.everywhere) == ["mia", "sam"])
    }

    @Test("needs a name with exactly one dot", arguments: ["nodot", "a.b.c", "", ".."])
    func names(text: String) {
        #expect(throws: PermissionSearch.Invalid.self) { try PermissionSearch(PermissionName(text)) }
    }

    @Test("asks one source, which must be named among several")
    func sources() async throws {
        let search = try PermissionSearch("ship.view_cargo")
        let deny = RefusedPermissions(name: "deny")
        let two = PermissionChain([deny, SilentPermissions()])
        await #expect(throws: PermissionSearchError.severalSources) { try await two.people(matching: search) }
        await #expect(throws: PermissionSearchError.unknownSource) {
            try await two.people(matching: search, from: "other")
        }
        #expect(try await two.people(matching: search, from: "deny").isEmpty)
    }
}

/// What does not hold yet.
///
/// Each list may only become shorter: a line that is not true any more fails its test.
enum StillToMend {
    /// By target: folders that need each other in a circle.
    static let circles: [String: [[String]]] = [
        "GatehouseConfig": [
            [".", "Names", "Problems", "Reading", "Secrets", "Tables", "Tables/Backends", "Values"]
        ],
        "GatehouseDatabase": [
            [".", "Django", "Django/Administration", "Names", "PostgreSQL", "Records", "SQL", "SQLite"]
        ],
        "GatehouseImport": [[".", "Formats", "Input", "Rules"]],
        "GatehousePasswords": [[".", "Breached"]],
        "GatehousePortal": [
            [".", "Credentials", "Pages", "Passwords", "Requests", "Routes", "Settings", "Static"]
        ],
        "gatehouse": [
            [
                ".", "Commands", "Commands/Breached", "Commands/Check", "Commands/Group", "Commands/Hash",
                "Commands/Init",
                "Commands/Permission", "Commands/Session", "Commands/Throttle", "Commands/User", "Daemon", "Logging",
                "Render", "Terminal",
            ]
        ],
    ]

    /// Files in which something is larger than it may be.
    static let large: Set<String> = [
        "Sources/GatehouseBackends/LDAP/LDAPSettings.swift",
        "Sources/GatehouseConfig/Configuration.swift",
        "Sources/GatehouseConfig/Tables/Backends/LDAPTable.swift",
        "Sources/GatehouseConfig/Tables/PasswordsTable.swift",
        "Sources/GatehouseDatabase/Django/Administration/PeopleAdministration+Bulk.swift",
        "Sources/GatehouseDatabase/Django/Administration/PeopleAdministration+Users.swift",
        "Sources/GatehouseDatabase/Django/DjangoTables.swift",
        "Sources/GatehouseImport/ImportedPerson.swift",
        "Sources/GatehousePortal/Credentials/CredentialCheck.swift",
        "Sources/GatehousePortal/Pages/PasswordPage.swift",
        "Sources/GatehousePortal/PortalServices.swift",
        "Sources/GatehousePortal/Requests/PortalRequest.swift",
        "Sources/GatehouseRedis/Link/RedisLink.swift",
        "Sources/GatehouseServer/Check/CheckHandler.swift",
        "Sources/GatehouseServer/Check/KnownSession.swift",
        "Sources/gatehouse/Commands/User/UserChanges.swift",
        "Sources/gatehouse/Daemon/People.swift",
        "Tests/GatehouseBackendsTests/DatabaseBackendTests.swift",
        "Tests/GatehouseBackendsTests/File/FileBackendTests.swift",
        "Tests/GatehouseBackendsTests/LDAP/LDAPBackendTests.swift",
        "Tests/GatehouseBackendsTests/LDAP/ScriptedDirectory.swift",
        "Tests/GatehouseCryptoTests/Password/DjangoHashTests.swift",
        "Tests/GatehouseDatabaseTests/Administration/PeopleAdministrationTests.swift",
        "Tests/GatehouseMailTests/SMTPTests.swift",
        "Tests/GatehousePortalTests/PortalFixture.swift",
        "Tests/GatehouseServerTests/CheckListenerTests.swift",
        "Tests/GatehouseSessionsTests/SessionKeeperTests.swift",
        "Tests/GatehouseThrottleTests/ThrottleTests.swift",
    ]

    /// Files that ARCHITECTURE.md and CONTRIBUTING.md name already.
    static let named: Set<String> = [
        "Sources/GatehouseContracts/Proxies/AuthRequest.swift",
        "Sources/GatehouseContracts/Proxies/Contract+All.swift",
        "Sources/GatehouseContracts/Reply/CheckReply.swift",
        "Sources/GatehouseContracts/Reply/IdentityHeaders+Lines.swift",
        "Sources/GatehouseContracts/Request/CheckRequest.swift",
        "Sources/GatehouseCore/Events/Event.swift",
        "Sources/GatehouseCore/Events/EventDefinition.swift",
        "Sources/GatehouseCore/Events/EventName.swift",
        "Sources/GatehouseCore/Identity/IdentityHeaders.swift",
        "Sources/GatehouseLogging/Logger+Event.swift",
        "Sources/GatehousePeople/Administration/PeopleAdministrator+Users.swift",
        "Sources/GatehousePeople/Sessions/LiveSessions.swift",
        "Sources/GatehousePortal/Portal+Places.swift",
        "Sources/GatehousePortal/Portal.swift",
        "Sources/GatehousePortal/SignIn/OnwardHandler.swift",
        "Sources/GatehousePortal/SignIn/SessionStart.swift",
        "Sources/GatehousePortal/SignIn/SignIn.swift",
        "Sources/GatehousePortal/SignIn/SignInHandler.swift",
        "Sources/GatehousePortal/SignIn/SignInSteps.swift",
        "Sources/GatehousePortal/SignIn/Welcome.swift",
        "Sources/GatehousePortal/Web/Place.swift",
        "Sources/GatehouseServer/HTTP1/CheckAnswer.swift",
        "Sources/GatehouseServer/HTTP1/CheckResponder.swift",
        "Sources/GatehouseServer/HTTP1/HTTP1Connection.swift",
        "Sources/GatehouseServer/HTTP1/HTTP1Handler.swift",
        "Sources/GatehouseSessions/Keeper/SessionKeeper+Identity.swift",
        "Sources/GatehouseSessions/Keeper/SessionKeeper.swift",
        "Sources/GatehouseSessions/Sealing/SessionSecrets.swift",
        "Sources/gatehouse/Wiring/Configuration+Backends.swift",
        "Sources/gatehouse/Wiring/SessionParts.swift",
    ]
}

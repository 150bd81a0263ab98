import GatehouseCore
import GatehouseSessions
import GatehouseTestSupport

/// Octets as they stand in stores, before they are sealed, of every version that there ever was: none of them is ever changed.
///
/// Source: put together field by field by a program that shares nothing with this one (Python's `struct`).
struct GoldenLayout<Record: RecordLayout> {
    let octets: [UInt8]
    let record: Record

    init(_ record: Record, _ hex: String) {
        octets = GatehouseTestSupport.octets(hex: hex)
        self.record = record
    }
}

enum GoldenLayouts {
    /// 2023-11-14, 22:13:20.123 UTC.
    static let moment = Timestamp(milliseconds: 1_700_000_000_123)
    static let alice = UserReference(backend: "database", id: "42")
    private static let digest = Octets16(high: 0x0102_0304_0506_0708, low: 0x090A_0B0C_0D0E_0F10)

    static let session = [
        GoldenLayout(
            Session(
                user: alice, signedInAt: moment, lastSeen: moment.advanced(by: .seconds(60)),
                limits: SessionLimits(idle: .seconds(3_600), absolute: .seconds(86_400)), isRemembered: true,
                epoch: 1_700_000_000_123),
            """
            010000018bcfe5687b0000018bcfe652db000000000036ee800000000005265c00010000018bcfe5687b000864617461
            6261736500023432
            """),
        GoldenLayout(
            Session(
                user: alice, signedInAt: moment, lastSeen: moment.advanced(by: .seconds(60)),
                limits: SessionLimits(idle: .seconds(3_600), absolute: .seconds(86_400)), isRemembered: true,
                epoch: 1_700_000_000_123, provenAt: moment.advanced(by: .seconds(-300))),
            """
            020000018bcfe5687b0000018bcfe652db000000000036ee800000000005265c00010000018bcfe5687b000864617461
            62617365000234320000018bcfe0d49b
            """),
    ]

    static let provider = [
        GoldenLayout(
            ProviderRecord(
                provider: "google", issuer: "https://accounts.google.com", subject: "1098", methods: ["pwd", "otp"],
                contextClass: "urn:mace:silver", session: "sid-1", checkedAt: moment,
                tokens: ProviderRecord.Tokens(
                    access: "at", refresh: "rt", id: "it", accessExpiresAt: moment.advanced(by: .seconds(3_600)))),
            """
            010006676f6f676c65001b68747470733a2f2f6163636f756e74732e676f6f676c652e636f6d00043130393800020003
            70776400036f747001000f75726e3a6d6163653a73696c7665720100057369642d310000018bcfe5687b010002617401
            000272740100026974010000018bd01c56fb
            """),
        GoldenLayout(
            ProviderRecord(
                provider: "x", issuer: "https://x", subject: "s", checkedAt: moment,
                tokens: ProviderRecord.Tokens(access: "a", refresh: nil, id: nil, accessExpiresAt: nil)),
            """
            01000178000968747470733a2f2f78000173000000000000018bcfe5687b01000161000000
            """),
        GoldenLayout(
            ProviderRecord(
                provider: "github", issuer: "https://github.com", subject: "7", checkedAt: moment, tokens: nil),
            """
            010006676974687562001268747470733a2f2f6769746875622e636f6d000137000000000000018bcfe5687b00
            """),
    ]

    /// Without grants on objects and credential: nothing reads it any more.
    static let identity1 = octets(
        hex: """
            010000018bcfe5687b0000018bcfe57c0300086461746162617365000234320005616c696365000d416c696365204c69
            6464656c6c0011616c696365406578616d706c652e636f6d0100000200057374616666000477696b690001000d617070
            2e766965775f70616765
            """)

    private static func identity(credential: Octets16?, typed: UTF8Text?) -> StoredIdentity {
        StoredIdentity(
            identity: Identity(
                user: alice, name: "alice", displayName: "Alice Liddell", email: "alice@example.com", isStaff: true,
                isSuperuser: false, groups: ["staff", "wiki"], permissions: ["app.view_page"],
                objectGrants: [ObjectGrant("reports.view_report", on: ObjectReference(kind: "report", id: "7"))],
                credential: credential, typed: typed),
            epoch: 1_700_000_000_123, readAt: moment.advanced(by: .seconds(5)))
    }

    static let identity = [
        GoldenLayout(
            identity(credential: digest, typed: nil),
            """
            020000018bcfe5687b0000018bcfe57c0300086461746162617365000234320005616c696365000d416c696365204c69
            6464656c6c0011616c696365406578616d706c652e636f6d0100000200057374616666000477696b690001000d617070
            2e766965775f70616765000100137265706f7274732e766965775f7265706f727400067265706f727400013701010203
            0405060708090a0b0c0d0e0f10
            """),
        GoldenLayout(
            StoredIdentity(
                identity: Identity(user: UserReference(backend: "ldap", id: "x"), name: "bob"), epoch: 1,
                readAt: Timestamp(milliseconds: 2)),
            "020000000000000001000000000000000200046c6461700001780003626f6200000000000000000000000000"),
        GoldenLayout(
            identity(credential: nil, typed: "alice@example.com"),
            """
            030000018bcfe5687b0000018bcfe57c0300086461746162617365000234320005616c696365000d416c696365204c69
            6464656c6c0011616c696365406578616d706c652e636f6d0100000200057374616666000477696b690001000d617070
            2e766965775f70616765000100137265706f7274732e766965775f7265706f727400067265706f727400013700001161
            6c696365406578616d706c652e636f6d
            """),
    ]

    static let origin = [
        GoldenLayout(
            SessionOrigin(agent: "Mozilla/5.0", address: "192.0.2.1"),
            "01000b4d6f7a696c6c612f352e3000093139322e302e322e31")
    ]

    static let secret = [
        GoldenLayout(
            SecretContent(
                user: alice, name: "alice", state: digest, isRemembered: true,
                destination: "https://app.example.com/", endsAt: moment.advanced(by: .seconds(600))),
            """
            010000018bcfee903b00086461746162617365000234320005616c696365010102030405060708090a0b0c0d0e0f1001
            001868747470733a2f2f6170702e6578616d706c652e636f6d2f
            """),
        GoldenLayout(
            SecretContent(user: alice, name: "alice", state: nil, endsAt: moment.advanced(by: .seconds(600))),
            "010000018bcfee903b00086461746162617365000234320005616c69636500000000"),
    ]

    static let wayBack = [
        GoldenLayout(
            ReturnRecord(
                address: Array("https://app.example.com/?q=1".utf8), endsAt: moment.advanced(by: .seconds(1_800))),
            "010000018bd000dfbb001c68747470733a2f2f6170702e6578616d706c652e636f6d2f3f713d31")
    ]

    static let setup = [
        GoldenLayout(SetupContent(endsAt: moment.advanced(by: .seconds(3_600))), "010000018bd01c56fb")
    ]
}

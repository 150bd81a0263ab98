import GatehouseContracts
import GatehouseCore
import Testing

@Suite("The list of contracts")
struct ContractListTests {
    private var all: [Contract] { Contract.all.indices.map { Contract.all[$0] } }

    @Test("gives each an endpoint of its own, which leads to it and to no other")
    func endpoints() throws {
        #expect(Set(all.map { $0.endpoint.description }).count == all.count)
        for contract in all {
            #expect(all.count { $0 == contract } == 1)
            let takesTargets = contract == .extAuthz
            let alone = takesTargets ? [] : ["\(contract)", "\(contract)?x=/auth/request"]
            for target in alone + ["\(contract)/app", "\(contract)/app?x"] {
                let endpoint = Endpoint(target: Array(target.utf8).span)
                #expect(endpoint?.contract == contract, "\(target)")
            }
            for target in [
                "\(contract)s", "\(contract)-app", takesTargets ? "\(contract)" : "\(contract)/", "/x\(contract)",
                "\(contract)".uppercased(),
            ] {
                #expect(Endpoint(target: Array(target.utf8).span)?.contract == nil, "\(target)")
            }
        }
    }

    @Test("answers a client that follows no grammar in each contract's own way")
    func clientFaults() {
        let statuses = all.map { contract in
            let cause = Refused.Cause.client(.xOriginalURL, contract: contract)
            guard case .client(.header(.xOriginalURL), let status) = cause else { return 0 }
            return status
        }
        #expect(statuses.allSatisfy { $0 == 400 || $0 == 403 })
        #expect(Refused.Cause.client(.host, contract: .authRequest) == .client(.header(.host), status: 403))
        #expect(Refused.Cause.client(.host, contract: .forwardAuth) == .client(.header(.host), status: 400))
    }

    @Test("finds in the cookies no credential, one session's, or those of several")
    func credentials() throws {
        let one = "A" + String(repeating: "A", count: 42)
        let two = "B" + String(repeating: "A", count: 42)
        func token(_ text: String) throws -> SecretToken {
            let token = SecretToken(parsing: Array(text.utf8).span)
            return try #require(token)
        }
        for ask in [Ask.request("https://app.example.com/"), .forward("/"), .envoy("/")] {
            #expect(try ask.read().get().credential == .none)
            let single = ask.adding("Cookie", "__Host-gatehouse=\(one)")
            #expect(try single.read().get().credential == .session(try token(one)))
            let both = single.adding("Cookie", "__Host-gatehouse=\(two)")
            #expect(try both.read().get().credential == .sessions([try token(one), try token(two)]))
        }
    }
}

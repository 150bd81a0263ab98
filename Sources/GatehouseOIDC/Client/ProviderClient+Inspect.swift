internal import GatehouseCore
internal import GatehouseCrypto

/// A look at a provider for whoever sets one up.
extension ProviderClient {
    /// Fetches what there is to fetch, past every cache, and judges all of it.
    ///
    /// With the registered address for answers, the provider is also asked with a code that is none: whether it says no to the
    /// code, or to our id and secret, tells whether those are right.
    package func inspect(redirectURI: String? = nil) async -> ProviderReport {
        var findings: [ProviderFinding] = []
        var facts: [ProviderFact] = []
        var metadata = await self.metadata.current
        if provider.facts.oddities.contains(.plainOAuth) {
            (findings, facts) = givenEndpoints()
        } else {
            metadata = nil
            do throws(ProviderError) {
                let reading = try await MetadataSource.reading(of: provider, over: line)
                (metadata, findings, facts) = (reading.metadata, reading.findings, reading.facts)
            } catch { findings.append(finding(.document, error)) }
        }
        if let address = metadata?.endpoints.keySet {
            do throws(ProviderError) {
                let keys = try await KeySource.keySet(at: address, over: line).keys
                facts.append(ProviderFact(.keys, String(keys.keys.count)))
                if let finding = finding(of: keys) { findings.append(finding) }
            } catch { findings.append(finding(.keys, error)) }
        }
        if let metadata, let redirectURI, let finding = await proofFinding(metadata, redirectURI) {
            findings.append(finding)
        }
        return ProviderReport(findings: findings, facts: facts)
    }

    private func givenEndpoints() -> ([ProviderFinding], [ProviderFact]) {
        guard let endpoints = provider.network.endpoints else {
            return (
                [
                    ProviderFinding(
                        .endpoint, "the provider has no addresses",
                        remedy: "give them in [[provider]] \"\(provider.name)\"")
                ], []
            )
        }
        let addresses: [(fact: ProviderFact.Name, member: String, text: String?)] = [
            (.authorizationEndpoint, "the authorization endpoint", endpoints.authorization),
            (.tokenEndpoint, "the token endpoint", endpoints.token),
            (.userinfoEndpoint, "userinfo", endpoints.userinfo),
        ]
        let known = addresses.compactMap { address in address.text.map { (address.fact, address.member, $0) } }
        let rule = EndpointRule(provider)
        var findings = known.compactMap { rule.finding(of: $0.2, as: $0.1) }
        if endpoints.userinfo == nil {
            findings.append(
                ProviderFinding(
                    .endpoint, "there is no address for userinfo, which says who somebody is",
                    remedy: "give it in [[provider]] \"\(provider.name)\""))
        }
        return (findings, known.map { ProviderFact($0.0, SafeText.words($0.2, limit: .octets(400))) })
    }

    /// Whether there is a key for one of the algorithms that are accepted.
    private func finding(of keys: KeySet) -> ProviderFinding? {
        guard !keys.keys.contains(where: { key in provider.tokens.algorithms.contains(where: key.fits) }) else {
            return nil
        }
        return ProviderFinding(
            .keys,
            "none of the provider's \(keys.keys.count) keys fits \(provider.tokens.algorithms.map(\.rawValue).joined(separator: ", "))",
            remedy: "choose a signing key of such a kind there, or name its algorithm in algorithms")
    }

    private func proofFinding(_ metadata: ProviderMetadata, _ redirectURI: String) async -> ProviderFinding? {
        guard let code = try? SystemRandom.octets(32) else { return nil }
        do throws(ProviderError) {
            _ = try await redeem(
                [
                    ("grant_type", "authorization_code"),
                    ("code", String(decoding: Base64URL.encode(code), as: UTF8.self)), ("redirect_uri", redirectURI),
                    ("code_verifier", String(decoding: Base64URL.encode(code.reversed()), as: UTF8.self)),
                ], metadata, clock(), by: line.deadline(CallDeadline.call))
            return ProviderFinding(
                .clientAuthentication, "the token endpoint gives tokens for a code that is made up",
                remedy: "do not use this provider")
        } catch {
            switch error {
            case .misconfigured, .outage: return finding(.clientAuthentication, error)
            // What it has to say: the code is none.
            case .refused, .denied, .needsInteraction: return nil
            }
        }
    }

    private func finding(_ subject: ProviderFinding.Subject, _ error: ProviderError) -> ProviderFinding {
        guard case .outage(let reason) = error else {
            return ProviderFinding(
                subject, error.description,
                remedy: "see [[provider]] \"\(provider.name)\" and the client's settings there")
        }
        let words = reason.utf8.map(ASCII.lowercased)
        if words.firstRange(of: Array("certificate".utf8)) != nil || words.firstRange(of: Array("ssl".utf8)) != nil {
            return ProviderFinding(
                .network, reason,
                remedy: provider.network.caFile == nil
                    ? "if its authority is your own, name that authority's certificate: ca_file in [[provider]] \"\(provider.name)\""
                    : "ca_file in [[provider]] \"\(provider.name)\" has to be the authority of the provider's certificate"
            )
        }
        return ProviderFinding(
            .network, reason, remedy: "see whether the provider runs, and can be reached from here (outbound.proxy)")
    }
}

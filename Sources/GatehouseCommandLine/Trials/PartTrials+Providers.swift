internal import GatehouseAssembly
internal import GatehouseConfig
internal import GatehouseOIDC
internal import GatehouseTerminal

/// Who else says who people are.
extension PartTrials.Trial {
    static func providers(_ configuration: Configuration, isOnline: Bool) -> [Self] {
        configuration.providers.map(\.provider).map { provider in
            // Metadata, keys and the token endpoint, each within its own time.
            Self("provider \(provider.name)", within: .seconds(16)) {
                let part = "provider \(provider.name)"
                do throws(Failure) {
                    // Opens the library.
                    let clients = try configuration.makeProviders()
                    guard isOnline else { return [PartReport(part, .leftOut("--online asks \(provider.issuer)"))] }
                    guard let client = clients.first(where: { $0.provider.name == provider.name }) else { return [] }
                    let redirect = configuration.registration(at: provider).redirect
                    return reports(of: await client.inspect(redirectURI: redirect), provider, part)
                } catch {
                    return [PartReport(part, .fails(error.message))]
                }
            }
        }
    }

    private static func reports(_ part: String, _ issuer: String) -> PartReport {
        PartReport(part, .works("\(issuer): answers as a sign-in needs"))
    }

    private static func reports(of report: ProviderReport, _ provider: Provider, _ part: String) -> [PartReport] {
        let findings = report.findings.map { finding in
            let words = "\(shown(finding.problem)); \(shown(finding.remedy))"
            return PartReport(part, finding.preventsSignIn ? .fails(words) : .doubtful(words))
        }
        return report.isGood ? [reports(part, provider.issuer)] + findings : findings
    }
}

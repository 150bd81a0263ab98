package import GatehouseConfig
internal import GatehouseContracts
internal import GatehouseCore
internal import GatehouseListener
package import GatehouseLogging
package import GatehousePortal
package import GatehouseServer
package import GatehouseSessions
package import GatehouseTerminal
private import Glibc
internal import Logging

/// What each part of the daemon is told, from the one configuration.
extension Configuration {
    /// What a check is judged by.
    ///
    /// - Throws: `Failure.usage` if the portal cannot be served where it is to be.
    package func generation(secrets: SessionSecrets) throws(Failure) -> Generation {
        let portalSettings = try portalSettings()
        return Generation(
            policy: policy, headers: applications.map(\.headers), secrets: secrets,
            cookies: cookie.own.names, proxies: check.trustedProxies,
            login: LoginAddress(portal: portal.url, maxLength: check.maxAnswerHead - 256),
            maxAnswerHead: check.maxAnswerHead, identityRefresh: identity.refresh, identityMaxAge: identity.maxAge,
            pages: RelayedPages(
                deniedHTML: PreRendered.deniedHTML(portalSettings), deniedJSON: PreRendered.deniedJSON,
                unknownHostHTML: PreRendered.unknownHostHTML(portalSettings),
                unavailableHTML: PreRendered.unavailableHTML(portalSettings),
                unavailableJSON: PreRendered.unavailableJSON))
    }

    /// What the portal is told.
    ///
    /// - Throws: `Failure.usage` if its address has a path that cannot be served.
    package func portalSettings() throws(Failure) -> PortalSettings {
        let configuration = self
        guard let address = PortalAddress(origin: portal.origin, prefix: portal.prefix) else {
            throw .usage("portal.url: \(portal.url): has a path that cannot be served")
        }
        return PortalSettings(
            address: address, title: portal.name, contact: portal.contact,
            cookies: PortalCookies(
                own: cookie.own, domain: cookie.domain, isSecure: cookie.isSecure,
                rememberedAge: sessions.rememberedLimits.absolute),
            proxies: check.trustedProxies, home: home, failureFloor: passwords.failureFloor,
            resetLifetime: passwords.resetLifetime, identityRefresh: identity.refresh, identityMaxAge: identity.maxAge,
            allowsReturn: { configuration.allowsReturn(to: $0) }, protects: { configuration.protects($0) })
    }

    /// Every area is named in the table.
    package var logLevels: LogLevels {
        LogLevels(.critical, areas: log.levels.mapValues { Logger.Level(rawValue: $0.rawValue) ?? .info })
    }

    /// Somebody who looks at a terminal wants to read.
    package var logFormat: LineLog.Format {
        switch log.format {
        case .json: .json
        case .text: .text
        case nil: isatty(STDERR_FILENO) == 1 ? .text : .json
        }
    }
}

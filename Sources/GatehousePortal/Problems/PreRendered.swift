/// Pages as one piece, for proxies that relay the answer of a check: HTML with its style inside, the same for everyone.
package enum PreRendered {
    /// For somebody who may not open a page.
    package static func deniedHTML(_ settings: PortalSettings) -> [UInt8] {
        DeniedPage(settings: settings).page(.unknown, original: nil, cameFrom: nil).renderedAlone(settings)
    }

    /// For a host that no application has.
    package static func unknownHostHTML(_ settings: PortalSettings) -> [UInt8] {
        DeniedPage(settings: settings).unknownHost.renderedAlone(settings)
    }

    /// For a check that could not find out.
    package static func unavailableHTML(_ settings: PortalSettings) -> [UInt8] {
        FailedCheckPage(settings: settings).page(.unavailable).renderedAlone(settings)
    }

    /// The same in JSON, for programs.
    package static let deniedJSON = Array(
        """
        {"error":"denied","message":"You are not allowed to access this resource."}

        """.utf8)

    package static let unavailableJSON = Array(
        """
        {"error":"unavailable","message":"Whether you may access this resource cannot be found out at the moment."}

        """.utf8)
}

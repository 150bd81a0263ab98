/// What an application is told of who passes, each in a header of its own; in the order in which they are sent.
///
/// The raw value is the key of the configuration.
package enum IdentityHeader: String, CaseIterable, Sendable {
    case user, name, email, groups, permissions, superuser

    /// The names in the two presets.
    fileprivate var presets: (remote: String, xAuthRequest: String) {
        switch self {
        case .user: ("Remote-User", "X-Auth-Request-User")
        case .name: ("Remote-Name", "X-Auth-Request-Preferred-Username")
        case .email: ("Remote-Email", "X-Auth-Request-Email")
        case .groups: ("Remote-Groups", "X-Auth-Request-Groups")
        case .permissions: ("Remote-Permissions", "X-Auth-Request-Permissions")
        case .superuser: ("Remote-Superuser", "X-Auth-Request-Superuser")
        }
    }
}

/// The names of the headers that tell an application who the user is.
package struct IdentityHeaders: Equatable, Sendable {
    /// A header that is sent.
    package struct Field: Equatable, Sendable {
        package let header: IdentityHeader
        package let name: String
    }

    /// In the order in which they are sent.
    package let fields: [Field]

    /// Names each header, or leaves it out.
    package init(_ names: [IdentityHeader: String]) {
        fields = IdentityHeader.allCases.compactMap { header in
            names[header].map { Field(header: header, name: $0) }
        }
    }

    private init(_ name: (IdentityHeader) -> String) {
        fields = IdentityHeader.allCases.map { Field(header: $0, name: name($0)) }
    }

    /// `Remote-User` and its kin.
    package static let remote = IdentityHeaders { $0.presets.remote }
    /// `X-Auth-Request-User` and its kin.
    package static let xAuthRequest = IdentityHeaders { $0.presets.xAuthRequest }

    /// Every name of the presets: whatever an application is told by, nobody but Gatehouse writes these.
    package static let presetNames = remote.names + xAuthRequest.names

    /// The name of a header; `nil` for one that is not sent.
    package subscript(_ header: IdentityHeader) -> String? { fields.first { $0.header == header }?.name }

    /// All names that are used.
    package var names: [String] { fields.map(\.name) }
}

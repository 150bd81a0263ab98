private import CPSL
package import GatehouseCore

/// The list of domains below which anybody can have a name, like `co.uk` and `github.io`, as browsers have it.
///
/// libpsl brings the list and knows its rules; the package publicsuffix, where it is installed, has a newer one.
/// - Source: https://publicsuffix.org/list/
@safe package struct PublicSuffixList: ~Copyable {
    private let list: OpaquePointer

    /// Opens the library and its newest list.
    ///
    /// - Throws: `PublicSuffixError` if there is none here.
    /// - Complexity: about a millisecond, and the size of the list in memory until this goes.
    package init() throws(PublicSuffixError) {
        guard gatehouse_psl_open() else { throw .libraryMissing }
        guard let list = unsafe gatehouse_psl_latest() else { throw .listMissing }
        unsafe self.list = list
    }

    deinit { unsafe gatehouse_psl_free(list) }

    /// Whether anybody can have a name below a domain.
    ///
    /// Names that the list has no rule for, like those of a local network, are none.
    package func contains(_ domain: Host) -> Bool { unsafe gatehouse_psl_is_suffix(list, domain.description) }
}

/// Whether a domain is a public suffix cannot be said.
package enum PublicSuffixError: Error, Equatable, CustomStringConvertible {
    /// The package libpsl5 is not installed: the operator is told so, and the rest is checked.
    case libraryMissing
    /// The library was built without a list, and there is no other.
    case listMissing

    package var description: String { reason }

    package var reason: String {
        switch self {
        case .libraryMissing: unsafe String(cString: gatehouse_psl_missing())
        case .listMissing: "libpsl has no list: install the package publicsuffix"
        }
    }
}

/// The method of an original request, in grammar R-METHOD: one to twenty upper-case letters.
///
/// `CONNECT` and `TRACE` are refused: no application behind a reverse proxy has a use for them.
package struct Method: Hashable, Sendable, CustomStringConvertible {
    /// Its place among the known ones: a method is compared far more often than it is printed.
    let index: UInt8

    /// The methods that are understood without configuration: RFC 9110, RFC 5789 and WebDAV (RFC 4918, 3253, 3744, 5323).
    ///
    /// The most frequent ones first; at most 32, since `MethodSet` has a bit for each.
    private static let names: [StaticString] = [
        "GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE", "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE",
        "LOCK", "UNLOCK", "REPORT", "SEARCH", "ACL", "MKCALENDAR", "MKACTIVITY", "CHECKOUT", "CHECKIN", "UNCHECKOUT",
        "MERGE", "LABEL", "UPDATE", "QUERY",
    ]

    package static let get = Method(index: 0)
    package static let head = Method(index: 1)
    package static let post = Method(index: 2)
    package static let options = Method(index: 3)

    /// All of them.
    package static let known: Set<Method> = Set(names.indices.map { Method(index: UInt8($0)) })

    private init(index: UInt8) { self.index = index }

    /// Takes a method as written; `nil` if it is unknown or does not follow the grammar.
    package init?(parsing text: Span<UInt8>) {
        if text.equals("GET") {
            self = .get
            return
        }
        guard let index = Method.names.firstIndex(where: { text.equals($0) }) else { return nil }
        self.init(index: UInt8(index))
    }

    package init?(_ text: String) { self.init(parsing: Array(text.utf8).span) }

    /// Whether the method only reads, so that a redirect keeps its meaning.
    package var isRead: Bool { self == .get || self == .head }

    package var description: String { Method.names[Int(index)].description }
}

/// Several methods, compared at once.
struct MethodSet: Equatable, Sendable {
    private var bits: UInt32

    static let all = MethodSet(bits: .max)
    static let none = MethodSet(bits: 0)

    private init(bits: UInt32) { self.bits = bits }

    init(_ methods: some Sequence<Method>) { bits = methods.reduce(0) { $0 | 1 << UInt32($1.index) } }

    func contains(_ method: Method) -> Bool { bits >> UInt32(method.index) & 1 == 1 }
    func isSubset(of other: MethodSet) -> Bool { bits & ~other.bits == 0 }
    mutating func formUnion(_ other: MethodSet) { bits |= other.bits }
}

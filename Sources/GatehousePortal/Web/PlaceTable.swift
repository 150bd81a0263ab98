internal import Hummingbird

/// The portal's places: each with its path, the methods it takes and who answers.
struct PlaceTable: Sendable {
    let rows: [Row]

    /// One place.
    struct Row: Sendable {
        let place: Place
        let answers: Answers
    }

    /// The row of a path; `nil` if there is no such place.
    ///
    /// - Parameters:
    ///   - path: with or without the portal's prefix: some proxies cut it off, some do not.
    ///   - prefix: the path of the portal's URL.
    /// - Returns: the row, for this very spelling only.
    func row(at path: [UInt8], below prefix: String) -> Row? {
        var rest = path[...]
        if !prefix.isEmpty, rest.starts(with: prefix.utf8) {
            let below = rest.dropFirst(prefix.utf8.count)
            if below.isEmpty || below.first == UInt8(ascii: "/") { rest = below }
        }
        return rows.first { rest.elementsEqual($0.place.path.utf8) || (rest.isEmpty && $0.place == .home) }
    }
}

/// How a place may be asked for, and what answers.
enum Answers: Sendable {
    /// Shown by proxies in place of an application's page: under any host, with any method.
    case anywhere(PageAnswer)
    /// A page of the portal, which its form may come back to.
    case page(PageAnswer, form: FormAnswer? = nil)
    /// What a form of another page is sent to.
    case form(FormAnswer)
    /// What is sent from elsewhere: no form of ours, so that nothing of one is asked for, and whoever answers judges it.
    case foreign(PageAnswer?, post: ForeignAnswer? = nil)

    typealias PageAnswer = @Sendable (PortalRequest) async -> Reply
    typealias ForeignAnswer = @Sendable (PortalRequest, RequestBody) async -> Reply

    /// What is done with a form, which was seen to come from a page of the portal or is not known to come from elsewhere.
    struct FormAnswer: Sendable {
        /// What the log calls the form.
        let name: StaticString
        /// Whether there is such a form: a place may be one of links alone.
        let isOffered: Bool
        /// Whether it only takes access away: that is always possible.
        let endsAccess: Bool
        let answer: @Sendable (PortalRequest, OwnForm) async -> Reply

        init(
            _ name: StaticString, isOffered: Bool = true, endsAccess: Bool = false,
            _ answer: @escaping @Sendable (PortalRequest, OwnForm) async -> Reply
        ) {
            self.name = name
            self.isOffered = isOffered
            self.endsAccess = endsAccess
            self.answer = answer
        }
    }

    /// The methods, as the header `Allow` names them; `nil`: every method.
    var methods: StaticString? {
        switch self {
        case .anywhere: nil
        case .page(_, form: nil): "GET, HEAD"
        case .page: "GET, HEAD, POST"
        case .form, .foreign(nil, post: _): "POST"
        case .foreign(_?, post: nil): "GET"
        case .foreign: "GET, POST"
        }
    }
}

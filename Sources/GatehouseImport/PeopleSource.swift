/// People that come one after another, from a file or from another database.
package protocol PeopleSource {
    /// The next person or bad line; `nil` at the end.
    ///
    /// - Throws: `ImportError` if nothing behind this place can be read.
    mutating func next() async throws(ImportError) -> ImportRecord?

    /// What the source has seen so far and leaves out, one sentence each.
    var notes: [String] { get }
}

/// People that come in pages, as a database lists them.
package struct PagedSource: PeopleSource {
    private let nextPage: () async throws(ImportError) -> [ImportRecord]
    private var page: ArraySlice<ImportRecord> = []
    package let notes: [String]

    /// Takes what gives the next page; an empty one is the end.
    package init(notes: [String] = [], nextPage: @escaping () async throws(ImportError) -> [ImportRecord]) {
        self.notes = notes
        self.nextPage = nextPage
    }

    package mutating func next() async throws(ImportError) -> ImportRecord? {
        if page.isEmpty { page = try await nextPage()[...] }
        return page.popFirst()
    }
}

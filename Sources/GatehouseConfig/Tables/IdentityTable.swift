/// `[identity]`: how fresh is what is known about people.
package struct IdentityTable: Equatable, Sendable {
    /// How old an identity may be before its backend is asked again.
    package let refresh: Duration
    /// How old it may be and still count while the backend cannot be asked.
    package let maxAge: Duration

    init(_ table: TableReader) {
        refresh = table.duration("refresh", in: .seconds(1)...(.seconds(86_400)))?.value ?? .seconds(60)
        let limit = table.duration("max_age", in: .seconds(10)...(.seconds(30 * 86_400)))
        maxAge = limit?.value ?? max(.seconds(900), refresh * 2)
        if let limit, limit.value < refresh {
            table.log.add(limit, "must not be shorter than identity.refresh, which is \(refresh.components.seconds)s")
        }
        table.finish()
    }
}

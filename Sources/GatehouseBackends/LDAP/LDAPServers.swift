private import Synchronization

/// The servers of a directory, in the order in which they are asked: one after another until one answers.
///
/// All of them together have as long as a question has. One that failed lately is asked last.
final class LDAPServers: Sendable {
    private struct Unwell {
        let since: ContinuousClock.Instant
        /// What is the matter, and the code that it was found out for.
        let diagnosis: (code: Int?, words: String)?
    }

    let settings: LDAPSettings
    private let servers: [LDAPAddress]
    private let unwell = Mutex<[Int: Unwell]>([:])

    /// How long a server that failed is asked last, and how long it is known what was the matter.
    private static let memory = Duration.seconds(30)

    init(_ settings: LDAPSettings) {
        self.settings = settings
        servers = settings.urls.map(LDAPAddress.init)
    }

    /// Asks the servers until one of them answers.
    ///
    /// - Parameters:
    ///   - deadline: for all of them.
    ///   - work: what is asked, on a connection that nobody is bound on yet.
    /// - Returns: what the work returned.
    /// - Throws: `LDAPFailure` of the last server, if all of them fail; any other at once.
    func ask<Value>(
        until deadline: LDAPDeadline, _ work: (consuming LDAPConnection) throws(LDAPFailure) -> Value
    ) throws(LDAPFailure) -> Value {
        var failures: [(server: LDAPAddress, failure: LDAPFailure)] = []
        let order = order
        for (place, index) in order.enumerated() {
            let share = deadline.share(beforeOthers: order.count - place - 1)
            var isConnected = false
            do throws(LDAPFailure) {
                let connection = try LDAPConnection(settings, servers[index], until: share)
                isConnected = true
                let value = try work(connection)
                unwell.withLock { $0[index] = nil }
                return value
            } catch {
                guard error.isServer else { throw error }
                failures.append((servers[index], diagnosed(error, isConnected: isConnected, of: index, until: share)))
            }
        }
        guard let last = failures.last else { throw LDAPFailure(reason: "there is no server to ask") }
        guard failures.count > 1 else { throw last.failure }
        // Whoever of them is willing to say more than the others decides about what it means.
        let first = failures.first { !$0.failure.isUnwilling } ?? last
        throw first.failure.saying(failures.map { "\($0.server.url): \($0.failure.reason)" }.joined(separator: "; "))
    }

    /// The servers' places, the well ones first.
    private var order: [Int] {
        let unwell = unwell.withLock { unwell in
            unwell.filter { ContinuousClock.now - $0.value.since < LDAPServers.memory }
        }
        return servers.indices.filter { unwell[$0] == nil } + servers.indices.filter { unwell[$0] != nil }
    }

    /// A failure in words that say what to do, found out once in a while and only in time that is left.
    private func diagnosed(
        _ failure: LDAPFailure, isConnected: Bool, of index: Int, until deadline: LDAPDeadline
    ) -> LDAPFailure {
        let known = unwell.withLock { $0[index] }
        if let known, ContinuousClock.now - known.since < LDAPServers.memory, let diagnosis = known.diagnosis,
            diagnosis.code == failure.code
        {
            return failure.saying(diagnosis.words)
        }
        let words = LDAPDiagnosis(settings, servers[index]).words(failure, isConnected: isConnected, until: deadline)
        unwell.withLock {
            $0[index] = Unwell(since: .now, diagnosis: words.map { (failure.code, $0) })
        }
        return words.map(failure.saying) ?? failure
    }
}

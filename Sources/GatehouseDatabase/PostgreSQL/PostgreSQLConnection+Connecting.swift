private import CPostgreSQL
private import Glibc

/// Finding a server that answers, among those that an address names.
extension PostgreSQLConnection {
    /// Connects to the first host that will have us; each has the whole deadline, as with libpq's own `connect_timeout`.
    static func connect(
        _ settings: PostgreSQLSettings, _ library: LibPQ
    ) throws(DatabaseError) -> OpaquePointer {
        let hosts = PostgreSQLHosts(try library.parameters(settings), deadline: settings.connectDeadline)
        var reasons: [String] = []
        for host in hosts.candidates {
            do throws(DatabaseError) {
                return unsafe try connect(host.parameters, within: hosts.deadline, library)
            } catch {
                let reason = hosts.areSeveral ? "\(host.name): \(error)" : "\(error)"
                if !reasons.contains(reason) { reasons.append(reason) }
            }
        }
        throw .unavailable(reason: reasons.joined(separator: "; "))
    }

    private static func connect(
        _ parameters: [PostgreSQLHosts.Parameter], within limit: Duration, _ library: LibPQ
    ) throws(DatabaseError) -> OpaquePointer {
        let end = ContinuousClock.now + limit
        var keywords = CTexts()
        var values = CTexts()
        for (keyword, value) in parameters {
            keywords.append(keyword.utf8)
            values.append(value.utf8)
        }
        let handle = unsafe keywords.withPointers { keywords, _ in
            unsafe values.withPointers { values, _ in
                unsafe library.functions.pointee.connectStartParams(keywords, values, 0)
            }
        }
        guard let handle = unsafe handle else { throw .unavailable(reason: "no memory for a connection") }
        do throws(DatabaseError) {
            unsafe gatehouse_libpq_silence(library.functions, handle)
            var step = PGRES_POLLING_WRITING
            while step != PGRES_POLLING_OK {
                let isLost = unsafe library.functions.pointee.status(handle) == CONNECTION_BAD
                guard step != PGRES_POLLING_FAILED, !isLost else {
                    throw .unavailable(reason: unsafe message(handle, library))
                }
                let events = step == PGRES_POLLING_READING ? POLLIN : POLLOUT
                // The socket may be another one after each step.
                guard unsafe wait(library.functions.pointee.socket(handle), Int16(events), until: end) else {
                    throw .unavailable(reason: "PostgreSQL cannot be reached in time")
                }
                step = unsafe library.functions.pointee.connectPoll(handle)
            }
            guard unsafe library.functions.pointee.setnonblocking(handle, 1) == 0 else {
                throw .unavailable(reason: "libpq refuses to work without blocking")
            }
            return unsafe handle
        } catch {
            unsafe library.functions.pointee.finish(handle)
            throw error
        }
    }
}

import GatehouseCore
import Synchronization

@testable import GatehousePortal

/// The accounts behind `OnePersonBackend`, as far as passwords go.
final class PortalPeople: Sendable {
    private struct State {
        var account = PasswordAccount(
            id: "1", name: "alice", firstName: "Alice", lastName: "Ågren", email: "alice@example.com",
            encodedPassword: "hash-0", lastSignIn: "", isActive: true, mustChange: false)
        var error: BackendError?
        var changes = 0
    }

    private let state = Mutex(State())

    var account: PasswordAccount {
        get { state.withLock { $0.account } }
        set { state.withLock { $0.account = newValue } }
    }

    func fail(with error: BackendError?) { state.withLock { $0.error = error } }

    func update(
        email: UTF8Text? = nil, encoded: String? = nil, lastSignIn: UTF8Text? = nil, isActive: Bool? = nil,
        mustChange: Bool? = nil
    ) {
        state.withLock { state in
            let old = state.account
            state.account = PasswordAccount(
                id: old.id, name: old.name, firstName: old.firstName, lastName: old.lastName, email: email ?? old.email,
                encodedPassword: encoded ?? old.encodedPassword, lastSignIn: lastSignIn ?? old.lastSignIn,
                isActive: isActive ?? old.isActive, mustChange: mustChange ?? old.mustChange)
        }
    }

    /// What the portal is given: passwords of fewer than eight octets are refused for two reasons.
    func passwords(_ backend: OnePersonBackend) -> PeoplePasswords {
        PeoplePasswords(
            backend: backend.name, hints: ["At least eight characters.", "Not <b>your name</b>."],
            account: { [self] id async throws(BackendError) in
                let (account, error) = state.withLock { ($0.account, $0.error) }
                if let error { throw error }
                return account.id == id ? account : nil
            },
            meant: { [self] typed async throws(BackendError) in
                let (account, error) = state.withLock { ($0.account, $0.error) }
                if let error { throw error }
                return account.name.text == typed || account.email == typed ? [account] : []
            },
            change: { [self] account, password async throws(BackendError) in
                guard password.bytes.count >= 8 else { return .refused(["Too short.", "Too <simple>."]) }
                let isChanged = state.withLock { state in
                    guard state.account == account else { return false }
                    state.changes += 1
                    state.account = PasswordAccount(
                        id: account.id, name: account.name, firstName: account.firstName, lastName: account.lastName,
                        email: account.email, encodedPassword: "hash-\(state.changes)", lastSignIn: account.lastSignIn,
                        isActive: account.isActive, mustChange: false)
                    return true
                }
                guard isChanged else { return .outdated }
                backend.change(to: password)
                let changes = state.withLock { $0.changes }
                let identity = OnePersonBackend.alice.with(credential: Octets16(high: 0, low: UInt64(changes)))
                backend.become(identity)
                return .changed(identity)
            })
    }
}

/// The mails that were handed over.
final class Mails: Sendable {
    struct Mail: Equatable {
        let recipient: String
        let subject: String
        let text: String
        let life: Duration?

        /// The secret of the link in it.
        var secret: String? {
            text.firstRange(of: "/reset?token=").map { String(text[$0.upperBound...].prefix { !$0.isWhitespace }) }
        }
    }

    private let mails = Mutex<[Mail]>([])

    var all: [Mail] { mails.withLock { $0 } }

    func mail(tellsOfNewDevices: Bool) -> PortalMail {
        PortalMail(tellsOfNewDevices: tellsOfNewDevices) { [self] recipient, subject, text, life in
            mails.withLock {
                $0.append(Mail(recipient: recipient.string, subject: subject, text: text, life: life))
            }
            return true
        }
    }
}

/// The waits that the portal asked for; nobody waits.
final class Pauses: Sendable {
    private let pauses = Mutex<[Duration]>([])
    var all: [Duration] { pauses.withLock { $0 } }
    func add(_ pause: Duration) { pauses.withLock { $0.append(pause) } }
}

import GatehouseBackends
import GatehouseCore
import Synchronization

extension DatabaseBackendTests {
    /// Accounts in memory; counts nothing, keeps what is written.
    final class Users: UserStore {
        let accounts: Mutex<[UserName: Account]>
        let signIns = Mutex<[UTF8Text]>([])
        let isDown: Bool
        let refusesWrites: Bool
        /// The hash that somebody else writes while a password is being compared, once.
        let meanwhile = Mutex<String?>(nil)

        init(_ accounts: [Account], isDown: Bool = false, refusesWrites: Bool = false) {
            self.accounts = Mutex(Dictionary(accounts.map { ($0.name, $0) }) { first, _ in first })
            self.isDown = isDown
            self.refusesWrites = refusesWrites
        }

        func account(named name: UserName) async throws(BackendError) -> Account? {
            if isDown { throw .unavailable(reason: "down") }
            return accounts.withLock { $0[name] }
        }

        func person(of id: UTF8Text, backend: BackendName) async throws(BackendError) -> StoredPerson? {
            let fresh = meanwhile.withLock { fresh in
                defer { fresh = nil }
                return fresh
            }
            let account = accounts.withLock { accounts -> Account? in
                guard let account = accounts.values.first(where: { $0.id == id && $0.isActive }) else { return nil }
                guard let fresh else { return account }
                let changed = Account(id: id, name: account.name, encodedPassword: fresh, isActive: true)
                accounts[account.name] = changed
                return changed
            }
            return account.map { account in
                StoredPerson(
                    identity: Identity(user: UserReference(backend: backend, id: id), name: account.name),
                    encodedPassword: account.encodedPassword)
            }
        }

        func replacePassword(of id: UTF8Text, old: String, new: String) async throws(BackendError) -> Bool {
            if refusesWrites { throw .unavailable(reason: "read-only") }
            return accounts.withLock { accounts in
                guard let account = accounts.values.first(where: { $0.id == id }), account.encodedPassword == old else {
                    return false
                }
                accounts[account.name] = Account(
                    id: id, name: account.name, encodedPassword: new, isActive: account.isActive)
                return true
            }
        }

        func recordSignIn(of id: UTF8Text, at moment: Timestamp) async throws(BackendError) {
            if refusesWrites { throw .unavailable(reason: "read-only") }
            signIns.withLock { $0.append(id) }
        }
    }
}

internal import GatehouseCore
internal import GatehouseSessions

/// Does what a sign-in asks for, until it ends.
struct SignInSteps: Sendable {
    let backends: BackendChain
    /// The passwords that can be changed here; `nil` if there are none.
    let passwords: PeoplePasswords?
    /// Sign-ins that wait for a new password.
    let pending: SecretRecords
    let sessions: BrowserSessions
    let starts: SessionStart
    let clock: @Sendable () -> Timestamp

    /// What a person wants of a sign-in.
    struct Wish: Sendable {
        var isRemembered = false
        var destination: Destination?
        /// What belongs to a session that begins at a provider.
        var provider: ProviderProof?
    }

    /// How a sign-in ended.
    struct Result: Sendable {
        let ending: SignIn.Ending
        /// Whether something of no use lay under the session cookie's name in the browser.
        let hasStray: Bool
    }

    /// Goes the whole way of a sign-in.
    ///
    /// - Parameters:
    ///   - proof: what it begins with.
    ///   - wish: for the session.
    ///   - request: where it comes from.
    ///   - endSessions: ends the sessions from before, of somebody with a new password.
    /// - Returns: how it ended.
    func result(
        of proof: SignIn.Event, _ wish: Wish, _ request: PortalRequest,
        endSessions: () async throws(PortalError) -> Void = {}
    ) async -> Result {
        var signIn = SignIn()
        var action = signIn.take(proof)
        // Looked at before anything ends: afterwards nothing in the browser is alive.
        var hasStray: Bool?
        while true {
            let event: SignIn.Event
            do throws(PortalError) {
                switch action {
                case .end(let ending): return Result(ending: ending, hasStray: hasStray ?? false)
                case .findAccount(let identity): event = .account(try await account(of: identity))
                case .postpone(let identity, let account):
                    event = .postponed(try await postpone(identity, account, wish))
                case .endSessions:
                    hasStray = await sessions.hasStray(request)
                    try await endSessions()
                    event = .sessionsEnded
                case .start(let identity):
                    if hasStray == nil { hasStray = await sessions.hasStray(request) }
                    event = .started(try await start(identity, wish, request))
                case .readCredential(let identity): event = .credential(try await credential(of: identity))
                case .withdraw(let token):
                    await starts.withdraw(token)
                    event = .withdrawn
                }
            } catch {
                event = .failed(error)
            }
            action = signIn.take(event)
        }
    }

    // MARK: - Steps

    private func account(of identity: Identity) async throws(PortalError) -> PasswordAccount? {
        do { return try await passwords?.account(of: identity.user) } catch { throw .people(error) }
    }

    private func start(
        _ identity: Identity, _ wish: Wish, _ request: PortalRequest
    ) async throws(PortalError) -> SecretToken {
        do { return try await starts.start(identity, wish.isRemembered, wish.provider, request) } catch {
            throw .sessions(error)
        }
    }

    /// What the person's password comes to by now; `nil` if nothing is known of it, or of them.
    private func credential(of identity: Identity) async throws(PortalError) -> Octets16? {
        do { return try await backends.identity(of: identity.user, known: identity)?.credential } catch {
            throw .people(error)
        }
    }

    private func postpone(
        _ identity: Identity, _ account: PasswordAccount, _ wish: Wish
    ) async throws(PortalError) -> SecretToken {
        let now = clock()
        do {
            let content = SecretContent(
                user: identity.user, name: account.name, state: try account.linkDigest,
                isRemembered: wish.isRemembered, destination: UTF8Text(wish.destination?.address.text ?? ""),
                endsAt: now.advanced(by: PortalCookies.preSessionAge))
            return try await pending.make(content, now: now)
        } catch {
            throw .sessions(error)
        }
    }
}

package import GatehouseCore

/// `[sessions]`: where sessions are kept and how long they last.
package struct SessionsTable: Sendable {
    package let store: SessionStoreLocation
    /// What every key of the store starts with.
    package let prefix: String
    package let limits: SessionLimits
    /// The limits of people who asked to be remembered.
    package let rememberedLimits: SessionLimits
    /// The most sessions of one person; the oldest one ends when another begins.
    package let perUser: Int
    /// The most octets that checks keep of what they read from Redis, in all event loops together; 0 for asking each time.
    package let cache: Int
    /// How long checks go by what they kept while Redis gives no answer.
    package let grace: Duration

    /// `nil` after a problem with `store`.
    ///
    /// `permissions` are the permission bits of the configuration file.
    init?(_ table: TableReader, _ secrets: SecretReader, permissions: UInt32) {
        let store = SessionsTable.store(table, secrets, permissions: permissions)
        prefix = SessionsTable.prefix(table)
        limits = SessionsTable.limits(table, idle: "idle", absolute: "absolute", default: .standard)
        rememberedLimits = SessionsTable.limits(
            table, idle: "remember_idle", absolute: "remember_absolute", default: .remembered)
        perUser = table.integer("per_user", in: 1...1_000)?.value ?? 10
        cache = table.size("cache", in: 0...(4 << 30))?.value ?? SessionsTable.standardCache
        let grace = table.duration("grace", in: .zero ... .seconds(600))
        self.grace = grace?.value ?? .zero
        if let grace, grace.value > .zero, cache == 0 {
            table.log.add(
                grace.place, grace.key, "needs \(table.key("cache")), which is 0KiB: it goes by what is kept there")
        }
        table.finish()
        guard let store else { return nil }
        self.store = store
    }

    /// Some 150,000 sessions.
    private static let standardCache = 64 << 20

    private static func limits(
        _ table: TableReader, idle: String, absolute: String, default standard: SessionLimits
    ) -> SessionLimits {
        let range = Duration.seconds(1)...Duration.seconds(365 * 86_400)
        let foundIdle = table.duration(idle, in: range)
        let foundAbsolute = table.duration(absolute, in: range)
        let limits = SessionLimits(
            idle: foundIdle?.value ?? standard.idle, absolute: foundAbsolute?.value ?? standard.absolute)
        let writtenIdle = table.value(idle)
        let writtenAbsolute = table.value(absolute)
        let isBroken = foundIdle == nil && writtenIdle != nil || foundAbsolute == nil && writtenAbsolute != nil
        if limits.idle > limits.absolute, !isBroken {
            let seenIdle = writtenIdle?.seen ?? Shown.text(TimeText.text(limits.idle))
            let seenAbsolute = writtenAbsolute?.seen ?? Shown.text(TimeText.text(limits.absolute))
            table.log.add(
                writtenIdle?.place ?? writtenAbsolute?.place ?? table.place, table.key(idle),
                "must not exceed \(table.key(absolute)), is \(seenIdle) (\(absolute) is \(seenAbsolute))")
        }
        return limits
    }

    private static func prefix(_ table: TableReader) -> String {
        guard let text = table.string("prefix") else { return "gh:" }
        let isSound = text.value.utf8.allSatisfy { ASCII.isAlphanumeric($0) || ":._-".utf8.contains($0) }
        guard isSound, (1...32).contains(text.value.utf8.count) else {
            table.log.add(text, "must have 1 to 32 letters, digits or : . _ -, is \(text.seen)")
            return "gh:"
        }
        return text.value
    }

    private static func store(
        _ table: TableReader, _ secrets: SecretReader, permissions: UInt32
    ) -> SessionStoreLocation? {
        let username = table.string("username")
        let password = table.secretText("password").map { ($0, secrets.secret($0)) }
        let sentinelUsername = table.string("sentinel_username")
        let sentinelPassword = table.secretText("sentinel_password").map { ($0, secrets.secret($0)) }
        let text = table.secretText("store")
        if text == nil, table.value("store") != nil { return nil }
        guard let text, !SQLiteLocation.isMeant(text.value) else {
            for key in [username, password?.0, sentinelUsername, sentinelPassword?.0].compactMap(\.self) {
                table.log.add(key, "is for Redis, but \(table.key("store")) is a file")
            }
            return sqlite(text, table, secrets.folders)
        }
        var redis: RedisLocation
        do { redis = try RedisLocation(text.value) } catch {
            table.log.add(text, "\(error.reason), is \(Shown.text(RedisLocation.withoutSecrets(text.value)))")
            return nil
        }
        if redis.password != nil, permissions & 0o007 != 0, case .file = text.place {
            table.log.warn(
                text.place, text.key,
                "holds a password, and everybody can read this file; use sessions.password = \"file:…\"")
        }
        if let (reference, secret) = password {
            if redis.password != nil { table.log.add(reference, "must not be set: \(text.key) has a password already") }
            redis.isPasswordApart = true
            redis.password = secret
        }
        if let username {
            if redis.username != nil { table.log.add(username, "must not be set: \(text.key) has a user already") }
            redis.username = username.value
        }
        if redis.username != nil, redis.password == nil, password == nil {
            table.log.add(username?.place ?? text.place, table.key("username"), "needs sessions.password, too")
        }
        if case .server = redis.place {
            for key in [sentinelUsername, sentinelPassword?.0].compactMap(\.self) {
                table.log.add(key, "is for \"redis+sentinel://…\", but \(table.key("store")) names a server")
            }
        }
        if let sentinelUsername, sentinelPassword == nil {
            table.log.add(sentinelUsername, "needs sessions.sentinel_password, too")
        }
        redis.sentinelUsername = sentinelUsername?.value
        redis.sentinelPassword = sentinelPassword?.1
        return .redis(redis)
    }

    /// The file; the standard one without a text.
    private static func sqlite(_ text: Found<String>?, _ table: TableReader, _ folders: BaseFolders)
        -> SessionStoreLocation?
    {
        guard let text else { return .sqlite(path: TextFile.resolve(SQLiteLocation.standardFile, in: folders.data)) }
        guard let path = SQLiteLocation.path(text.value, in: folders.folder(for: text.place)) else {
            table.log.add(
                text, "must be \"sqlite:\" and the path of a file, like \"sqlite:gatehouse.db\", is \(text.seen)")
            return nil
        }
        return .sqlite(path: path)
    }
}

/// A store of sessions that can be opened.
package enum SessionStoreLocation: Sendable {
    case redis(RedisLocation)
    /// The embedded store; a relative path of the configuration was counted from the configuration's folder.
    case sqlite(path: String)
}

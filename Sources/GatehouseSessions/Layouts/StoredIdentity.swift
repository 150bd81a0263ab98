package import GatehouseCore

/// The identity record that all sessions of a user share.
package struct StoredIdentity: RecordLayout {
    package let identity: Identity
    /// Sessions made under an earlier epoch have ended.
    package let epoch: UInt64
    /// When the backend was last asked.
    package let readAt: Timestamp

    package init(identity: Identity, epoch: UInt64, readAt: Timestamp) {
        self.identity = identity
        self.epoch = epoch
        self.readAt = readAt
    }

    /// 1 had no grants on objects and no credential: such a record is none, and its sessions have ended.
    package static let versions: ClosedRange<UInt8> = 2...versionWithTyped
    /// With what was typed to sign in at the end.
    ///
    /// Records without that stay as they were, so that instances of the version before can read them while they are replaced.
    private static let versionWithTyped: UInt8 = 3

    package func encoded() throws(SessionError) -> [UInt8] {
        let typed = identity.typed
        var writer = LayoutWriter(version: typed == nil ? 2 : StoredIdentity.versionWithTyped)
        writer.write(epoch)
        writer.write(readAt)
        try writer.write(identity.user.backend.text)
        try writer.write(identity.user.id)
        try writer.write(identity.name.text)
        try writer.write(identity.displayName)
        try writer.write(identity.email)
        writer.write(identity.isStaff)
        writer.write(identity.isSuperuser)
        try writer.write(identity.groups)
        try writer.write(identity.permissions)
        try writer.write(identity.objectGrants)
        writer.write(identity.credential)
        if let typed { try writer.write(typed) }
        return writer.bytes
    }

    package init?(decoding bytes: [UInt8]) {
        guard var reader = LayoutReader(bytes, StoredIdentity.versions), let epoch = reader.integer(),
            let readAt = reader.timestamp(), let backend = reader.text(), let id = reader.text(),
            let name = reader.text(), let displayName = reader.text(), let email = reader.text(),
            let isStaff = reader.flag(), let isSuperuser = reader.flag(),
            let groups: [GroupName] = reader.names(), let permissions: [PermissionName] = reader.names(),
            let objectGrants = reader.grants(), let credential = reader.credential()
        else { return nil }
        let hasTyped = reader.version >= StoredIdentity.versionWithTyped
        let typed = hasTyped ? reader.text() : nil
        guard (typed != nil) == hasTyped, reader.isFinished else { return nil }
        self.init(
            identity: Identity(
                user: UserReference(backend: BackendName(backend), id: id), name: UserName(name),
                displayName: displayName, email: email, isStaff: isStaff, isSuperuser: isSuperuser, groups: groups,
                permissions: permissions, objectGrants: objectGrants, credential: credential.value,
                typed: typed),
            epoch: epoch, readAt: readAt)
    }
}

extension Session: RecordLayout {
    package static let versions: ClosedRange<UInt8> = 1...versionWithProof
    /// With the moment of the person's proof at the end.
    ///
    /// Only a sign-in at a provider has another one than the session's own, and no release before knew any: so it is written at
    /// once, and every other session stays as it was.
    private static let versionWithProof: UInt8 = 2

    package func encoded() throws(SessionError) -> [UInt8] {
        var writer = LayoutWriter(version: provenAt == nil ? 1 : Session.versionWithProof)
        writer.write(signedInAt)
        writer.write(lastSeen)
        writer.write(limits.idle)
        writer.write(limits.absolute)
        writer.write(isRemembered)
        writer.write(epoch)
        try writer.write(user.backend.text)
        try writer.write(user.id)
        if let provenAt { writer.write(provenAt) }
        return writer.bytes
    }

    package init?(decoding bytes: [UInt8]) {
        guard var reader = LayoutReader(bytes, Session.versions), let signedInAt = reader.timestamp(),
            let lastSeen = reader.timestamp(), let idle = reader.duration(), let absolute = reader.duration(),
            let isRemembered = reader.flag(), let epoch = reader.integer(), let backend = reader.text(),
            let id = reader.text()
        else { return nil }
        let hasProof = reader.version >= Session.versionWithProof
        let provenAt = hasProof ? reader.timestamp() : nil
        guard (provenAt != nil) == hasProof, reader.isFinished else { return nil }
        self.init(
            user: UserReference(backend: BackendName(backend), id: id), signedInAt: signedInAt, lastSeen: lastSeen,
            limits: SessionLimits(idle: idle, absolute: absolute), isRemembered: isRemembered, epoch: epoch,
            provenAt: provenAt)
    }
}

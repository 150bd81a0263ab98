package import GatehouseCore

/// What is kept beside a session that began at a provider of third-party sign-in.
///
/// A record of its own under the session's name: checks never read it, and it goes with the session.
package struct ProviderRecord: RecordLayout {
    /// The provider's name in the configuration.
    package let provider: UTF8Text
    package let issuer: UTF8Text
    package let subject: UTF8Text
    /// How the person proved who they are, as the provider says it (RFC 8176).
    package let methods: [UTF8Text]
    /// How sure the provider is of it (`acr`).
    package let contextClass: UTF8Text?
    /// The provider's own session (`sid`); `nil` if it does not tell.
    package let session: UTF8Text?
    /// When the provider last said that the person is still there.
    package let checkedAt: Timestamp
    /// `nil` if the provider gave none, or more than a record holds.
    package let tokens: Tokens?

    /// What the provider is asked with; nothing shows them.
    package struct Tokens: Equatable, Sendable, CustomStringConvertible, CustomReflectable {
        /// Empty if there was no room for it: the refresh token brings another one.
        package let access: UTF8Text
        package let refresh: UTF8Text?
        /// The hint for signing out there.
        package let id: UTF8Text?
        package let accessExpiresAt: Timestamp?

        package init(access: UTF8Text, refresh: UTF8Text?, id: UTF8Text?, accessExpiresAt: Timestamp?) {
            self.access = access
            self.refresh = refresh
            self.id = id
            self.accessExpiresAt = accessExpiresAt
        }

        package var description: String { "<redacted>" }
        package var customMirror: Mirror { Mirror(self, children: []) }
    }

    package init(
        provider: UTF8Text, issuer: UTF8Text, subject: UTF8Text, methods: [UTF8Text] = [],
        contextClass: UTF8Text? = nil, session: UTF8Text? = nil, checkedAt: Timestamp, tokens: Tokens?
    ) {
        self.provider = provider
        self.issuer = issuer
        self.subject = subject
        self.methods = methods
        self.contextClass = contextClass
        self.session = session
        self.checkedAt = checkedAt
        self.tokens = tokens
    }

    /// The same after the provider was asked again.
    package func checked(at moment: Timestamp, tokens: Tokens?) -> ProviderRecord {
        ProviderRecord(
            provider: provider, issuer: issuer, subject: subject, methods: methods, contextClass: contextClass,
            session: session, checkedAt: moment, tokens: tokens)
    }

    /// The same with less: first without the hint, then with nothing but the refresh token, by which the access token comes again,
    /// then without any; `nil` if there is nothing left to leave out.
    var smaller: ProviderRecord? {
        guard let tokens else { return nil }
        var rest: Tokens?
        if tokens.id != nil {
            rest = Tokens(
                access: tokens.access, refresh: tokens.refresh, id: nil, accessExpiresAt: tokens.accessExpiresAt)
        } else if let refresh = tokens.refresh, !tokens.access.isEmpty {
            rest = Tokens(access: "", refresh: refresh, id: nil, accessExpiresAt: nil)
        }
        return checked(at: checkedAt, tokens: rest)
    }

    package static let versions: ClosedRange<UInt8> = 1...1

    package func encoded() throws(SessionError) -> [UInt8] {
        var writer = LayoutWriter(version: 1)
        try writer.write(provider)
        try writer.write(issuer)
        try writer.write(subject)
        try writer.write(methods)
        try writer.write(optional: contextClass)
        try writer.write(optional: session)
        writer.write(checkedAt)
        writer.write(tokens != nil)
        guard let tokens else { return writer.bytes }
        try writer.write(tokens.access)
        try writer.write(optional: tokens.refresh)
        try writer.write(optional: tokens.id)
        writer.write(tokens.accessExpiresAt != nil)
        if let moment = tokens.accessExpiresAt { writer.write(moment) }
        return writer.bytes
    }

    package init?(decoding bytes: [UInt8]) {
        guard var reader = LayoutReader(bytes, ProviderRecord.versions), let provider = reader.text(),
            let issuer = reader.text(), let subject = reader.text(), let methods = reader.texts(),
            let contextClass = reader.optionalText(), let session = reader.optionalText(),
            let checkedAt = reader.timestamp(), let hasTokens = reader.flag()
        else { return nil }
        var tokens: Tokens?
        if hasTokens {
            guard let access = reader.text(), let refresh = reader.optionalText(), let id = reader.optionalText(),
                let hasEnd = reader.flag()
            else { return nil }
            let end = hasEnd ? reader.timestamp() : nil
            guard (end != nil) == hasEnd else { return nil }
            tokens = Tokens(access: access, refresh: refresh.text, id: id.text, accessExpiresAt: end)
        }
        guard reader.isFinished else { return nil }
        self.init(
            provider: provider, issuer: issuer, subject: subject, methods: methods, contextClass: contextClass.text,
            session: session.text, checkedAt: checkedAt, tokens: tokens)
    }
}

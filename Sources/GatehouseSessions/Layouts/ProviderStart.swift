package import GatehouseCore

/// A sign-in that was begun at a provider: everything of it until the browser is back.
package struct ProviderStart: SingleUseContent {
    /// What somebody is sent there for; one that was begun for something is of no use for anything else.
    package enum Purpose: UInt64, Sendable, CaseIterable {
        case signIn = 0
        /// To link what is there to the account of somebody who is signed in.
        case link = 1
        /// To prove once more who is signed in.
        case stepUp = 2
    }

    package let purpose: Purpose
    /// The provider's name.
    package let provider: UTF8Text
    /// What the provider is asked with, and answers to.
    package let exchange: StartedSignIn
    /// Whose browser it is: a digest of its cookie without a session, or, beyond a sign-in, the id of its session.
    package let browser: [UInt8]
    /// Where the person goes afterwards; empty for nowhere in particular.
    package let destination: UTF8Text
    /// Who has to come back, to prove it once more: the subject at the provider; empty for anybody.
    package let subject: UTF8Text
    /// Whether the provider was asked before, and wanted to ask the person.
    package let isRepeated: Bool
    /// What a provider told of the person's name beside its answer; empty for nothing.
    package let told: UTF8Text
    package let endsAt: Timestamp

    /// How long somebody may be away.
    package static let lifetime = Duration.seconds(600)

    package init(
        _ purpose: Purpose, at provider: UTF8Text, _ exchange: StartedSignIn, browser: [UInt8],
        destination: UTF8Text = "", subject: UTF8Text = "", isRepeated: Bool = false, told: UTF8Text = "",
        endsAt: Timestamp
    ) {
        self.purpose = purpose
        self.provider = provider
        self.exchange = exchange
        self.browser = browser
        self.destination = destination
        self.subject = subject
        self.isRepeated = isRepeated
        self.told = told
        self.endsAt = endsAt
    }

    /// The same with what the provider told beside its answer.
    package func with(told: UTF8Text) -> ProviderStart {
        ProviderStart(
            purpose, at: provider, exchange, browser: browser, destination: destination, subject: subject,
            isRepeated: isRepeated, told: told, endsAt: endsAt)
    }

    package static let versions: ClosedRange<UInt8> = 1...1

    package func encoded() throws(SessionError) -> [UInt8] {
        var writer = LayoutWriter(version: 1)
        writer.write(endsAt)
        writer.write(purpose.rawValue)
        try writer.write(provider)
        try writer.write(exchange.issuer)
        try writer.write(exchange.redirectURI)
        try writer.write(octets: exchange.nonce.octets)
        try writer.write(octets: exchange.verifier.octets)
        writer.write(exchange.maxAge != nil)
        if let maxAge = exchange.maxAge { writer.write(maxAge) }
        writer.write(exchange.startedAt)
        try writer.write(octets: browser)
        try writer.write(destination)
        try writer.write(subject)
        writer.write(isRepeated)
        try writer.write(told)
        return writer.bytes
    }

    package init?(decoding bytes: [UInt8]) {
        guard var reader = LayoutReader(bytes, ProviderStart.versions), let endsAt = reader.timestamp(),
            let purpose = reader.integer().flatMap(Purpose.init(rawValue:)), let provider = reader.text(),
            let exchange = StartedSignIn(&reader), let browser = reader.octets(), let destination = reader.text(),
            let subject = reader.text(), let isRepeated = reader.flag(), let told = reader.text(), reader.isFinished
        else { return nil }
        self.init(
            purpose, at: provider, exchange, browser: browser, destination: destination, subject: subject,
            isRepeated: isRepeated, told: told, endsAt: endsAt)
    }
}

extension StartedSignIn {
    fileprivate init?(_ reader: inout LayoutReader) {
        guard let issuer = reader.text(), let redirectURI = reader.text(),
            let nonce = reader.octets().flatMap(SecretToken.init(octets:)),
            let verifier = reader.octets().flatMap(SecretToken.init(octets:)), let hasMaxAge = reader.flag()
        else { return nil }
        let maxAge = hasMaxAge ? reader.duration() : nil
        guard (maxAge != nil) == hasMaxAge, let startedAt = reader.timestamp() else { return nil }
        self.init(
            issuer: issuer, redirectURI: redirectURI, nonce: nonce, verifier: verifier, maxAge: maxAge,
            startedAt: startedAt)
    }
}

internal import GatehouseCore
internal import GatehouseOIDC

/// What people have to do with providers on the page about their own account.
struct OwnIdentities: Sendable {
    let accounts: any ExternalAccounts
    /// In the order of the configuration.
    let providers: [Provider]
    /// Whether a password is a way in as well.
    let takesPasswords: Bool

    init(_ federation: Federation) {
        accounts = federation.accounts
        takesPasswords = federation.takesPasswords
        providers = federation.gates.map(\.provider)
    }

    /// What people read of a provider, also of one that the configuration has forgotten.
    func title(of identity: LinkedIdentity) -> UTF8Text {
        if let provider = providers.first(where: { $0.issuer == identity.subject.issuer.string }) {
            return provider.title
        }
        return identity.provider.isEmpty ? identity.subject.issuer : identity.provider
    }

    /// The providers of which an account is not linked to anybody, and may be.
    func linkable(beside identities: [LinkedIdentity]) -> [Provider] {
        let taken = Set(identities.map(\.subject.issuer.string))
        return providers.filter { $0.accounts.mode != .none && !taken.contains($0.issuer) }
    }
}

/// The identities elsewhere that an account is linked to, with the buttons that link and unlink.
struct WaysIn: Sendable {
    let settings: PortalSettings
    let titles: OwnIdentities
    let identities: [LinkedIdentity]
    /// Where linking begins, for each provider that can be linked.
    let links: [(title: UTF8Text, link: Link)]
    /// Whether the person signed in a moment ago: nothing is changed here otherwise.
    let isFresh: Bool
    let token: String
    let now: Timestamp

    @HTMLBuilder var html: HTML {
        if !identities.isEmpty || !links.isEmpty {
            tag("section", Attribute("aria-labelledby", "ways")) {
                "<h2 id=\"ways\">Ways to sign in</h2>"
                if identities.isEmpty {
                    tag("p", .class("soft")) { "No account elsewhere is linked to this one." }
                } else {
                    tag("ul", .class("sessions")) { for identity in identities { item(identity) } }
                }
                if isFresh {
                    for (title, link) in links {
                        tag("a", .class("button plain"), .href(link)) {
                            "Link "
                            HTML.name(title)
                        }
                    }
                } else {
                    tag("p", .class("soft")) { "To link or unlink, sign in again first: that was a while ago." }
                    tag("a", .class("button plain"), .href(again)) { "Sign in again" }
                }
            }
        }
    }

    private var again: Link {
        let here = settings.returnAddress(Array("\(settings.address.prefix)\(Place.account.path)".utf8))
        return Link(
            .signIn, of: settings.address, returningTo: here.map { Destination($0) }, switchesUser: true)
    }

    private func item(_ identity: LinkedIdentity) -> HTML {
        let title = titles.title(of: identity)
        let person = identity.email.isEmpty ? identity.name : identity.email
        return tag("li") {
            tag("div") {
                tag("strong") { HTML.name(title) }
                if !person.isEmpty { tag("p", .class("soft")) { HTML.name(person) } }
                tag("p", .class("soft")) {
                    "Linked "
                    TimeWords.ago(now.since(identity.createdAt))
                    if let used = identity.lastUsedAt {
                        ", last used "
                        TimeWords.ago(now.since(used))
                    } else {
                        ", not used yet"
                    }
                }
            }
            if isFresh {
                tag("form", Attribute("method", "post"), .action(Link(.accountIdentities, of: settings.address))) {
                    Field.hidden("token", token)
                    Field.hidden("issuer", identity.subject.issuer.string)
                    Field.hidden("subject", identity.subject.subject.string)
                    tag("button", .class("plain"), Attribute("type", "submit")) {
                        "Unlink"
                        tag("span", .class("unseen")) {
                            " "
                            HTML.name(title)
                        }
                    }
                }
            }
        }
    }
}

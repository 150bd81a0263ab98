internal import GatehouseCore
internal import GatehouseOIDC

/// The providers on the sign-in page: links, since a browser blocks what a form leads to elsewhere.
struct ProviderButtons: Sendable {
    let settings: PortalSettings
    private let logos: [ProviderName: StaticFile]
    /// In the order in which they are shown.
    private let providers: [Provider]
    /// The first one, if this browser was signed in by it before.
    private let last: ProviderName?
    /// Whether there is a form above them.
    let areBelowForm: Bool

    /// The one that was used last comes first; all others stay in the order of the configuration.
    init(_ federation: Federation, _ settings: PortalSettings, last: ProviderName?) {
        self.settings = settings
        areBelowForm = federation.takesPasswords
        logos = federation.logos
        let all = federation.gates.map(\.provider)
        self.last = last
        providers = all.filter { $0.name == last } + all.filter { $0.name != last }
    }

    private var isTheOnlyWay: Bool { !areBelowForm && providers.count == 1 }

    @HTMLBuilder func html(returningTo destination: Destination?) -> HTML {
        if areBelowForm { "<p class=\"or\"><span>or</span></p>" }
        tag("ul", .class("ways")) {
            for provider in providers {
                tag("li") {
                    tag(
                        "a", isTheOnlyWay ? .class("button way") : .class("button plain way"),
                        .href(Link(.provider(provider.name), of: settings.address, returningTo: destination))
                    ) {
                        sign(of: provider)
                        tag("span") {
                            "Continue with "
                            HTML.name(provider.title)
                        }
                        if provider.name == last { "<small>Last used</small>" }
                    }
                }
            }
        }
    }

    /// What stands before the name: the operator's picture, which says nothing that the name does not say.
    private func sign(of provider: Provider) -> HTML {
        guard let logo = logos[provider.name] else { return ProviderButtons.mark(provider.title) }
        return tag(
            "img", .src(Link(file: logo, of: settings.address)), Attribute("alt", ""), Attribute("width", "24"),
            Attribute("height", "24"))
    }

    /// A tile with the first letter: nobody's trademark, and no request for a picture.
    static func mark(_ title: UTF8Text) -> HTML {
        var html: HTML = """
            <svg width="24" height="24" viewBox="0 0 24 24" aria-hidden="true" focusable="false">\
            <rect width="24" height="24" rx="7"/><text x="12" y="12" text-anchor="middle" dominant-baseline="central">
            """
        html.append(HTML.text(title.string.first.map { String($0).uppercased() } ?? "?"))
        html.append("</text></svg>")
        return html
    }
}

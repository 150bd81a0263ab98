internal import GatehouseCore

/// A whole page: what is on it, and whether it leads on by itself.
struct Page: Sendable {
    let title: StaticString
    let content: HTML
    /// Whether it tells of something that went wrong with a form: said in the title, which is read out first.
    let isError: Bool
    /// Whether the page is shown under the host of an application.
    let isForeign: Bool
    /// Where the page leads by itself; its content holds the same as a link with the id `onward`.
    let onward: Link?
    /// Whether a request is named as an error: somebody who may not open a page has made none.
    var isFault = true
    /// What stands at the end of a page about an error; `nil` for every other page.
    var reference: Reference?

    /// By what an error is found again in the log.
    struct Reference: Sendable {
        let status: Int
        /// What the request is called.
        let request: String
    }

    init(
        _ title: StaticString, isForeign: Bool = false, isError: Bool = false, onward: Link? = nil,
        @HTMLBuilder content: () -> HTML
    ) {
        self.title = title
        self.content = content()
        self.isForeign = isForeign
        self.isError = isError
        self.onward = onward
    }

    /// The page's octets.
    func rendered(_ settings: PortalSettings) -> [UInt8] {
        let portal = settings.address
        return document(settings) {
            tag(
                "link", Attribute("rel", "stylesheet"),
                .href(Link(file: .styleSheet, of: portal, isAbsolute: isForeign)))
            tag(
                "link", Attribute("rel", "icon"), Attribute("type", "image/svg+xml"),
                .href(Link(file: .mark, of: portal, isAbsolute: isForeign)))
        } mark: {
            tag(
                "img", .src(Link(file: .mark, of: portal, isAbsolute: isForeign)), Attribute("alt", ""),
                Attribute("width", "36"), Attribute("height", "36"))
        }
    }

    /// The page's octets with style and mark inside, for a proxy that passes on nothing but this one answer.
    func renderedAlone(_ settings: PortalSettings) -> [UInt8] {
        document(settings) {
            "<style>"
            StyleSheet.markup
            "</style>"
        } mark: {
            Mark.markup
        }
    }

    private func document(
        _ settings: PortalSettings, @HTMLBuilder head: () -> HTML, @HTMLBuilder mark: () -> HTML
    ) -> [UInt8] {
        var html: HTML = "<!doctype html>\n"
        html.append(
            tag("html", Attribute("lang", "en")) {
                tag("head") {
                    """
                    <meta charset="utf-8">
                    <meta name="viewport" content="width=device-width, initial-scale=1">
                    <meta name="color-scheme" content="light dark">
                    <meta name="theme-color" media="(prefers-color-scheme: light)" content="#ffffff">
                    <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#181b21">
                    <meta name="robots" content="noindex">

                    """
                    tag("title") {
                        if isError { "Error: " }
                        HTML(stringLiteral: title)
                        " · "
                        HTML.text(settings.title)
                    }
                    head()
                    if let onward {
                        // With scripts, the file at the end goes on and keeps the fragment; both at once would race.
                        tag("noscript") { tag("meta", Attribute("http-equiv", "refresh"), .refresh(onward)) }
                    }
                }
                tag("body") {
                    tag("main") {
                        tag("p", .class("brand")) {
                            mark()
                            tag("span") { HTML.text(settings.title) }
                        }
                        tag("div", .class("card")) {
                            content
                            if let reference {
                                tag("p", .class("code")) {
                                    if isFault { HTML.text("Error \(reference.status), request ") } else { "Request " }
                                    tag("code") { HTML.text(reference.request) }
                                }
                            }
                        }
                    }
                    if onward != nil {
                        tag("script", .src(Link(file: .onward, of: settings.address))) { "" }
                    }
                }
            })
        html.append("\n")
        return html.bytes
    }
}

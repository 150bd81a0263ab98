/// Why a request got no page of its own.
enum Problem: Sendable, CaseIterable {
    case badRequest
    case forbidden
    case notAdmitted
    case notFound
    case methodNotAllowed
    case tooLarge
    case addressTooLong
    case notAForm
    case otherHost
    case failed
    case tooMany
    case unavailable
    case sessionsGoOn

    var status: Int {
        switch self {
        case .badRequest: 400
        case .forbidden, .notAdmitted: 403
        case .notFound: 404
        case .methodNotAllowed: 405
        case .tooLarge: 413
        case .addressTooLong: 414
        case .notAForm: 415
        case .otherHost: 421
        case .failed: 500
        case .tooMany, .unavailable, .sessionsGoOn: 503
        }
    }

    /// Whether whoever answers with it has written a line about the request already.
    var hasLine: Bool {
        switch self {
        case .forbidden, .notAdmitted, .unavailable, .sessionsGoOn: true
        case .badRequest, .notFound, .methodNotAllowed, .tooLarge, .addressTooLong, .notAForm, .otherHost, .failed,
            .tooMany:
            false
        }
    }

    private var title: StaticString {
        switch self {
        case .badRequest: "That request was not understood"
        case .forbidden: "That did not come from this site"
        case .notAdmitted: "This site does not know you"
        case .notFound: "There is no such page"
        case .methodNotAllowed: "That does not work here"
        case .tooLarge: "That was too much"
        case .addressTooLong: "That address is too long"
        case .notAForm: "That is not a form"
        case .otherHost: "Wrong address"
        case .failed: "Something went wrong"
        case .tooMany: "Too much at once"
        case .unavailable: "Not available at the moment"
        case .sessionsGoOn: "Your password is changed"
        }
    }

    @HTMLBuilder private func explanation(_ settings: PortalSettings) -> HTML {
        switch self {
        case .badRequest: "What your browser sent could not be read. Nothing was changed."
        case .forbidden: "The request was sent from another site, so it was refused. Nothing was changed."
        case .notAdmitted:
            "You were recognised before you came here, but there is no active account for you on this site."
        case .notFound: "The address may have been mistyped, or the link that led here is out of date."
        case .methodNotAllowed: "This page cannot be used in that way. Nothing was changed."
        case .tooLarge: "What your browser sent is larger than any form of this site. Nothing was changed."
        case .addressTooLong: "It is longer than any address of this site. Nothing was changed."
        case .notAForm: "This page takes form data only. Nothing was changed."
        case .otherHost:
            "Your browser asked for an address that is not set up here. The sign-in page of this site is "
            tag("strong") { HTML.text(settings.address.description) }
            "."
        case .failed: "The fault is on our side and has been logged. Please try again later."
        case .tooMany:
            "Many forms are on their way from your network right now. Please try again in a moment; nothing was changed."
        case .unavailable: "A part of this site does not answer. Please try again in a moment; nothing was changed."
        case .sessionsGoOn:
            """
            The new password counts from now on. But a part of this site does not answer, so that you are not signed out \
            elsewhere yet: that follows by itself soon after it is back.
            """
        }
    }

    /// When to turn to somebody, in front of "ask …".
    private var askingWhen: HTML {
        switch self {
        case .notAdmitted: "If you should have one, ask "
        case .notFound: "If a page of this site led here, tell "
        case .otherHost: "If a page of this site led here, tell "
        case .badRequest, .forbidden, .methodNotAllowed, .tooLarge, .addressTooLong, .notAForm, .failed, .tooMany,
            .unavailable, .sessionsGoOn:
            "If it stays like this, tell "
        }
    }

    func page(_ settings: PortalSettings) -> Page {
        Page(title, isForeign: self == .otherHost) {
            tag("h1") { HTML(stringLiteral: title) }
            tag("p", .class("soft")) { explanation(settings) }
            tag("p", .class("soft")) {
                askingWhen
                settings.contactPhrase
                "."
            }
            if self == .otherHost {
                tag("a", .class("button"), .href(Link(.signIn, of: settings.address, isAbsolute: true))) {
                    "Go to the sign-in page"
                }
            } else if offersWayBack {
                tag("a", .class("button"), .href(Link(.account, of: settings.address))) { "Go to your account" }
            }
        }
    }

    private var offersWayBack: Bool {
        switch self {
        case .otherHost, .tooMany, .unavailable, .failed, .notAdmitted, .sessionsGoOn: false
        case .badRequest, .forbidden, .notFound, .methodNotAllowed, .tooLarge, .addressTooLong, .notAForm: true
        }
    }
}

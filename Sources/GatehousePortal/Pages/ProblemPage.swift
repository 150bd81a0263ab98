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
        case .unavailable, .sessionsGoOn: 503
        }
    }

    private var title: StaticString {
        switch self {
        case .badRequest: "That request was not understood"
        case .forbidden: "That did not come from this site"
        case .notAdmitted: "You have no account here"
        case .notFound: "There is no such page"
        case .methodNotAllowed: "That does not work here"
        case .tooLarge: "That was too much"
        case .addressTooLong: "That address is too long"
        case .notAForm: "That is not a form"
        case .otherHost: "Wrong address"
        case .failed: "Something went wrong"
        case .unavailable: "Not available at the moment"
        case .sessionsGoOn: "Your password is changed"
        }
    }

    private var explanation: HTML {
        switch self {
        case .badRequest: "What your browser sent could not be read. Nothing was changed."
        case .forbidden: "The request was sent from another site, so it was refused. Nothing was changed."
        case .notAdmitted:
            """
            You were recognised before you came here, but there is no active account for you. Ask the people who look after \
            this site.
            """
        case .notFound: "The address may have been mistyped."
        case .methodNotAllowed: "This page cannot be used in that way. Nothing was changed."
        case .tooLarge: "What your browser sent is larger than any form of this site. Nothing was changed."
        case .addressTooLong: "Nothing was changed."
        case .notAForm: "This page takes form data only. Nothing was changed."
        case .otherHost: "This sign-in page does not belong to the address that your browser asked for."
        case .failed: "The fault is on our side and has been logged. Please try again later."
        case .unavailable: "A part of this site does not answer. Please try again in a moment; nothing was changed."
        case .sessionsGoOn:
            """
            The new password counts from now on. But a part of this site does not answer, so that you are not signed out \
            elsewhere yet: that follows by itself soon after it is back.
            """
        }
    }

    func page(_ settings: PortalSettings) -> Page {
        Page(title, isForeign: self == .otherHost) {
            tag("h1") { HTML(stringLiteral: title) }
            tag("p", .class("soft")) { explanation }
            if offersWayBack {
                tag("a", .class("button"), .href(Link(.account, of: settings.address))) { "Go to your account" }
            }
            tag("p", .class("code")) {
                "Error "
                HTML.text("\(status)")
            }
        }
    }

    private var offersWayBack: Bool {
        switch self {
        case .otherHost, .unavailable, .failed, .notAdmitted, .sessionsGoOn: false
        default: true
        }
    }
}

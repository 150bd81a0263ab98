internal import GatehouseCore

/// The headers that keep a browser from doing with our pages what they are not for.
enum SecurityHeaders {
    /// The headers of an answer; under a host that is not the portal's, its transport rules are not ours to set.
    static func fields(
        for body: Reply.Body, _ settings: PortalSettings, isOwnHost: Bool, hidesAddress: Bool = false
    ) -> [(name: StaticString, value: String)] {
        var fields: [(name: StaticString, value: String)] = [
            ("Content-Security-Policy", contentPolicy(for: body, settings.address.origin)),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", hidesAddress ? "no-referrer" : "same-origin"),
            ("X-Frame-Options", "DENY"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Permissions-Policy", permissions),
        ]
        switch body {
        case .file:
            // The denied page loads them while it is shown under an application's host.
            fields.append(("Cross-Origin-Resource-Policy", "cross-origin"))
            fields.append(("Cache-Control", "public, max-age=31536000, immutable"))
        case .none, .page, .json:
            fields.append(("Cross-Origin-Resource-Policy", "same-origin"))
            fields.append(("Cache-Control", "no-store"))
        }
        if settings.address.isSecure, isOwnHost { fields.append(("Strict-Transport-Security", "max-age=63072000")) }
        return fields
    }

    /// Browsers apply `form-action` to every redirect after a post, also to those of an application: so forms end at a page of the
    /// portal, and that page, which has no form, leads on.
    private static func contentPolicy(for body: Reply.Body, _ portal: Origin) -> String {
        var sources = "'self'"
        var more = "form-action 'self'"
        if case .page(let page) = body {
            if page.isForeign { sources += " \(portal)" }
            if page.onward != nil { more = "script-src 'self'" }
        }
        return """
            default-src 'none'; style-src \(sources); img-src \(sources); \(more); \
            frame-ancestors 'none'; base-uri 'none'
            """
    }

    private static let permissions = [
        "accelerometer", "autoplay", "camera", "cross-origin-isolated", "display-capture", "encrypted-media",
        "fullscreen",
        "geolocation", "gyroscope", "keyboard-map", "magnetometer", "microphone", "midi", "payment",
        "picture-in-picture",
        "publickey-credentials-get", "screen-wake-lock", "sync-xhr", "usb", "xr-spatial-tracking",
    ].map { "\($0)=()" }.joined(separator: ", ")
}

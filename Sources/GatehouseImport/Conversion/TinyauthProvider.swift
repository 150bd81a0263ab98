internal import GatehouseCore

/// One provider of tinyauth's environment.
struct TinyauthProvider {
    enum Key {
        case id, secret, secretFile, scopes, redirect, authorization, token, userinfo, insecure, title, list, listFile
    }

    /// Without what may be a secret.
    private(set) var values: [Key: String] = [:]
    /// What its variables begin with.
    let spelling: String
    /// What it may be called here.
    let name: String
    /// The variable that its secret is in.
    private(set) var secretSource: String?

    /// What each variable ends in: with underscores until version 4, without them since.
    private static let endings: [(text: String, key: Key)] = [
        ("CLIENT_SECRET_FILE", .secretFile), ("CLIENTSECRETFILE", .secretFile), ("CLIENT_SECRET", .secret),
        ("CLIENTSECRET", .secret), ("CLIENT_ID", .id), ("CLIENTID", .id), ("SCOPES", .scopes),
        ("REDIRECT_URL", .redirect), ("REDIRECTURL", .redirect), ("AUTH_URL", .authorization),
        ("AUTHURL", .authorization), ("TOKEN_URL", .token), ("TOKENURL", .token), ("USER_INFO_URL", .userinfo),
        ("USERINFO_URL", .userinfo), ("USERINFOURL", .userinfo), ("USER_URL", .userinfo),
        ("INSECURE_SKIP_VERIFY", .insecure), ("SKIP_SSL", .insecure), ("INSECURE", .insecure), ("NAME", .title),
        ("WHITELIST_FILE", .listFile),
        ("WHITELISTFILE", .listFile), ("WHITELIST", .list),
    ]

    /// Adds a variable, without tinyauth's prefix, to its provider; `false` if it is about none.
    static func take(_ variable: String, _ value: String, into all: inout [TinyauthProvider]) -> Bool {
        let start = ["OAUTH_PROVIDERS_", "PROVIDERS_"].first { variable.hasPrefix($0) } ?? ""
        let rest = String(variable.dropFirst(start.count))
        guard let (ending, key) = endings.first(where: { rest.hasSuffix("_\($0.text)") }) else { return false }
        let id = String(rest.dropLast(ending.utf8.count + 1))
        guard !id.isEmpty, !start.isEmpty || ["GITHUB", "GOOGLE", "GENERIC"].contains(id) else { return false }
        let name = String(decoding: id.utf8.map { $0 == 0x5F ? 0x2D : ASCII.lowercased($0) }, as: UTF8.self)
        let index = all.firstIndex { $0.name.utf8.elementsEqual(name.utf8) } ?? all.count
        if index == all.count { all.append(TinyauthProvider(spelling: "\(start)\(id)", name: name)) }
        switch key {
        case .secret, .secretFile: all[index].secretSource = variable
        default: all[index].values[key] = value
        }
        return true
    }

    private init(spelling: String, name: String) {
        self.spelling = spelling
        self.name = name
    }

    /// Whether enough is known of it.
    var isWhole: Bool { values[.id] != nil && kind != nil }

    /// Whether it may be called the same here.
    var isNameFine: Bool { name.utf8.count <= 32 && name.utf8.first.map(ASCII.isLower) == true }

    /// What its button says, where that is not what the kind is called.
    var title: String? {
        guard kind?.hasTitle != true || values[.title] != nil else { return nil }
        let text = values[.title] ?? name
        return (1...60).contains(text.unicodeScalars.count) ? text : name
    }

    /// Whether the page went to it by itself.
    func isMeant(by text: String?) -> Bool {
        guard let text else { return false }
        return text.utf8.elementsEqual(name.utf8, by: { ASCII.lowercased($0) == $1 || ($0 == 0x5F && $1 == 0x2D) })
    }

    /// What is asked for, where that is not what the kind asks for anyway.
    func scopes(_ type: String) -> [String]? {
        guard let text = values[.scopes] else { return nil }
        let scopes = text.split { $0 == "," || $0 == " " }.map(String.init)
        switch type {
        case "google", "github": return nil
        case "oauth2": return scopes.isEmpty ? nil : scopes
        default: return scopes.contains("openid") ? scopes : nil
        }
    }
}

// MARK: - Kinds

extension TinyauthProvider {
    /// What it is here.
    struct Kind {
        let type: String
        /// Keys with values as TOML that say where it is.
        var lines: [(key: String, value: String)] = []
        var nameClaim = "preferred_username"
        /// Whether the kind has a name of its own for people.
        var hasTitle = false
    }

    /// Where providers are asked, below where they are: what that is tells which key.
    private static let known: [(authorization: String, token: String, type: String, key: String)] = [
        ("/protocol/openid-connect/auth", "/protocol/openid-connect/token", "keycloak", "issuer"),
        ("/api/oidc/authorization", "/api/oidc/token", "authelia", "url"),
        ("/oauth/v2/authorize", "/oauth/v2/token", "zitadel", "url"),
        // Pocket ID.
        ("/authorize", "/api/oidc/token", "oidc", "issuer"),
    ]

    /// `nil` if nothing says where it is.
    var kind: Kind? {
        switch name {
        case "google": return Kind(type: "google", nameClaim: "email", hasTitle: true)
        case "github": return Kind(type: "github", nameClaim: "login", hasTitle: true)
        default: break
        }
        guard let authorization = values[.authorization], let token = values[.token], let userinfo = values[.userinfo]
        else { return nil }
        for known in TinyauthProvider.known
        where authorization.hasSuffix(known.authorization) && token.hasSuffix(known.token) {
            let place = String(authorization.dropLast(known.authorization.utf8.count))
            guard place.utf8.elementsEqual(token.dropLast(known.token.utf8.count).utf8), place.hasPrefix("https://")
            else { continue }
            return Kind(type: known.type, lines: [(known.key, DraftConfiguration.quoted(place))])
        }
        let parts = authorization.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let host = parts[2].split(separator: "/").first else { return nil }
        let endpoints = [("authorization", authorization), ("token", token), ("userinfo", userinfo)]
            .map { "\($0.0) = \(DraftConfiguration.quoted($0.1))" }.joined(separator: ", ")
        return Kind(
            type: "oauth2",
            lines: [
                ("issuer", DraftConfiguration.quoted("\(parts[0])//\(host)")), ("endpoints", "{ \(endpoints) }"),
            ])
    }
}

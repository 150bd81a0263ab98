/// `authentication_backend.ldap` of Authelia's.
struct AutheliaDirectory {
    private(set) var table = DraftConfiguration.Table("[[backend]]")
    private(set) var lost: [String] = []
    private(set) var steps: [String] = []

    /// What an implementation calls things: name, filter of people, filter of groups.
    private static let implementations: [String: (name: String, people: String, groups: String)] = [
        "custom": (
            "uid", "(&({username_attribute}={input})(objectClass=person))", "(&(member={dn})(objectClass=groupOfNames))"
        ),
        "activedirectory": (
            "sAMAccountName",
            "(&(|({username_attribute}={input})({mail_attribute}={input}))(sAMAccountType=805306368)(!(pwdLastSet=0)))",
            "(&(member={dn})(|(sAMAccountType=268435456)(sAMAccountType=536870912)))"
        ),
        "lldap": (
            "uid", "(&(|({username_attribute}={input})({mail_attribute}={input}))(objectClass=person))",
            "(&(member={dn})(objectClass=groupOfUniqueNames))"
        ),
    ]

    /// What has no equal, or another one than a key of its own.
    private static let missing = [
        "tls": "certificates are always verified, by those of the system or of ca_file",
        "timeout": "a question may take 5s; set timeout",
        "group_search_mode": "groups are searched for by group_filter",
        "permit_unauthenticated_bind": "there is no sign-in with an empty password",
    ]

    init(_ ldap: YAMLNode) {
        let kind = ldap["implementation"]?.text ?? "custom"
        let known = AutheliaDirectory.implementations[kind] ?? AutheliaDirectory.implementations["custom"]
        let names = known ?? (name: "uid", people: "", groups: "")
        if AutheliaDirectory.implementations[kind] == nil {
            lost.append(
                "authentication_backend.ldap.implementation: \(Shown.text(kind)) is not known; look at the filters")
        }
        func attribute(_ key: String, _ old: String, _ standard: String) -> String {
            ldap["attributes", key]?.text ?? ldap[old]?.text ?? standard
        }
        let name = attribute("username", "username_attribute", names.name)
        let mail = attribute("mail", "mail_attribute", "mail")
        let shown = attribute("display_name", "display_name_attribute", kind == "lldap" ? "cn" : "displayName")
        let base = ldap["base_dn"]?.text ?? "dc=example,dc=com"
        func below(_ key: String) -> String { ldap[key]?.text.map { "\($0),\(base)" } ?? base }

        table.set("type", text: "ldap")
        table.set("urls", texts: [ldap["address"]?.text ?? ldap["url"]?.text ?? "ldaps://ldap.example.com"])
        if ldap["start_tls"]?.flag == true { table.set("start_tls", "true") }
        table.set("bind_dn", text: ldap["user"]?.text)
        if ldap["user"] != nil {
            table.set("bind_password", text: "file:keys/ldap")
            steps.append("Put authentication_backend.ldap.password into keys/ldap (mode 0600)")
        }
        table.set("base", text: below("additional_users_dn"))
        func filled(_ filter: String) -> String {
            [
                ("{username_attribute}", name), ("{mail_attribute}", mail), ("{display_name_attribute}", shown),
                ("{input}", "{name}"), ("{username}", "{name}"),
            ]
            .reduce(filter) { text, pair in text.replacing(pair.0, with: pair.1) }
        }
        func set(_ key: String, _ from: String, _ standard: String, marks: [String]) {
            let filter = filled(ldap[from]?.text ?? standard)
            let left = marks.reduce(filter) { $0.replacing($1, with: "") }
            guard !left.contains("{"), !left.contains("}") else {
                lost.append(
                    "authentication_backend.ldap.\(from): has a mark in it that is not known here; write \(key)")
                return
            }
            table.set(key, text: filter)
        }
        set("filter", "users_filter", names.people, marks: ["{name}"])
        let id = kind == "activedirectory" ? "objectGUID" : "entryUUID"
        let pairs = [("id", id), ("name", name), ("display_name", shown), ("email", mail)]
        table.set(
            "attributes",
            "{ " + pairs.map { "\($0.0) = \(DraftConfiguration.quoted($0.1))" }.joined(separator: ", ") + " }",
            "see whether this directory has \(id)")
        table.set("group_base", text: below("additional_groups_dn"))
        set("group_filter", "groups_filter", names.groups, marks: ["{dn}", "{name}"])
        table.set("group_name", text: attribute("group_name", "group_name_attribute", "cn"))
        for (name, line) in ldap.keys {
            guard let reason = AutheliaDirectory.missing[name] else { continue }
            lost.append("authentication_backend.ldap.\(name) (line \(line)): \(reason)")
        }
    }
}

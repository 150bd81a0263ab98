package import GatehouseCore

/// `[[backend]]` with `type = "http"`: a server that is asked about people.
package struct HTTPTable: Sendable {
    package let url: String
    /// What the server knows us by; `nil` for none.
    package let secret: SecretOctets?
    package let caFile: String?
    package let mayMakeSuperusers: Bool

    /// `nil` after a problem.
    init?(_ table: TableReader, _ secrets: SecretReader) {
        let reference = table.secretText("secret")
        let secret = reference.flatMap { secrets.secret($0) }
        caFile = CertificateFile.path(table, folders: secrets.folders)
        let allowsPlaintext = table.boolean("allow_plaintext")?.value ?? false
        mayMakeSuperusers = table.boolean("may_make_superusers")?.value ?? false
        self.secret = secret
        if let secret, let reference, secret.octets.contains(where: { $0 <= 0x20 || $0 >= 0x7F }) {
            table.log.add(reference, "refers to a secret that is not printable ASCII without blanks")
        }
        guard let text = table.string("url") else {
            if table.value("url") == nil {
                table.require("url", "where questions are posted, like \"https://people.example.com/gatehouse\"")
            }
            return nil
        }
        guard let server = ServerURL(text.value) else {
            table.log.add(text, "must be an address like \"https://people.example.com/gatehouse\", is \(text.seen)")
            return nil
        }
        if !server.isSecure, !server.isThisMachine, !allowsPlaintext {
            table.log.add(
                text,
                "sends passwords in the clear: use https, or set \(table.key("allow_plaintext")) = true for a network "
                    + "that nobody else can listen to")
        }
        if !server.isThisMachine, reference == nil {
            table.require("secret", "a reference to what the server knows us by, like \"file:keys/people\"")
        }
        url = text.value
    }
}

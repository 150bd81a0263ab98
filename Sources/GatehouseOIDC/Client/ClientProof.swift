internal import GatehouseCore
internal import GatehouseCrypto

/// How a call of the token endpoint, or of its kin, shows who asks: in the header or in the form, never in both.
struct ClientProof {
    /// What is added to the form, and to the headers.
    let parameters: [(name: String, value: String)]
    let headers: [(name: String, value: String)]

    /// - Throws: `.misconfigured` if Apple's key is none.
    init(
        _ client: ProviderClientIdentity, _ way: ProviderMetadata.TokenAuthentication, now: Timestamp
    ) throws(ProviderError) {
        let secret: [UInt8]
        switch client.authentication {
        case .none:
            parameters = [("client_id", client.id)]
            headers = []
            return
        case .secret(let octets): secret = octets.octets
        case .appleKey(let pem, let keyID, let team):
            do throws(CryptoError) {
                secret = try AppleClientSecret.make(pem: pem, keyID: keyID, team: team, clientID: client.id, now: now)
                    .octets
            } catch {
                throw .misconfigured(reason: "the key that signs the client's secret cannot be used: \(error)")
            }
        }
        switch way {
        case .post:
            parameters = [("client_id", client.id), ("client_secret", String(decoding: secret, as: UTF8.self))]
            headers = []
        case .basic:
            // Both are encoded like a form before they are joined (RFC 6749, section 2.3.1), or a colon would move the border.
            let pair = FormText.encoded(client.id.utf8) + [UInt8(ascii: ":")] + FormText.encoded(secret)
            parameters = []
            headers = [("Authorization", "Basic \(Base64URL.plain(pair))")]
        }
    }
}

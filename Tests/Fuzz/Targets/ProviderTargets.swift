import GatehouseCore
import GatehouseOIDC

extension FuzzTarget {
    /// What signed the tokens below; its other half is gone.
    private static let keySet = """
        {"keys":[{"kty":"EC","crv":"P-256","kid":"k","x":"g_1F4vM6wjWjHRbdedoxwD2m4ZlnGyvISD_muV4vBLk",\
        "y":"HMfUU5PXOrUy5vUtJ9r2NeW9zo8mEAxu9l_GDUXVOuk"}]}
        """
    /// An ID token and a message that somebody signed out.
    private static let idToken = """
        eyJhbGciOiJFUzI1NiIsImtpZCI6ImsifQ\
        .eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiOlsiZ2F0ZWhvdXNlIl0sInN1YiI6IjEiLCJpYXQiOjE3OTU3NDI4ODUsImV4cCI6MTc5NTc0MzQ5MCwibm9uY2UiOiJCd2NIQndjSEJ3Y0hCd2NIQndjSEJ3Y0hCd2NIQndjSEJ3Y0hCd2NIQndjIiwiYXV0aF90aW1lIjoxNzk1NzQyODg0LjV9\
        .7b6Tio08sHYsyE2lyP0QygYSM6_TXcxaGlKrKHyuV99NVCYPFF6zmqHf74bfmdqW6zCyGLS9X5q0dXbYdK7k5w
        """
    private static let logoutToken = """
        eyJhbGciOiJFUzI1NiIsInR5cCI6ImxvZ291dCtqd3QifQ\
        .eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiOiJnYXRlaG91c2UiLCJzdWIiOiIxIiwiaWF0IjoxNzk1NzQyODg1LCJqdGkiOiJqIiwiZXZlbnRzIjp7Imh0dHA6Ly9zY2hlbWFzLm9wZW5pZC5uZXQvZXZlbnQvYmFja2NoYW5uZWwtbG9nb3V0Ijp7fX19\
        .VwJmI1Y176aWqd6gSTugfPqC-s6zYi1JNBciPeGjPI1zPKT9-62FP6rsgTpvYGwf2cGiEbYmzvc5L4gZP20LeA
        """
    private static let now = Timestamp(milliseconds: 1_795_742_890_000)

    /// A token that was changed in any way is refused.
    static let token = FuzzTarget("token", seeds: [idToken, logoutToken, "eyJhbGciOiJub25lIn0.e30."]) {
        bytes throws(Broken) in
        guard let keys = try? KeySet(parsing: Array(keySet.utf8)),
            let nonce = SecretToken(octets: [UInt8](repeating: 7, count: 32))
        else { throw Broken(description: "the key set is refused") }
        let asked = IDTokenExpectation(
            issuer: .exactly("https://id.example"), clientID: "gatehouse", occasion: .signIn(nonce: nonce),
            accessToken: "a", startedAt: now)
        let token = try? IDTokenVerifier.verify(bytes, as: asked, keys: keys, now: now)
        try expect((token != nil) == bytes.elementsEqual(idToken.utf8), "an ID token is judged wrong")
        let told = LogoutTokenExpectation(issuer: .exactly("https://id.example"), clientID: "gatehouse")
        let notice = try? LogoutTokenVerifier.verify(bytes, as: told, keys: keys, now: now)
        try expect((notice != nil) == bytes.elementsEqual(logoutToken.utf8), "a logout token is judged wrong")
    }

    /// A set of keys is refused, or has keys that can be used.
    static let keys = FuzzTarget(
        "keys",
        seeds: [
            keySet, #"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#,
            #"{"keys":[{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB","use":"sig","alg":"RS256"}]}"#,
        ]
    ) { bytes throws(Broken) in
        guard let set = try? KeySet(parsing: bytes) else { return }
        try expect(!set.keys.isEmpty && set.keys.count <= KeySet.maxKeys, "\(set.keys.count) keys")
        try expect(set.keys.allSatisfy { key in SignatureAlgorithm.allCases.contains(where: key.fits) }, "an idle key")
    }

    /// What is taken of claims keeps to its limits, and an address that is not verified opens nothing.
    static let claims = FuzzTarget(
        "claims",
        seeds: [
            #"{"sub":"1","preferred_username":"alice","email":"a@Example.com","email_verified":true,"name":"A","groups":["a"]}"#,
            #"{"sub":"1","groups":{"a":{}},"given_name":"A","family_name":"B","email":"a@b.c","email_verified":"true"}"#,
            #"{"sub":"1","groups":"a,b","hd":"example.com"}"#,
        ]
    ) { bytes throws(Broken) in
        let nobody = PersonClaims(subject: ExternalSubject(issuer: "https://id.example", subject: "1"))
        guard let claims = try? nobody.joined(withUserinfo: bytes) else { return }
        let mapping = ClaimMapping(
            groupsSeparator: ",", nameTemplate: NameTemplate(parsing: "{preferred_username}@{provider}"))
        let person = mapping.person(of: claims, provider: "p")
        try expect(person.groups.count <= ClaimMapping.maxGroups, "\(person.groups.count) groups")
        try expect(person.groups.allSatisfy { (1...255).contains($0.text.bytes.count) }, "a long group")
        try expect(person.name.map { $0.bytes.suffix(2).elementsEqual("@p".utf8) } ?? true, "another name")
        let domain = person.email?.bytes.split(separator: UInt8(ascii: "@")).last
        let isThere = person.isEmailVerified && (domain ?? []).elementsEqual("example.com".utf8)
        let verdict = Admission(domains: ["example.com"]).verdict(on: person, claims: claims, groupsClaim: "groups")
        try expect((verdict == .admitted) == isThere, "admitted: \(verdict)")
    }
}

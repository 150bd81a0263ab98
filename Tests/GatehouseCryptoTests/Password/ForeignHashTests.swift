import GatehouseCore
import GatehouseCrypto
import Testing

@Suite("Hashes of other programs")
struct ForeignHashTests {
    private let hashers = PasswordHashers(
        preferred: PBKDF2Hasher(iterations: 1),
        others: [Argon2Hasher(.init(memoryKiB: 256, iterations: 1, parallelism: 2)), CryptHasher()])
    private let password = Password("correct horse ✓")

    @Test(
        "match, and are made anew",
        arguments: [
            "$6$rounds=1000$saltsalt$7zKkfPt1usRcJTV2mjuDiI7POWDBYcUTVqECJE/O6QhOq6F0nKkjzu/gxMc9jxza/LGnTg303evPJh8oVKZFM0",
            "$6$saltsaltsalt$U/FfSjC4P76fXhRb.fyXO47m2pU7UB6vMPZUbkLbbBE1D1TSd3ptjbouAS23Dil.E1KNA6IMF/WgOj4d7XOGr1",
            "$5$saltsaltsalt$o2Yyg3mpHcY4pkCGO7OdXfkirK0E2kqmpl9ZiswwXS1",
            "$y$j8T$F5Jx5fExrKuPp53xLKQ..1$wSEbxx2SxK3hlP511BE0/CVMVi8v7z7sdi2D.y0cQ54",
            "$2y$04$6u.Vf.jY8B3BsHJ4Rk6rX.h7ceuuIdgNyXeFXA/61zxbN/AIhdgp6",
            "$2b$04$6u.Vf.jY8B3BsHJ4Rk6rX.h7ceuuIdgNyXeFXA/61zxbN/AIhdgp6",
            "$argon2id$v=19$m=256,t=1,p=2$CAIIpjedzXgqshdLT666ww$b6ei24UUIzd5GUfdyIeVr/Pn7BTiLi41FFhYylXIi8U",
        ])
    func match(encoded: String) throws {
        #expect(hashers.refusal(of: encoded) == nil)
        #expect(try hashers.verify(password, against: encoded) == .init(matches: true, mustUpdate: true))
        #expect(try !hashers.verify(Password("correct horse"), against: encoded).matches)
        #expect(try !hashers.verify(Password("correct horse ✓\0"), against: encoded).matches)
        for length in 0..<encoded.utf8.count {
            let cut = String(decoding: Array(encoded.utf8.prefix(length)), as: UTF8.self)
            #expect(try !hashers.verify(password, against: cut).matches, "\(cut)")
        }
    }

    @Test(
        "that ask for too much work, or are none, are a no at once",
        arguments: [
            "$6$rounds=999999999$saltsalt$x", "$6$rounds=0$saltsalt$x", "$6$rounds=x$saltsalt$x", "$6$$x", "$6$",
            "$y$jZZ$salt$x", "$y$j9z$salt$x", "$y$j9T$salt", "$y$$$",
            "$2b$31$6u.Vf.jY8B3BsHJ4Rk6rX.h7ceuuIdgNyXeFXA/61zxbN/AIhdgp6",
            "$2b$15$6u.Vf.jY8B3BsHJ4Rk6rX.h7ceuuIdgNyXeFXA/61zxbN/AIhdgp6", "$2b$00$x", "$1$salt$x", "$apr1$salt$x",
            "*0", "*1", "x", "$2y$04$*0", "$gy$j9T$salt$x",
        ])
    func refused(encoded: String) throws {
        let begin = ContinuousClock.now
        #expect(try !hashers.verify(password, against: encoded).matches)
        #expect(ContinuousClock.now - begin < .seconds(1))
        #expect(hashers.memoryKiB(for: encoded) <= 131_200)
    }

    @Test("of bcrypt do not look at more than they can see")
    func longPasswords() throws {
        let long = String(repeating: "x", count: 73)
        let plain = try BCryptHasher(.password, cost: 4).make(Password(String(repeating: "x", count: 72)))
        let bcrypt = PasswordHashers(preferred: BCryptHasher(cost: 4), others: [BCryptHasher(.password, cost: 4)])
        #expect(try bcrypt.verify(Password(String(repeating: "x", count: 72)), against: plain).matches)
        #expect(try !bcrypt.verify(Password(long), against: plain).matches)
        let hashed = try bcrypt.make(Password(long))
        #expect(try bcrypt.verify(Password(long), against: hashed).matches)
        #expect(try !bcrypt.verify(Password(long + "x"), against: hashed).matches)
    }
}

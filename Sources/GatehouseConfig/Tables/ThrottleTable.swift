internal import GatehouseCore

/// `[throttle]`: how often people may fail to sign in.
package struct ThrottleTable: Equatable, Sendable {
    package let window: Duration
    /// The longest that anybody has to wait.
    package let block: Duration
    package let perAccount: Int
    package let perAccountAndAddress: Int
    package let perDevice: Int
    package let perAddress: Int
    /// The failures in a row after which there is one attempt each `block`.
    package let inTotal: Int
    package let mailsPerAccount: Int
    package let mailsPerAddress: Int

    /// Source of the defaults: NIST SP 800-63B-4, section 3.2.2 (at most 100 failures in a row); OWASP's device cookies.
    init(_ table: TableReader) {
        window = table.duration("window", in: .seconds(60)...(.seconds(3_600)))?.value ?? .seconds(300)
        block = table.duration("block", in: .seconds(60)...(.seconds(86_400)))?.value ?? .seconds(900)
        let account = table.integer("per_account", in: 1...100)
        let pair = table.integer("per_account_and_address", in: 1...100)
        perAccount = account?.value ?? 10
        perAccountAndAddress = pair?.value ?? min(6, perAccount)
        perDevice = table.integer("per_device", in: 1...100)?.value ?? 10
        perAddress = table.integer("per_address", in: 1...1_000)?.value ?? 100
        inTotal = table.integer("in_total", in: 1...1_000)?.value ?? 100
        mailsPerAccount = table.integer("mails_per_account", in: 1...100)?.value ?? 3
        mailsPerAddress = table.integer("mails_per_address", in: 1...1_000)?.value ?? 10
        if perAccountAndAddress > perAccount, let place = pair ?? account {
            table.log.add(
                place.place, table.key("per_account_and_address"),
                "must not exceed throttle.per_account, which is \(perAccount), is \(perAccountAndAddress)")
        }
        table.finish()
    }
}

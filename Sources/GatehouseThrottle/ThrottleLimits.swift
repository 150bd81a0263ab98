package import GatehouseCore

/// How often people may fail to sign in.
package struct ThrottleLimits: Equatable, Sendable {
    /// One name from one block of addresses: reached before `account`, so that a stranger does not use up what is left to
    /// the owner elsewhere.
    package var pair: ThrottleRule
    /// One name from everywhere, known devices apart.
    package var account: ThrottleRule
    /// One name from one device that it signed in with before.
    package var device: ThrottleRule
    /// Any names from one block of addresses: an IPv4 address, or 64 bits of an IPv6 address.
    ///
    /// Known devices have as much of their own, which strangers at the same address cannot use up.
    package var address: ThrottleRule
    /// The mails that one account is sent on request.
    package var mails: ThrottleRule
    /// The mails that one block of addresses asks for.
    package var mailsFromAddress: ThrottleRule
    /// The new passwords that are judged for one account without the old one: by a link, or where one is asked for.
    package var newPasswords = ThrottleRule(limit: 10, window: .seconds(300))

    /// The sign-ins at providers that one block of addresses begins: each is a record that lives for ten minutes.
    package var starts = ThrottleRule(limit: 30, window: .seconds(300))
    /// The messages of providers that one block of addresses sends, each of which has a signature to be looked at.
    package var messages = ThrottleRule(limit: 60, window: .seconds(60))

    package init(
        pair: ThrottleRule = ThrottleRule(limit: 6, window: .seconds(300), free: 3),
        account: ThrottleRule = ThrottleRule(limit: 10, window: .seconds(300), free: 5, total: 100),
        device: ThrottleRule = ThrottleRule(limit: 10, window: .seconds(300), free: 5, total: 100),
        address: ThrottleRule = ThrottleRule(limit: 100, window: .seconds(300)),
        mails: ThrottleRule = ThrottleRule(limit: 3, window: .seconds(3_600)),
        mailsFromAddress: ThrottleRule = ThrottleRule(limit: 10, window: .seconds(3_600))
    ) {
        self.pair = pair
        self.account = account
        self.device = device
        self.address = address
        self.mails = mails
        self.mailsFromAddress = mailsFromAddress
    }

    /// All known devices of one name together: three that are at their limit, and as many failures in a row as one may have.
    var devices: ThrottleRule {
        ThrottleRule(limit: device.limit * 3, window: device.window, total: device.total, block: device.block)
    }

    /// The same for the ten times larger budget of 48 bits of an IPv6 address, of which one customer may have 65,536 blocks.
    var site: ThrottleRule { ThrottleRule(limit: address.limit * 10, window: address.window) }
    var mailSite: ThrottleRule { ThrottleRule(limit: mailsFromAddress.limit * 10, window: mailsFromAddress.window) }

    /// What counts for a block of addresses, and for the 48 bits around it.
    func ofAddresses(_ scope: ThrottleKeys.BlockScope) -> (block: ThrottleRule, site: ThrottleRule) {
        switch scope {
        case .strangers, .devices: (address, site)
        case .mails: (mailsFromAddress, mailSite)
        case .starts: (starts, ThrottleRule(limit: starts.limit * 10, window: starts.window))
        case .messages: (messages, ThrottleRule(limit: messages.limit * 10, window: messages.window))
        }
    }
}

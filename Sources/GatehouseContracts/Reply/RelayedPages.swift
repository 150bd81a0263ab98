/// The bodies of refusals that proxies relay, made once; the same for everyone.
package struct RelayedPages: Sendable {
    private let deniedHTML: [UInt8]
    private let deniedJSON: [UInt8]
    private let unknownHostHTML: [UInt8]
    private let unavailableHTML: [UInt8]
    private let unavailableJSON: [UInt8]

    package init(
        deniedHTML: [UInt8] = [], deniedJSON: [UInt8] = [], unknownHostHTML: [UInt8] = [],
        unavailableHTML: [UInt8] = [], unavailableJSON: [UInt8] = []
    ) {
        self.deniedHTML = deniedHTML
        self.deniedJSON = deniedJSON
        self.unknownHostHTML = unknownHostHTML
        self.unavailableHTML = unavailableHTML
        self.unavailableJSON = unavailableJSON
    }

    package subscript(_ page: CheckReply.Page) -> [UInt8] {
        switch page {
        case .none: []
        case .deniedHTML: deniedHTML
        case .deniedJSON: deniedJSON
        case .unknownHostHTML: unknownHostHTML
        case .unavailableHTML: unavailableHTML
        case .unavailableJSON: unavailableJSON
        }
    }
}

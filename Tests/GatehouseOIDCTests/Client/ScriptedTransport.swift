import GatehouseCore
import GatehouseOIDC
import GatehouseTestSupport

/// A network of a test: answers by address, and remembers what was asked.
final class ScriptedTransport: ProviderTransport {
    typealias Answer = @Sendable (ProviderRequest) async throws(ProviderTransportError) -> ProviderResponse

    private struct State: Sendable {
        var answers: [String: Answer] = [:]
        var requests: [ProviderRequest] = []
    }

    private let state = Mutexed(State())

    var requests: [ProviderRequest] { state.value.requests }

    /// What was asked at an address, without its query.
    func requests(at path: String) -> [ProviderRequest] { requests.filter { $0.path == path } }

    /// Sets what an address answers, whatever its query.
    func set(_ address: String, _ answer: @escaping Answer) { state.change { $0.answers[address] = answer } }

    func set(_ address: String, _ body: String, status: Int = 200, headers: [String: String] = [:]) {
        set(address) { (_) throws(ProviderTransportError) in .json(body, status: status, headers: headers) }
    }

    func fail(_ address: String, _ reason: String = "nobody is there") {
        set(address) { (_) throws(ProviderTransportError) in
            throw ProviderTransportError(reason: reason, wasSent: false)
        }
    }

    func answer(to request: ProviderRequest) async throws(ProviderTransportError) -> ProviderResponse {
        state.change { $0.requests.append(request) }
        guard let answer = state.value.answers[request.path] else {
            return ProviderResponse(status: 404, contentType: "text/plain", body: [])
        }
        return try await answer(request)
    }
}

extension ProviderRequest {
    var path: String { String(url.prefix { $0 != "?" }) }

    /// The names and values of a form, decoded.
    var form: [String: String] {
        guard case .form(let octets) = body else { return [:] }
        return FormReader.pairs(String(decoding: octets, as: UTF8.self))
    }

    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

extension ProviderResponse {
    static func json(_ text: String, status: Int = 200, headers: [String: String] = [:]) -> ProviderResponse {
        ProviderResponse(status: status, contentType: "application/json", headers: headers, body: Array(text.utf8))
    }
}

/// Reads what was encoded as a form or a query.
enum FormReader {
    static func pairs(_ text: String) -> [String: String] {
        var pairs: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
                decoded(String($0))
            }
            pairs[parts[0]] = pairs[parts[0]] == nil ? parts.dropFirst().first ?? "" : "twice"
        }
        return pairs
    }

    /// The parameters of an address.
    static func query(of address: String) -> [String: String] {
        pairs(address.split(separator: "?", maxSplits: 1).dropFirst().first.map(String.init) ?? "")
    }

    private static func decoded(_ text: String) -> String {
        var octets: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let octet = rest.popFirst() {
            if octet == UInt8(ascii: "%"), let high = rest.popFirst().flatMap(ASCII.hexValue),
                let low = rest.popFirst().flatMap(ASCII.hexValue)
            {
                octets.append(high << 4 | low)
            } else {
                octets.append(octet == UInt8(ascii: "+") ? 0x20 : octet)
            }
        }
        return String(decoding: octets, as: UTF8.self)
    }
}

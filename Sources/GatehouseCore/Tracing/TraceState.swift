/// What other systems keep beside a trace: the `tracestate` of a request, which goes on as it came.
///
/// - Source: W3C Trace Context, level 1, section 3.3.
package struct TraceState: Equatable, Sendable {
    /// The value of one line.
    package let text: String

    /// Takes the values of all `tracestate` lines; `nil` if there is nothing in them, or more than has to be passed on, or
    /// anything that is no printable ASCII.
    package init?(lines: [[UInt8]]) {
        let members = lines.flatMap { $0.split(separator: UInt8(ascii: ",")) }.map(TraceState.trimmed)
            .filter { !$0.isEmpty }
        guard !members.isEmpty, members.count <= 32,
            members.allSatisfy({ $0.contains(UInt8(ascii: "=")) && $0.allSatisfy { (0x20..<0x7F).contains($0) } })
        else { return nil }
        let octets = Array(members.joined(separator: [UInt8(ascii: ",")]))
        guard octets.count <= TraceState.maxLength else { return nil }
        text = String(decoding: octets, as: UTF8.self)
    }

    /// As many octets as have to be passed on (section 3.3.1.5).
    private static let maxLength = 512

    private static func trimmed(_ member: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var member = member
        while let first = member.first, first == 0x20 || first == 0x09 { member.removeFirst() }
        while let last = member.last, last == 0x20 || last == 0x09 { member.removeLast() }
        return member
    }
}

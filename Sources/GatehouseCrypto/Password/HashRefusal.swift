/// Why a stored hash can match no password here; never with a part of the hash but the numbers that it asks for.
package enum HashRefusal: Error, Equatable, CustomStringConvertible {
    /// Of no kind that is known, or of one that the configuration leaves out.
    case unknown
    /// Of a known kind, with a piece missing or wrong.
    case malformed(String)
    /// It asks for more than the limits allow; the text says for what, and which limit.
    case tooCostly(String)

    package var description: String {
        switch self {
        case .unknown: "it is of no kind that is understood here"
        case .malformed(let what): "it is malformed: \(what)"
        case .tooCostly(let what): "it asks for too much: \(what)"
        }
    }
}

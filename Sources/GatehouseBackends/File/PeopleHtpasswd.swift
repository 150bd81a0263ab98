internal import GatehouseCore
internal import GatehouseCrypto

/// Reads Apache's `name:hash` lines; a third field and lines that begin with `#` are comments.
struct PeopleHtpasswd {
    private let names: UserNameRules
    private let refusal: (String) -> HashRefusal?

    /// `refusal` tells why a stored hash can match nothing, if it cannot.
    init(names: UserNameRules, refusal: @escaping (String) -> HashRefusal?) {
        self.names = names
        self.refusal = refusal
    }

    func people(_ text: [UInt8]) throws(FileProblem) -> FilePeople {
        var people = FilePeople()
        var number = 0
        for line in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            var line = line
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            guard let first = line.first, first != UInt8(ascii: "#") else { continue }
            try add(line, number, to: &people)
        }
        return people
    }

    private func add(_ line: ArraySlice<UInt8>, _ number: Int, to people: inout FilePeople) throws(FileProblem) {
        let fields = line.split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
        guard fields.count > 1 else { throw .broken(line: number, "has no colon between name and hash") }
        guard let text = UTF8Text(validating: Array(fields[0])), text.bytes.count <= FilePeople.maxTextLength,
            let name = names.typed(text)
        else {
            throw .broken(line: number, "begins with no name that anybody could type")
        }
        guard let hash = UTF8Text(validating: Array(fields[1])), hash.bytes.count <= 512 else {
            throw .broken(line: number, "the hash is no text of at most 512 octets")
        }
        var person = FilePerson(name: name)
        person.password = hash.string
        if let refusal = refusal(hash.string) {
            people.remark(
                "line \(number): nobody can sign in with this password hash: \(refusal); htpasswd -B makes a good one")
        }
        try people.add(person, line: number)
    }
}

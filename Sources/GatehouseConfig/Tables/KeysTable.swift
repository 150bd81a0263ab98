package import GatehouseCore

/// `[keys]`: the secrets that protect sessions.
package struct KeysTable: Sendable {
    /// At least 32 octets.
    package let lookup: SecretOctets
    /// At least one; the first one writes, all of them read.
    package let seal: [SealKey]
    /// Whether both lie where nobody put them: in `keys` below the folder of `GATEHOUSE_DATA`, where `serve` makes them.
    package let areStandard: Bool

    /// One key of the ring.
    package struct SealKey: Sendable {
        /// 1 to 255.
        package let id: UInt8
        /// Exactly 32 octets.
        package let secret: SecretOctets
    }

    init(_ table: TableReader, _ secrets: SecretReader) {
        areStandard = secrets.folders.hasData && table.value("lookup") == nil && table.value("seal") == nil
        lookup = KeysTable.lookup(table, secrets, isStandard: areStandard) ?? SecretOctets([])
        seal = KeysTable.seal(table, secrets, isStandard: areStandard) ?? []
        table.finish()
    }

    private static func lookup(
        _ table: TableReader, _ secrets: SecretReader, isStandard: Bool
    ) -> SecretOctets? {
        guard let reference = reference("lookup", table, isStandard: isStandard), let secret = secrets.secret(reference)
        else { return nil }
        guard let octets = octets(secret.octets) else {
            table.log.add(
                reference,
                "the secret of \(reference.seen) must be one line of hexadecimal digits or base64url; "
                    + "make one with: openssl rand -hex 32")
            return nil
        }
        guard octets.count >= 32 else {
            table.log.add(
                reference, "the secret of \(reference.seen) must have at least 32 octets, has \(octets.count)")
            return nil
        }
        return SecretOctets(octets)
    }

    private static func seal(_ table: TableReader, _ secrets: SecretReader, isStandard: Bool) -> [SealKey]? {
        guard let reference = reference("seal", table, isStandard: isStandard), let secret = secrets.secret(reference)
        else { return nil }
        return ring(secret, reference, table.log)
    }

    /// Lines of `id:key`; `nil` after reporting what is wrong.
    static func ring(_ secret: SecretOctets, _ reference: Found<String>, _ log: ProblemLog) -> [SealKey]? {
        var ring: [SealKey] = []
        var isSound = true
        func complain(_ line: Int, _ message: String) {
            log.add(reference, "line \(line) of the ring \(reference.seen) \(message)")
            isSound = false
        }
        for (index, line) in secret.octets.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let line = line.last == 0x0D ? line.dropLast() : line
            guard !line.isEmpty else { continue }
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon - line.startIndex <= 3,
                let id = ASCII.decimal(Array(line[..<colon]).span, limit: 255), id > 0
            else {
                complain(index + 1, "must be id:key with an id from 1 to 255")
                continue
            }
            guard let key = Base64URL.decode(Array(line[(colon + 1)...]).span), key.count == 32 else {
                complain(index + 1, "must have a key of 32 octets in base64url (43 characters) after its id")
                continue
            }
            guard !ring.contains(where: { Int($0.id) == id }) else {
                complain(index + 1, "repeats the id \(id)")
                continue
            }
            ring.append(SealKey(id: UInt8(id), secret: SecretOctets(key)))
        }
        if isSound, ring.isEmpty { complain(1, "must be id:key with an id from 1 to 255") }
        return isSound ? ring : nil
    }

    private static func reference(_ name: String, _ table: TableReader, isStandard: Bool) -> Found<String>? {
        if isStandard {
            return Found(value: "file:keys/\(name)", place: .environment(Overrides.Own.data), key: table.key(name))
        }
        if let reference = table.secretText(name) { return reference }
        if table.value(name) == nil {
            table.require(name, "a reference like \"file:keys/\(name)\"; `gatehouse init` makes the keys")
        }
        return nil
    }

    /// Hexadecimal if it can be read so, else base64url.
    private static func octets(_ text: [UInt8]) -> [UInt8]? {
        Hexadecimal.octets(text) ?? Base64URL.decode(text.span)
    }
}

internal import GatehouseCore

/// Follows references to secrets: `file:PATH`, `env:NAME`, `credential:NAME`.
struct SecretReader {
    let folders: BaseFolders
    let environment: [String: String]
    let log: ProblemLog
    /// What files will hold that are not written yet, by their paths.
    var pending: [String: [UInt8]] = [:]
    /// The same for keys that nobody configured: a path that somebody named has to be there.
    var standardKeys: [String: [UInt8]] = [:]

    private static let maxLength = 65_536
    private static let forms = "\"file:PATH\", \"env:NAME\" or \"credential:NAME\""

    /// The octets behind a reference, without line breaks at the end; `nil` after reporting why not.
    ///
    /// A value that is no reference is never shown: it may be the secret itself.
    func secret(_ reference: Found<String>) -> SecretOctets? {
        let bytes = Array(reference.value.utf8)
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), colon + 1 < bytes.count else {
            log.add(
                reference,
                "must be a reference, \(SecretReader.forms); the secret itself does not belong into this file")
            return nil
        }
        let name = String(decoding: bytes[(colon + 1)...], as: UTF8.self)
        let octets: [UInt8]?
        if bytes[..<colon].elementsEqual("file".utf8) {
            octets = file(TextFile.resolve(name, in: folders.folder(for: reference.place)), reference)
        } else if bytes[..<colon].elementsEqual("env".utf8) {
            octets = variable(name, reference)
        } else if bytes[..<colon].elementsEqual("credential".utf8) {
            octets = credential(name, reference)
        } else {
            log.add(
                reference,
                "must be a reference, \(SecretReader.forms); the secret itself does not belong into this file")
            return nil
        }
        guard var octets else { return nil }
        while let last = octets.last, last == 0x0A || last == 0x0D { octets.removeLast() }
        guard !octets.isEmpty else {
            log.add(reference, "refers to an empty secret, \(reference.seen)")
            return nil
        }
        return SecretOctets(octets)
    }

    private func file(_ path: String, _ reference: Found<String>) -> [UInt8]? {
        if let octets = pending[path] { return octets }
        if isStandard(reference), let octets = standardKeys[path] { return octets }
        guard let contents = read(path, reference) else { return nil }
        guard contents.permissions & 0o077 == 0 || HandedIn.isMount(holding: path) else {
            let mode = String(contents.permissions, radix: 8)
            log.add(
                reference,
                "the file \(path) has mode 0\(mode), so others can read it; run: chmod 600 \(FileExposure.quoted(path))"
            )
            return nil
        }
        if let problem = FileExposure.problem(ofFile: path) {
            log.add(reference, problem)
            return nil
        }
        return contents.octets
    }

    private func variable(_ name: String, _ reference: Found<String>) -> [UInt8]? {
        guard let value = environment[name] else {
            log.add(reference, "the environment variable \(Shown.text(name)) is not set")
            return nil
        }
        return Array(value.utf8)
    }

    /// A systemd credential.
    ///
    /// Its mode is not judged: the folder is the service's own, and access lists show up as group bits.
    private func credential(_ name: String, _ reference: Found<String>) -> [UInt8]? {
        guard let folder = environment["CREDENTIALS_DIRECTORY"], !folder.isEmpty else {
            let hint = "CREDENTIALS_DIRECTORY is not set; systemd sets it for a unit with LoadCredential="
            log.add(reference, "there are no credentials: \(hint)")
            return nil
        }
        guard !name.utf8.contains(UInt8(ascii: "/")), !name.utf8.elementsEqual("..".utf8) else {
            log.add(reference, "must name a credential without a slash, is \(reference.seen)")
            return nil
        }
        return read("\(folder)/\(name)", reference)?.octets
    }

    /// Whether it is a key of nobody's choice, which the first start makes.
    private func isStandard(_ reference: Found<String>) -> Bool {
        if case .environment(Overrides.Own.data) = reference.place { true } else { false }
    }

    private func read(_ path: String, _ reference: Found<String>) -> TextFile.Contents? {
        do { return try TextFile.read(path, limit: SecretReader.maxLength) } catch {
            let hint =
                isStandard(reference) ? "; `gatehouse serve` makes the keys when it starts for the first time" : ""
            log.add(reference, "the file \(path) cannot be read: \(error.reason)\(hint)")
            return nil
        }
    }
}

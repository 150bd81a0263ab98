internal import GatehouseSystem

/// The mount that a file lies on, as this process sees it.
struct Mount: Equatable {
    let point: [UInt8]
    /// The folder of the file system that is seen there.
    let root: [UInt8]
    let type: [UInt8]
    /// Whether it cannot be written through here.
    let isReadOnly: Bool
    /// Whether the file system cannot be written anywhere.
    let isReadOnlyEverywhere: Bool
    /// Whether mounts of other namespaces are its peers or its master, as those of a host's services are.
    let hasPeers: Bool

    /// Whether nobody can change what lies there: the file system is read-only as a whole, or the mount was made read-only for what
    /// lies in it, in a container.
    ///
    /// systemd shows everything read-only to services that it confines (`ProtectSystem=strict`), and everybody else writes there as
    /// before. Those mounts belong to the host's, and are file systems as a whole.
    var isSealed: Bool {
        guard isReadOnly else { return false }
        if isReadOnlyEverywhere { return true }
        let isMemory = type.elementsEqual("tmpfs".utf8)
        return !isShared && !hasPeers && (isMemory || !root.elementsEqual("/".utf8))
    }

    /// Whether it is a mount on every machine, and everybody's.
    var isShared: Bool { Mount.shared.contains { point.elementsEqual($0.utf8) } }

    private static let shared = ["/", "/run", "/tmp", "/var/tmp", "/dev/shm", "/run/lock", "/run/shm"]

    /// The octets of `/proc/self/mountinfo` (proc(5)); `nil` where there are none.
    static func all() -> [UInt8]? {
        do throws(FileFault) {
            return try OpenFile("/proc/self/mountinfo", waits: true).readAll(limit: 1 << 20)
        } catch {
            return nil
        }
    }

    /// Finds the mount of a path without symbolic links.
    init?(holding path: [UInt8], in mounts: [UInt8]) {
        var found: Mount?
        for line in mounts.split(separator: 0x0A) {
            guard let mount = Mount(line: line) else { continue }
            let isInside = path == mount.point || mount.point == [0x2F] || path.starts(with: mount.point + [0x2F])
            // Of two at one place the later one is seen.
            guard isInside, mount.point.count >= found?.point.count ?? 0 else { continue }
            found = mount
        }
        guard let found else { return nil }
        self = found
    }

    private init?(line: ArraySlice<UInt8>) {
        let fields = line.split(separator: 0x20)
        guard fields.count > 6, let dash = fields[6...].firstIndex(where: { $0.elementsEqual("-".utf8) }),
            dash + 1 < fields.count
        else { return nil }
        func isReadOnly(_ options: ArraySlice<UInt8>) -> Bool {
            options.split(separator: 0x2C).contains { $0.elementsEqual("ro".utf8) }
        }
        root = Mount.unescaped(fields[3])
        point = Mount.unescaped(fields[4])
        type = Array(fields[dash + 1])
        self.isReadOnly = isReadOnly(fields[5])
        isReadOnlyEverywhere = dash + 3 < fields.count && isReadOnly(fields[dash + 3])
        hasPeers = fields[6..<dash].contains { $0.starts(with: "shared:".utf8) || $0.starts(with: "master:".utf8) }
    }

    /// Without the octal escapes of blanks, line breaks and backslashes.
    private static func unescaped(_ field: ArraySlice<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        var rest = field
        while let octet = rest.popFirst() {
            let digits = rest.prefix(3)
            guard octet == 0x5C, digits.count == 3, digits.allSatisfy({ (0x30...0x37).contains($0) }) else {
                text.append(octet)
                continue
            }
            text.append(UInt8(truncatingIfNeeded: digits.reduce(0) { $0 << 3 | Int($1 & 7) }))
            rest = rest.dropFirst(3)
        }
        return text
    }
}

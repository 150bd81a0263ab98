internal import GatehouseSystem
private import Glibc

/// Files that whoever runs the container handed in, as secrets of Compose, Swarm and Kubernetes are.
///
/// Their modes are not ours to choose: Compose mounts a file of the host as it is, Swarm's are 0444 and Kubernetes adds the group.
/// Nobody else lives in the container.
enum HandedIn {
    /// Whether a file is a mount of its own, or lies in a memory file system of its own, and is read-only here.
    static func isMount(holding path: String) -> Bool {
        guard let target = unsafe realpath(path, nil) else { return false }
        defer { unsafe free(target) }
        let mounts: [UInt8]
        do throws(FileFault) {
            mounts = try OpenFile("/proc/self/mountinfo", waits: true).readAll(limit: 1 << 20)
        } catch {
            return false
        }
        return isMount(holding: unsafe Array(String(cString: target).utf8), mounts: mounts)
    }

    /// The same with the octets of `/proc/self/mountinfo` (proc(5)).
    static func isMount(holding path: [UInt8], mounts: [UInt8]) -> Bool {
        var found: (point: [UInt8], isReadOnly: Bool, type: [UInt8])?
        for line in mounts.split(separator: 0x0A) {
            let fields = line.split(separator: 0x20)
            guard fields.count > 6, let dash = fields[6...].firstIndex(where: { $0.elementsEqual("-".utf8) }),
                dash + 1 < fields.count
            else { continue }
            let point = unescaped(fields[4])
            let isInside = path == point || point == [0x2F] || path.starts(with: point + [0x2F])
            // Of two at one place the later one is seen.
            guard isInside, point.count >= found?.point.count ?? 0 else { continue }
            let isReadOnly = fields[5].split(separator: 0x2C).contains { $0.elementsEqual("ro".utf8) }
            found = (point, isReadOnly, Array(fields[dash + 1]))
        }
        guard let found, found.isReadOnly, !shared.contains(where: { $0.utf8.elementsEqual(found.point) }) else {
            return false
        }
        return found.point == path || found.type == Array("tmpfs".utf8)
    }

    /// What is a mount on every machine, and everybody's: systemd shows it read-only to services that it confines.
    private static let shared = ["/", "/run", "/tmp", "/var/tmp", "/dev/shm", "/run/lock", "/run/shm"]

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

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
        guard let mounts = Mount.all() else { return false }
        return isMount(holding: unsafe Array(String(cString: target).utf8), mounts: mounts)
    }

    /// The same with the octets of `/proc/self/mountinfo` (proc(5)).
    static func isMount(holding path: [UInt8], mounts: [UInt8]) -> Bool {
        guard let found = Mount(holding: path, in: mounts), found.isReadOnly, !found.isShared else { return false }
        return found.point == path || found.type.elementsEqual("tmpfs".utf8)
    }
}

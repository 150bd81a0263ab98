@testable internal import GatehouseConfig
internal import Testing

@Suite("Mounts that nobody can write to")
struct MountTests {
    /// As a service sees them that systemd confines with `ProtectSystem=strict`, on a machine with a disk for `/srv`, a subvolume for
    /// `/home` and an image that is read-only everywhere.
    private static let service = """
        22 1 254:1 / / ro,relatime master:1 - ext4 /dev/vda1 rw
        23 22 0:22 / /run ro,nosuid master:5 - tmpfs tmpfs rw
        24 22 254:2 / /srv ro,relatime master:7 - xfs /dev/vda2 rw
        25 22 0:30 /@home /home ro,relatime master:8 - btrfs /dev/vda3 rw
        26 22 254:1 /opt/site /mnt/site ro,relatime master:1 - ext4 /dev/vda1 rw
        27 22 7:1 / /image ro,relatime master:9 - squashfs /dev/loop0 ro
        28 22 0:40 / /srv/memory ro master:10 - tmpfs tmpfs rw

        """

    /// As a container of Kubernetes sees them, with a ConfigMap, a Secret and a volume.
    private static let container = """
        900 800 0:300 / / ro,relatime - overlay overlay rw,lowerdir=/l
        901 900 254:1 /var/lib/kubelet/pods/x/volumes/kubernetes.io~configmap/c /etc/gatehouse ro - ext4 /dev/vda1 rw
        902 900 0:301 / /run/keys ro - tmpfs tmpfs rw
        903 900 254:1 /var/lib/kubelet/pods/x/volumes/data /data rw - ext4 /dev/vda1 rw
        904 900 254:1 / /disk ro - ext4 /dev/vda1 rw

        """

    @Test(
        "are those of a container's own, and file systems that are read-only everywhere",
        arguments: [
            (container, "/etc/gatehouse/..2026/gatehouse.toml", true), (container, "/run/keys/lookup", true),
            (container, "/data/gatehouse.toml", false), (container, "/etc/passwd", false),
            // A whole disk that somebody else may write to.
            (container, "/disk/gatehouse.toml", false),
            (service, "/image/gatehouse.toml", true), (service, "/etc/gatehouse/gatehouse.toml", false),
            (service, "/run/gatehouse.toml", false), (service, "/srv/gatehouse.toml", false),
            (service, "/home/a/gatehouse.toml", false), (service, "/mnt/site/gatehouse.toml", false),
            (service, "/srv/memory/gatehouse.toml", false), ("", "/etc/gatehouse.toml", false),
        ])
    func sealed(mounts: String, path: String, isSealed: Bool) {
        let mount = Mount(holding: Array(path.utf8), in: Array(mounts.utf8))
        #expect((mount?.isSealed ?? false) == isSealed, "\(path)")
    }
}

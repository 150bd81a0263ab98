"""Containers as processes: what an engine or a kubelet would do with a root, mounts, variables, a user and a command.

Each has a root of its own that cannot be written to, entered with chroot by a process of the container's user without capabilities
and without a way to gain any. The root of Gatehouse's image is the image's; that of nginx, Redis and Python is made of this system's
/usr, so that the version is Debian's. All of them share one network that has nothing but loopback: there each name is 127.0.0.1, as
it is within a pod.

To be used in a mount namespace, whose mounts go with the process that made it.
"""
import ctypes
import json
import os
import shutil
import subprocess
import time

WORK = os.environ.get("NEWCOMER_WORK", "")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
LIBC = ctypes.CDLL(None, use_errno=True)


class Failure(Exception):
    pass


def run(*command, **options):
    said = subprocess.run(command, capture_output=True, text=True, **options)
    if said.returncode:
        raise Failure(f"{' '.join(command)}: {said.stderr.strip() or said.stdout.strip()}")
    return said.stdout


def image_root(image):
    """Where `docker build` or `docker push` has put the root of an image; None for one of somebody else's."""
    place = os.path.join(WORK, "images", image.replace("/", "_"))
    return os.path.realpath(place) if os.path.exists(place) else None


class Container:
    def __init__(self, name, image, user, group, command, variables, hosts=()):
        self.name, self.image, self.user, self.group = name, image, user, group
        self.root = os.path.join(WORK, "roots", name)
        own = image_root(image)
        if own is None and image.split("/")[-1].split(":")[0] == "gatehouse":
            raise Failure(f"image {image}: was neither built nor pushed")
        self.variables = {"PATH": PATH, **({"GATEHOUSE_DATA": "/data", "GATEHOUSE_LISTEN": "0.0.0.0"} if own else {}), **variables}
        self.command = (["/usr/bin/gatehouse"] if own and command[:1] != ["/usr/bin/gatehouse"] else []) + command
        self.process = None
        os.makedirs(self.root)
        if own:
            run("cp", "--archive", f"{own}/.", self.root)
        else:
            self._lay_out()
        with open(f"{self.root}/etc/hosts", "w", encoding="utf-8") as file:
            file.writelines(f"127.0.0.1 {host}\n" for host in ("localhost", *hosts))
        self._mounts = []

    def _lay_out(self):
        for folder in ("etc", "proc", "dev", "usr", "run", "tmp", "var/lib/nginx", "var/log/nginx", "data"):
            os.makedirs(f"{self.root}/{folder}")
        for folder in ("bin", "sbin", "lib", "lib64"):
            os.symlink(f"usr/{folder}", f"{self.root}/{folder}")
        for name in ("ld.so.cache", "nsswitch.conf"):
            shutil.copy(f"/etc/{name}", f"{self.root}/etc/")
        with open(f"{self.root}/etc/passwd", "w", encoding="utf-8") as file:
            file.write(f"{self.name}:x:{self.user}:{self.group}::/:/\n")
        with open(f"{self.root}/etc/group", "w", encoding="utf-8") as file:
            file.write(f"{self.name}:x:{self.group}:\n")
        self.variables["HOME"] = "/tmp"

    def mount(self, source, target, is_read_only=False):
        """A file or a folder of outside, at a place inside."""
        place = self.root + target
        if os.path.isdir(source):
            os.makedirs(place, exist_ok=True)
        else:
            os.makedirs(os.path.dirname(place), exist_ok=True)
            open(place, "a", encoding="utf-8").close()
        self._mounts.append((source, place, is_read_only))

    def close(self):
        """Closes the root: from now on only what is mounted can be written to."""
        run("mount", "--bind", self.root, self.root)
        run("mount", "-o", "remount,bind,ro,nosuid,nodev", self.root)
        if image_root(self.image) is None:
            run("mount", "--rbind", "/usr", f"{self.root}/usr")
            run("mount", "-o", "remount,bind,ro", f"{self.root}/usr")
        for place in ("/proc", "/dev"):
            run("mount", "--rbind", place, self.root + place)
        for source, place, is_read_only in self._mounts:
            run("mount", "--bind", source, place)
            if is_read_only:
                run("mount", "-o", "remount,bind,ro", place)

    def _enter(self):
        os.setsid()
        os.chroot(self.root)
        os.chdir("/")
        for capability in range(64):
            LIBC.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP
        os.setgroups([])
        os.setgid(self.group)
        os.setuid(self.user)
        os.umask(0o022)
        if LIBC.prctl(38, 1, 0, 0, 0):  # PR_SET_NO_NEW_PRIVS
            os._exit(126)

    def start(self):
        with open(os.path.join(WORK, f"{self.name}.log"), "ab") as log:
            self.process = subprocess.Popen(
                self.command, env=self.variables, preexec_fn=self._enter, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def execute(self, command):
        """Another command in the same root: its exit code."""
        return subprocess.run(
            command, env=self.variables, preexec_fn=self._enter, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, timeout=20).returncode

    def log(self):
        with open(os.path.join(WORK, f"{self.name}.log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def wait(self, is_ready, seconds=120):
        end = time.monotonic() + seconds
        while not is_ready():
            if self.process.poll() is not None or time.monotonic() > end:
                raise Failure(f"{self.name} did not become ready:\n{self.log()[-2000:]}")
            time.sleep(0.1)

    def confinement(self):
        """Who the process is and what it may do, as the kernel says."""
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as file:
            lines = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
        if lines["Uid"].split() != [str(self.user)] * 4 or int(lines["CapEff"], 16) or int(lines["CapBnd"], 16) or lines["NoNewPrivs"] != "1":
            raise Failure(f"{self.name} is not confined: {lines}")
        return f"{self.name}: user {self.user}, no capability, root read-only, {lines['VmRSS'].split()[0]} KiB resident"


def volume(name, user, group, mode):
    """A folder that outlives a container."""
    path = os.path.join(WORK, "volumes", name)
    if not os.path.exists(path):
        os.makedirs(path)
        os.chown(path, user, group)
        os.chmod(path, mode)
    return path


def read(kind, *files):
    """A compose file, or documents of Kubernetes, compared with their schema."""
    sources = os.environ["NEWCOMER_SOURCES"]
    return json.loads(run("python3", f"{sources}/Tests/EndToEndTests/Deployment/read.py", kind, *files, env={
        **os.environ, "PYTHONPATH": os.environ["TEST_SCHEMAS"], "PYTHONDONTWRITEBYTECODE": "1"}))

"""Makes the guest's kernel and what it needs beside the host's files, of Debian's packages.

Nothing is installed: the packages are fetched and taken apart below `.build-guest`. Run as a
program it prepares, and does nothing when all is there.
"""

import hashlib
import lzma
import re
import shutil
import struct
import subprocess
import sys
import tarfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
IMAGE = HERE.parents[1] / ".build-guest"
KERNEL = IMAGE / "kernel"
INITRAMFS = IMAGE / "initramfs"
OVERLAY = IMAGE / "overlay"  # what lies over the host's files

# Not the -cloud- kernel, which has no USB. kmod and its library: udevd loads the drivers by them.
METAPACKAGE = "linux-image-amd64"
PACKAGES = ["udev", "kmod", "libkmod2", "busybox-static"]
MODULES = (  # below lib/modules/VERSION/
    r"modules\.(builtin|builtin\.modinfo|order)$|kernel/(drivers/(usb|virtio)/|net/9p/"
    r"|drivers/char/virtio_console|drivers/net/(virtio_net|net_failover)\.|net/core/failover"
    r"|fs/(9p|netfs|fscache|overlayfs|configfs)/)"
)
# Those that are there before udevd is, which loads the drivers of USB devices by itself.
EARLY = ["virtio_pci", "9pnet_virtio", "9p", "overlay", "virtio_console", "virtio_net", "configfs"]
SIZE_LIMIT = 1 << 28


class Missing(Exception):
    """Something has to be installed first; the text says what."""


def prepare():
    """Makes the image, unless this very file and `init` made the one that is there."""
    for program, package in (
        ("qemu-system-x86_64", "qemu-system-x86"),
        ("apt-get", "apt, or run this on Debian"),
        ("dpkg-deb", "dpkg"),
        ("timeout", "coreutils"),
        ("setpriv", "util-linux"),
    ):
        if not shutil.which(program):
            raise Missing("%s is missing: install %s" % (program, package))
    recipe = b"".join((HERE / name).read_bytes() for name in ("prepare.py", "init"))
    digest = hashlib.sha256(recipe).hexdigest()
    stamp = IMAGE / "done"
    if stamp.exists() and stamp.read_text() == digest:
        return
    shutil.rmtree(IMAGE, ignore_errors=True)
    OVERLAY.mkdir(parents=True)
    packages = fetch(IMAGE / "packages")
    version = unpack_kernel(packages.pop("linux"))
    for package in packages.values():
        command("dpkg-deb", "-x", package, OVERLAY)
    merge_usr()
    # The package's depmod, with the package's library.
    library = next(OVERLAY.glob("usr/lib/*/libkmod.so.2")).parent
    depmod = IMAGE / "depmod"
    depmod.symlink_to(OVERLAY / "usr/bin/kmod")
    command("env", "LD_LIBRARY_PATH=%s" % library, depmod, "-b", OVERLAY / "usr", version)
    with INITRAMFS.open("wb") as file:
        write_initramfs(file, OVERLAY / "usr/lib/modules" / version)
    shutil.rmtree(IMAGE / "packages")
    stamp.write_text(digest)


def command(*arguments, **options):
    """Runs it for at most five minutes; returns what it printed."""
    arguments = ["timeout", "-k", "2", "300", *map(str, arguments)]
    done = subprocess.run(arguments, capture_output=True, text=True, stdin=subprocess.DEVNULL, **options)
    if done.returncode:
        raise Missing("`%s` failed: %s" % (" ".join(arguments[4:]), done.stderr.strip() or done.stdout))
    return done.stdout


def fetch(directory):
    """Downloads the packages; returns their files by name, the kernel's as `linux`."""
    directory.mkdir()
    names = dict(zip(PACKAGES, PACKAGES, strict=True))
    try:
        depends = command("apt-cache", "depends", METAPACKAGE)
        found = re.search(r"Depends: (linux-image-[0-9]\S+)", depends)
        if not found:
            raise Missing("apt knows no %s" % METAPACKAGE)
        names["linux"] = found.group(1)
        # root's downloads would otherwise be those of a user who may not write here.
        option = "APT::Sandbox::User=root"
        command("apt-get", "download", "-qq", "-o", option, *names.values(), cwd=directory)
    except Missing as problem:
        raise Missing(
            "the guest's Debian packages cannot be fetched; is there a network? "
            "Run `apt-get update` and try again. %s" % problem
        ) from None
    return {key: next(directory.glob(name + "_*.deb")) for key, name in names.items()}


def unpack_kernel(package):
    """Takes the kernel and the modules that are needed out of the package; returns the version."""
    version = None
    modules = re.compile(r"(?:\./)?(?:usr/)?lib/modules/([^/]+)/(?:%s)" % MODULES)
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE) as unpacking:
        with tarfile.open(fileobj=unpacking.stdout, mode="r|") as archive:
            for member in archive:
                if not member.isfile():
                    continue
                if "/boot/vmlinuz-" in member.name:
                    KERNEL.write_bytes(unpacked(archive.extractfile(member).read()))
                found = modules.match(member.name)
                if found:
                    version = found.group(1)
                    path = OVERLAY / "usr" / member.name[member.name.index("lib/modules/") :]
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(archive.extractfile(member).read())
    if not version or not KERNEL.exists():
        raise Missing("%s holds no kernel and modules" % package)
    return version


def unpacked(kernel):
    """The ELF file in a bzImage: QEMU starts it by PVH, and the guest need not unpack it, slowly.

    As it is when it is packed in another way than XZ, which is only slower.
    """
    setup = (kernel[0x1F1] or 4) + 1
    offset, length = struct.unpack_from("<II", kernel, 0x248)
    payload = kernel[setup * 512 + offset :][:length]
    if payload[:6] != b"\xfd7zXZ\0":
        return kernel
    return lzma.LZMADecompressor().decompress(payload, SIZE_LIMIT)


def merge_usr():
    """Moves bin, sbin and lib below usr: on the host they are links, which must stay links."""
    for name in ("bin", "sbin", "lib"):
        old = OVERLAY / name
        if old.is_dir():
            shutil.copytree(old, OVERLAY / "usr" / name, symlinks=True, dirs_exist_ok=True)
            shutil.rmtree(old)


def write_initramfs(file, modules):
    """An archive as the kernel takes it ("newc") of init, busybox and the early modules."""
    busybox = (OVERLAY / "usr/bin/busybox").read_bytes()
    add(file, "dev", 0o040755)
    add(file, "dev/console", 0o020600, device=(5, 1))
    for name in ("bin", "proc", "sys", "run", "modules", "host", "over", "upper", "new"):
        add(file, name, 0o040755)
    add(file, "bin/busybox", 0o100755, busybox)
    add(file, "init", 0o100755, (HERE / "init").read_bytes())
    # `insmod` in the order of these names.
    for number, path in enumerate(in_order(modules)):
        add(file, "modules/%02d-%s" % (number, path.name), 0o100644, path.read_bytes())
    add(file, "TRAILER!!!", 0)


def in_order(modules):
    """The early modules' files, each after those that it needs."""
    needs = {}
    for line in (modules / "modules.dep").read_text().splitlines():
        path, _, others = line.partition(":")
        # depmod gives what has to be loaded first last.
        needs[Path(path).stem] = [modules / name for name in [path, *others.split()]]
    ordered = []
    for name in EARLY:
        if name not in needs:
            raise Missing("the kernel has no module %s" % name)
        ordered += [path for path in reversed(needs[name]) if path not in ordered]
    return ordered


def add(file, name, mode, data=b"", device=(0, 0)):
    name = name.encode() + b"\0"
    inode = file.tell()  # a number of its own
    fields = (inode, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name), 0)
    file.write(b"070701" + b"".join(b"%08X" % field for field in fields) + name)
    file.write(bytes(-file.tell() % 4) + data)
    file.write(bytes(-file.tell() % 4))


if __name__ == "__main__":
    try:
        prepare()
    except Missing as problem:
        sys.exit(str(problem))

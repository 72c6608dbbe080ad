# SPDX-License-Identifier: Apache-2.0
"""The programs that are compared: how each is called, timed, and weighed."""
import glob
import os
import pwd
import shutil
import signal
import subprocess
import time

SAMPLE_SECONDS = 0.02


class Tool:
    """A container program with a store of its own, called as `user`."""

    def __init__(self, name, argv, user, environment):
        account = pwd.getpwnam(user)
        self.name, self.argv = name, argv
        self.run_options = []   # what `run` needs on this machine
        self.options = {"stdin": subprocess.DEVNULL, "cwd": "/",
                        "env": {"PATH": os.environ["PATH"], "LC_ALL": "C", **environment}}
        if account.pw_uid != os.getuid():
            self.options.update(user=user, group=account.pw_gid,
                                extra_groups=os.getgrouplist(user, account.pw_gid))

    def command(self, words):
        words = list(words)
        if words[0] == "run":
            words[1:1] = self.run_options
        return self.argv + words

    def call(self, words):
        return subprocess.run(self.command(words), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, **self.options)

    def milliseconds(self, words):
        """From here to its end, or None if it failed."""
        begin = time.perf_counter()
        result = subprocess.run(self.command(words), stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL, **self.options)
        end = time.perf_counter()
        return (end - begin) * 1000 if result.returncode == 0 else None

    def peak(self, words):
        """Kilobytes, by samples: (the most that one process ever had, the most PSS of all together).
        Not rusage's: that remembers the program which started it, too. None where we may not look."""
        process = subprocess.Popen(self.command(words), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, **self.options)
        largest, together = [], []
        while process.poll() is None:
            members = tree(process.pid)
            largest += [size for size in map(most_memory, members) if size]
            sizes = [size for size in map(shared_memory, members) if size]
            together.append(sum(sizes))
            time.sleep(SAMPLE_SECONDS)
        return max(largest, default=None), max(together, default=0) or None


class Floor(Tool):
    """bench/floor.c; its words are options of its own."""

    def __init__(self, argv, after, user, store):
        super().__init__("floor", argv, user, {"HOME": store})
        self.after = after

    def command(self, words):
        return self.argv + list(words) + self.after


def parents():
    """pid -> its parent, of all processes."""
    found = {}
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path) as stat:
                text = stat.read()
        except OSError:
            continue
        found[int(text.split(" ", 1)[0])] = int(text.rpartition(")")[2].split()[1])
    return found


def tree(pid):
    """The process and all that descend from it."""
    above = parents()
    members = {pid}
    while True:
        more = {child for child, parent in above.items() if parent in members} - members
        if not more:
            return members
        members |= more


def kilobytes(pid, file, field):
    """A field of one of a process's files; None if it is gone or not ours to see."""
    try:
        with open("/proc/%d/%s" % (pid, file)) as lines:
            return int(next(line for line in lines if line.startswith(field + ":")).split()[1])
    except (OSError, StopIteration):
        return None


def most_memory(pid):
    """The most that was ever resident."""
    return kilobytes(pid, "status", "VmHWM")


def shared_memory(pid):
    """What is resident now, with only its share of what it shares."""
    return kilobytes(pid, "smaps_rollup", "Pss")


def supervisor_memory(tool):
    """Kilobytes of the process that stays beside the container `bench`."""
    init = tool.call(["inspect", "--format", "{{.State.Pid}}", "bench"]).stdout.strip()
    parent = parents().get(int(init)) if init.isdigit() else None
    return shared_memory(parent) if parent and parent != 1 else None


def installed(proa, scratch):
    """A copy that every user can read, at the same place below `scratch`."""
    prefix = os.path.dirname(os.path.dirname(os.path.realpath(proa)))
    copy = os.path.join(scratch, "install") + prefix
    os.makedirs(copy + "/bin")
    shutil.copy(os.path.realpath(proa), copy + "/bin/proa")
    for part in ("lib/proa", "share/proa"):
        if os.path.isdir(os.path.join(prefix, part)):
            shutil.copytree(os.path.join(prefix, part), os.path.join(copy, part))
    return copy + "/bin/proa"


def store_folder(scratch, user):
    """Short: podman takes 50 characters for what is below it."""
    store = os.path.join(scratch, user)
    os.makedirs(store + "/run", mode=0o755)
    os.chmod(store + "/run", 0o700)
    for path in (store, store + "/run"):
        shutil.chown(path, user)
    return store


def find_proa(proa, store, user):
    return Tool("proa", [proa, "--root", store + "/proa"], user, {"HOME": store})


def find_podman(store, user):
    """None where there is none. It gets a folder for what it keeps while it runs, since there may
    be no session that made one, and raises no limits, since root may not be allowed to."""
    if not shutil.which("podman"):
        return None
    config = store + "/containers.conf"
    with open(config, "w") as out:
        out.write("[containers]\ndefault_ulimits = []\n")
    os.chmod(config, 0o644)
    return Tool("podman", ["podman", "--root", store + "/podman", "--runroot", store + "/podman-run",
                           "--storage-driver", "overlay"], user,
                {"HOME": store, "XDG_RUNTIME_DIR": store + "/run", "CONTAINERS_CONF": config})


def subordinate(path, user):
    """(start, count) of the first line of a user's in /etc/subuid or /etc/subgid, or None."""
    with open(path) as lines:
        for line in lines:
            name, start, count = line.strip().split(":")
            if name in (user, str(pwd.getpwnam(user).pw_uid)):
                return start, count
    return None


def find_floor(program, tree_folder, store, user):
    """None where it was not built, or an ordinary user has no subordinate ids."""
    if not program:
        return None
    options = []
    if pwd.getpwnam(user).pw_uid != 0:
        uids, gids = (subordinate(path, user) for path in ("/etc/subuid", "/etc/subgid"))
        if not uids or not gids:
            return None
        options = ["-u", uids[0], "-g", gids[0], "-c", str(min(int(uids[1]), int(gids[1])))]
    for name in ("upper", "work", "root"):
        os.makedirs(store + "/floor/" + name)
        shutil.chown(store + "/floor/" + name, user)
    return Floor([program], options + [tree_folder, store + "/floor", "/bin/true"], user, store)


def end_pause_process(store):
    """Rootless podman leaves one process behind, which holds its user namespace."""
    try:
        with open(store + "/run/libpod/tmp/pause.pid") as pid:
            os.kill(int(pid.read()), signal.SIGKILL)
    except (OSError, ValueError):
        pass

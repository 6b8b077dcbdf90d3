"""A JupyterHub for a workshop on one Linux machine; INSTRUCTORS.md says how to start it.

Seats are system accounts, learner-01 to learner-30, made when the hub first starts. What is shared
and what is not:

- **The password.** WORKSHOP_PASSWORD is one for all seats: whoever knows it can take any seat, and
  read and change what is there. It will do for a morning in which nobody has anything to hide.
  WORKSHOP_PASSWORDS=a/file gives each seat its own (`passwords.py` makes the file): take this as
  soon as answers count, or somebody brings a key of their own.
- **The wire.** Without WORKSHOP_SSL_KEY and WORKSHOP_SSL_CERT passwords and notebooks travel in
  clear: anybody on the same network can read them. The hub says so when it starts.
- **The machine.** Processors, memory, disk, /tmp and the list of processes are common; a kernel can
  reach every port of the machine. A home is its seat's own (mode 0700), and the course in it too.
- No provider's key is on the hub. A learner's own belongs into their own kernel's environment,
  and never into a notebook.

Each seat has a copy of the course and its own limits, which processes inherit and cannot raise:

- a process may take MEMORY_GB of address space (a lesson takes 1.9), then Python raises
  MemoryError in the cell and the kernel lives on;
- a seat may run 400 threads, and no file may grow beyond 1 GB;
- seats run at lower priority than the hub and the proxy, and when the machine itself runs out
  of memory, Linux ends a seat's process and not the hub.

They are limits for accidents. A seat may start several processes: a cap on its sum needs systemd
(the package jupyterhub-systemdspawner) or containers.
"""

import asyncio
import os
import resource
import secrets
import subprocess
import sys
from pathlib import Path

from jupyterhub.auth import Authenticator, LocalAuthenticator
from jupyterhub.authenticators.shared import SharedPasswordAuthenticator
from jupyterhub.spawner import LocalProcessSpawner

c = get_config()  # noqa: F821 (JupyterHub defines it)

COURSE = Path(__file__).resolve().parents[1]
STATE = Path(os.environ.get("WORKSHOP_STATE", "/var/lib/workshop"))
SEATS = int(os.environ.get("WORKSHOP_SEATS", "30"))
MEMORY_GB = float(os.environ.get("WORKSHOP_MEMORY_GB", "3"))
THREADS = 400
FILE_BYTES = 10**9
FIRST_LESSON = sorted(COURSE.glob("lessons/01_*.ipynb"))[0].name

sys.path.insert(0, str(COURSE))
sys.path.insert(0, str(Path(__file__).parent))
from passwords import is_right, seat_of, seat_passwords  # noqa: E402

from costlib.course.bootstrap import write_lab_settings  # noqa: E402

write_lab_settings(Path(sys.prefix))  # no pop-up about news, calculators that stay
os.umask(0o077)  # the hub's database is nobody else's
STATE.mkdir(parents=True, exist_ok=True)
STATE.chmod(0o711)
BUNDLE = STATE / "course.bundle"  # git refuses to clone what another account owns, but not this
subprocess.run(["git", "bundle", "create", "-q", BUNDLE, "HEAD"], cwd=COURSE, check=True)
BUNDLE.chmod(0o644)


PASSWORDS = {}  # of each seat, where each has its own


class BySeat(Authenticator):
    """Whoever types Learner-1 means learner-01."""

    def normalize_username(self, username):
        return seat_of(username)


class Seats(BySeat, SharedPasswordAuthenticator, LocalAuthenticator):
    """One password for all seats, and a system account for each."""


class OwnSeats(BySeat, LocalAuthenticator):
    """A password for each seat, and a system account for it."""

    async def authenticate(self, handler, data):
        seat = self.normalize_username(data["username"])
        return seat if is_right(PASSWORDS, seat, data["password"]) else None


class Seat(LocalProcessSpawner):
    """A learner's server under the limits above."""

    def make_preexec_fn(self, name):
        become_user = super().make_preexec_fn(name)
        memory = int(MEMORY_GB * 1024**3)

        def preexec():
            Path("/proc/self/oom_score_adj").write_text("500")
            os.nice(5)
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
            resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
            resource.setrlimit(resource.RLIMIT_NPROC, (THREADS, THREADS))
            become_user()

        return preexec


async def fetch_course(spawner):
    """Clone the course into the seat's home, as that user; a later login keeps what is there."""
    name = spawner.user.name
    home = Path("~" + name).expanduser()
    home.chmod(0o700)  # nobody else's: some systems make homes that all can read
    if not (home / "course").exists():
        git = await asyncio.create_subprocess_exec(
            *("git", "clone", "-q", BUNDLE, home / "course"),
            user=name,
            group=name,
            extra_groups=[],
            env={"HOME": str(home), "PATH": os.environ["PATH"]},
            cwd=home,
        )
        if await git.wait():
            raise RuntimeError(f"The course could not be cloned into {home}.")


c.JupyterHub.bind_url = os.environ.get("WORKSHOP_URL", "http://:8000")
c.JupyterHub.ssl_key = os.environ.get("WORKSHOP_SSL_KEY", "")
c.JupyterHub.ssl_cert = os.environ.get("WORKSHOP_SSL_CERT", "")
c.JupyterHub.db_url = f"sqlite:///{STATE}/hub.sqlite"
c.JupyterHub.cookie_secret_file = f"{STATE}/cookie_secret"
c.ConfigurableHTTPProxy.pid_file = f"{STATE}/proxy.pid"
# All press the button in the same minute; beyond this limit they would be sent away.
c.JupyterHub.concurrent_spawn_limit = SEATS + 10
c.JupyterHub.spawner_class = Seat
names = {f"learner-{number:02}" for number in range(1, SEATS + 1)}
own = os.environ.get("WORKSHOP_PASSWORDS")
if own:
    PASSWORDS.update(seat_passwords(own, names))
    print(f"The passwords of {len(names)} seats are in {own}", flush=True)
else:
    c.Seats.user_password = os.environ.get("WORKSHOP_PASSWORD") or secrets.token_urlsafe(9)
    if "WORKSHOP_PASSWORD" not in os.environ:
        print(f"The workshop's password is {c.Seats.user_password}", flush=True)
    print("It opens every seat; WORKSHOP_PASSWORDS=a/file gives each its own.", flush=True)
if not c.JupyterHub.ssl_cert:
    print("Passwords travel in clear: strangers on this network could read them.", flush=True)
c.JupyterHub.authenticator_class = OwnSeats if own else Seats
c.LocalAuthenticator.create_system_users = True
c.Authenticator.allowed_users = names

c.Spawner.pre_spawn_hook = fetch_course
c.Spawner.notebook_dir = "~/course"
c.Spawner.default_url = f"/lab/tree/lessons/{FIRST_LESSON}"
c.Spawner.start_timeout = c.Spawner.http_timeout = 300
c.Spawner.environment = {
    "PYTHONPATH": lambda spawner: str(Path("~" + spawner.user.name).expanduser() / "course"),
    "OPENBLAS_NUM_THREADS": "1",  # each of its threads reserves address space
}

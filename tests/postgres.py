"""A throw-away PostgreSQL instance for the tests: its own data directory, its own port, gone afterwards."""

import atexit
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.ports import free_port


def binaries() -> Path | None:
    """The directory of PostgreSQL's server binaries, the newest one found."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def start(*, is_durable: bool = False) -> str:
    """Start an instance that ends with this process; its DATABASE_URL. A durable one syncs to the disk: slower."""
    directory = binaries()
    if directory is None:
        raise SystemExit(
            "DB=postgres needs PostgreSQL's server binaries: apt-get install postgresql, or use DB=sqlite."
        )
    root = Path(tempfile.mkdtemp(prefix="mainstay-postgres-"))
    # initdb and postgres refuse to run as root.
    runner = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if runner:
        user = pwd.getpwnam("postgres")
        os.chown(root, user.pw_uid, user.pw_gid)
    port = free_port()
    data = root / "data"
    options = (
        f"-p {port} -k {root} -c listen_addresses=127.0.0.1 -c max_connections=60"
        f"{'' if is_durable else ' -c fsync=off -c full_page_writes=off'}"
    )
    control = [*runner, str(directory / "pg_ctl"), "-D", str(data), "-s", "-w"]
    subprocess.run([*runner, str(directory / "initdb"), "-D", str(data), "-A", "trust", "-U", "mainstay", "--no-sync"],
                   check=True, stdout=subprocess.DEVNULL, cwd=root)  # fmt: skip
    subprocess.run([*control, "-l", str(root / "log"), "-o", options, "start"], check=True, cwd=root)

    def stop() -> None:
        subprocess.run([*control, "-m", "immediate", "stop"], check=False, cwd=root)
        shutil.rmtree(root, ignore_errors=True)

    atexit.register(stop)
    return f"postgresql://mainstay@127.0.0.1:{port}/postgres"

"""Helpers that read the environment and refuse nonsense, naming the variable, the value and what would be right."""

import os
from pathlib import Path

from mainstay.common.errors import MainstayError


class SettingError(MainstayError):
    """A variable of the environment has a value that cannot be used."""

    code = "bad_setting"


def text(name: str, default: str = "") -> str:
    """The value of NAME, or the content of the file named by NAME_FILE."""
    path = os.environ.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text().strip()
        except OSError as error:
            raise SettingError(f"{name}_FILE is '{path}', which cannot be read: {error.strerror}.") from error
    return os.environ.get(name, default)


def boolean(name: str, *, default: bool) -> bool:
    """`true` or `false`, nothing else."""
    value = os.environ.get(name)
    if value is None or value == "":
        return default
    if value in ("true", "false"):
        return value == "true"
    raise SettingError(f"{name} is '{value}'; use 'true' or 'false'.")


def integer(name: str, *, default: int, minimum: int) -> int:
    """A whole number of at least `minimum`."""
    value = os.environ.get(name)
    if value is None or value == "":
        return default
    try:
        number = int(value)
    except ValueError:
        raise SettingError(f"{name} is '{value}'; use a whole number, for example {default}.") from None
    if number < minimum:
        raise SettingError(f"{name} is {number}; use at least {minimum}.")
    return number


def words(name: str) -> list[str]:
    """A comma-separated list without blanks."""
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


def suggest(name: str, value: str) -> None:
    """Set NAME for this process and its children, unless it is set already."""
    os.environ.setdefault(name, value)


def home() -> Path:
    """The data directory MAINSTAY_HOME, made when missing and readable by its owner only."""
    path = Path(os.environ.get("MAINSTAY_HOME") or Path.cwd() / ".mainstay").expanduser().absolute()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingError(f"MAINSTAY_HOME is '{path}', which cannot be made: {error.strerror}.") from error
    return path


def secret(name: str, directory: Path) -> str:
    """The secret NAME of the environment, else the one kept in `directory`, made at the first start."""
    given = text(name)
    if given:
        if len(given) < 32:
            raise SettingError(f"{name} has {len(given)} characters; use at least 32 random ones, or leave it out.")
        return given
    path = directory / "secret_key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(os.urandom(48).hex())
    return path.read_text()

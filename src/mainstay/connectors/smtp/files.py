"""Mails as files, for installations without a mail server: one `.eml` each, readable by its owner only."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class FileBackend(BaseEmailBackend):
    """Writes each mail to `file_path`, named by its Message-ID: the same mail again replaces itself."""

    def __init__(self, *, file_path: str, **options: Any) -> None:
        super().__init__(**options)
        self._folder = Path(file_path)

    def open(self) -> None:
        """Make the folder."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write the mails; complete or not at all, even when the process or the machine dies."""
        self.open()
        for message in email_messages:
            content = message.message()
            name = re.sub(r"[^\w.@-]", "", content["Message-ID"])
            path, part = self._folder / f"{name}.eml", self._folder / f".{name}.part"
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content.as_bytes())
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        return len(email_messages)

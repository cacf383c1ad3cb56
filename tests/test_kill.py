"""The short form of `benchmarks/kill.py`."""

import os
from pathlib import Path

import pytest
from benchmarks.kill import MailServer, attack, settings_for

from tests.harness import installation, new_database


@pytest.mark.slow
def test_killed_under_load_nothing_is_lost_and_nothing_is_done_twice(tmp_path: Path) -> None:
    url = new_database(os.environ.get("DATABASE_URL", ""))
    with MailServer() as mail, installation(tmp_path, database_url=url, settings=settings_for(mail)) as target:
        report = attack(target, mail, kills=3, pause=(0.3, 1.5), seed=7, clients=1)
    assert report.is_clean, str(report)
    assert report.accepted > 0
    assert report.red_accounts > 0, str(report)

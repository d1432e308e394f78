"""What a killed task fetched does not stay on the disk."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from reconcile.stores.private_folder import PrivateFolder

_HOLD = """
import sys, time
from pathlib import Path
from reconcile.stores.private_folder import PrivateFolder
folder = PrivateFolder(Path(sys.argv[1]))
(folder.path / "rows").write_text("personal")
print(folder.path, flush=True)
time.sleep(60)
"""


def test_the_folder_of_a_killed_owner_is_swept_and_that_of_a_living_one_is_not(tmp_path):
    owner = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    with owner:
        assert owner.stdout is not None
        theirs = Path(owner.stdout.readline().strip())
        PrivateFolder(tmp_path).remove()
        assert (theirs / "rows").read_text() == "personal"
        os.kill(owner.pid, signal.SIGKILL)
    mine = PrivateFolder(tmp_path)
    assert not theirs.exists()
    assert mine.path.exists()
    mine.remove()
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_spool_is_left_alone(tmp_path):
    (tmp_path / "reconcile-spool-mine").mkdir()
    (tmp_path / "other").mkdir()
    PrivateFolder(tmp_path).remove()
    assert {path.name for path in tmp_path.iterdir()} == {"reconcile-spool-mine", "other"}

"""The panel's own settings in a folder of its own, with a real Redis on a free port (see conftest.py).

The database is SQLite in a file (several threads use it), or what DATABASE_URL names.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

from standalone.testing import free_port

home = tempfile.mkdtemp(prefix="overtime-tests-")
atexit.register(shutil.rmtree, home, ignore_errors=True)
os.environ["OVERTIME_HOME"] = home
os.environ["OVERTIME_ENV_FILE"] = os.devnull
os.environ["REDIS_PORT"] = str(free_port())
for name in ("REDIS_URL", "PORT", "STANDALONE_PORT", "ALLOWED_HOSTS", "OVERTIME_HTTPS"):
    os.environ.pop(name, None)

from controlpanel.settings import *  # noqa: E402, F403
from controlpanel.settings import DATABASES, OVERTIME_HOME  # noqa: E402

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(OVERTIME_HOME / "tests.sqlite3")}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]

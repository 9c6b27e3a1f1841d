"""A device that imports the desk's values must not pay for its database."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["voice.compose", "server.wire", "server.promising", "server.fakes"])
def test_no_database_is_imported(module):
    code = f"import sys, {module}; print([m for m in ('sqlalchemy', 'alembic', 'psycopg') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stderr

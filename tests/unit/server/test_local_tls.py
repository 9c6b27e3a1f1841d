"""Certificates of the desk's own authority, held to what a TLS client demands."""

import socket
import ssl
import stat
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from cryptography import x509

from server.errors import FolderUnusable
from server.local_tls import local_tls, names_of_this_machine

NOW = datetime.now(UTC)
NAMES = ("192.168.1.20", "desk", "desk.local", "localhost", "127.0.0.1")


def read(path):
    return x509.load_pem_x509_certificates(path.read_bytes())[0]


def shake_hands(files, name):
    """A real TLS connection; returns the name the certificate was good for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    here, there = socket.socketpair()

    def answer():
        with context.wrap_socket(there, server_side=True) as spoken:
            spoken.recv(1)

    thread = Thread(target=answer, daemon=True)
    thread.start()
    trusting = ssl.create_default_context(cafile=files.authority)
    try:
        with trusting.wrap_socket(here, server_hostname=name) as spoken:
            spoken.send(b".")
            return spoken.version()
    finally:
        here.close()
        thread.join(5)


@pytest.mark.parametrize("name", ["192.168.1.20", "desk.local", "localhost"])
def test_who_trusts_the_authority_can_connect(tmp_path, name):
    assert shake_hands(local_tls(tmp_path, NAMES, NOW), name) == "TLSv1.3"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_another_name_is_refused(tmp_path):
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(local_tls(tmp_path, NAMES, NOW), "example.com")


def test_phones_take_it(tmp_path):
    made = read(local_tls(tmp_path, NAMES, NOW).certificate)
    assert made.not_valid_after_utc - made.not_valid_before_utc <= timedelta(days=397)
    assert made.not_valid_before_utc < NOW
    usage = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert x509.oid.ExtendedKeyUsageOID.SERVER_AUTH in usage


def test_keys_are_the_owner_s(tmp_path):
    files = local_tls(tmp_path, NAMES, NOW)
    for key in (files.key, files.authority.with_name("authority.key")):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_the_next_start_finds_it_and_asks_phones_for_nothing_new(tmp_path):
    first = read(local_tls(tmp_path, NAMES, NOW).certificate)
    assert read(local_tls(tmp_path, NAMES[:2], NOW).certificate) == first


def test_another_address_gets_a_certificate_of_the_same_authority(tmp_path):
    files = local_tls(tmp_path, NAMES, NOW)
    before, authority = read(files.certificate), read(files.authority)
    files = local_tls(tmp_path, (*NAMES, "10.0.0.7"), NOW)
    assert read(files.certificate) != before
    assert read(files.authority) == authority


def test_before_its_end_it_is_renewed(tmp_path):
    before = read(local_tls(tmp_path, NAMES, NOW).certificate)
    later = local_tls(tmp_path, NAMES, NOW + timedelta(days=380))
    assert read(later.certificate).not_valid_after_utc > before.not_valid_after_utc + timedelta(days=300)


@pytest.mark.parametrize("name", ["desk.pem", "desk.key", "authority.pem", "authority.key"])
def test_a_damaged_file_is_made_anew_and_that_is_told(tmp_path, name, caplog):
    local_tls(tmp_path, NAMES, NOW)
    assert caplog.text == ""
    (tmp_path / "tls" / name).write_bytes(b"damaged")
    assert shake_hands(local_tls(tmp_path, NAMES, NOW), "localhost") == "TLSv1.3"
    assert "the certificate in" in caplog.text


def test_a_folder_that_is_a_file_is_said(tmp_path):
    (tmp_path / "tls").write_text("in the way")
    with pytest.raises(FolderUnusable, match="tls"):
        local_tls(tmp_path, NAMES, NOW)


def test_this_machine_has_a_name():
    assert {"localhost", "127.0.0.1", socket.gethostname()} <= set(names_of_this_machine())

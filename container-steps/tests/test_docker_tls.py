"""An engine that is reached by TLS, and lets in only who shows a certificate."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from fake_engine import FakeEngine
from left_behind import logged
from python_step import DONE, RESULT, extract
from running import run_task, sigterm_when

Pair = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def _pair(name: str, issuer: Pair | None = None) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
    )
    return builder.sign(issuer[1] if issuer else key, hashes.SHA256()), key


def _write(folder: Path, certificate: str, pair: Pair, key: str = "") -> None:
    folder.mkdir(exist_ok=True)
    (folder / certificate).write_bytes(pair[0].public_bytes(serialization.Encoding.PEM))
    if key:
        form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        (folder / key).write_bytes(pair[1].private_bytes(serialization.Encoding.PEM, *form))


@pytest.fixture
def secured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeEngine]:
    """Run an engine that speaks TLS, and name it and a client's certificate in the settings."""
    authority = _pair("authority")
    _write(tmp_path / "engine", "cert.pem", _pair("engine", authority), "key.pem")
    _write(tmp_path / "client", "cert.pem", _pair("client", authority), "key.pem")
    _write(tmp_path / "client", "ca.pem", authority)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(tmp_path / "client/ca.pem"))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(tmp_path / "engine/cert.pem", tmp_path / "engine/key.pem")
    engine = FakeEngine(tls=context)
    monkeypatch.setenv("AIRFLOW__PARCELS__DOCKER_URL", engine.url)
    monkeypatch.setenv("AIRFLOW__PARCELS__DOCKER_CERT_PATH", str(tmp_path / "client"))
    yield engine
    engine.close()


def test_a_step_runs(secured: FakeEngine) -> None:
    """Many small frames come in one record of TLS: none waits for the next record."""
    secured.frame = 50
    ran = run_task(extract("for i in range(500): log(f'line {i}')\n" + DONE))
    assert ran.state == "success", ran.error
    assert ran.events == [f"line {i}" for i in range(500)]
    assert ran.xcoms["return_value"] == RESULT


def test_its_connections_break(secured: FakeEngine) -> None:
    secured.cut_after, secured.cut_logs = 3000, [9000]
    ran = run_task(extract("for i in range(500): log(f'line {i}')\n" + DONE))
    assert ran.state == "success", ran.error
    assert ran.events == [f"line {i}" for i in range(500)]


def test_it_is_stopped(secured: FakeEngine) -> None:
    """By a connection of its own, which is TLS, too."""
    with sigterm_when(lambda: logged(secured, b"ready")):
        ran = run_task(extract("log('ready')\ntime.sleep(60)"))
    assert ran.state == "up_for_retry"
    assert not secured.containers


def test_an_engine_that_nobody_vouches_for(secured: FakeEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("container_steps.docker.REACH", 0.1)
    _write(tmp_path / "client", "ca.pem", _pair("somebody else"))
    ran = run_task(extract(DONE))
    assert ran.state == "up_for_retry"
    assert secured.all == []


def test_a_certificate_that_is_not_there(secured: FakeEngine, tmp_path: Path) -> None:
    (tmp_path / "client/key.pem").unlink()
    ran = run_task(extract(DONE))
    assert ran.state == "failed"
    assert "[parcels] docker_cert_path" in str(ran.error)
    assert "has no key.pem on this worker" in str(ran.error)

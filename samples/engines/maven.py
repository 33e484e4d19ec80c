"""Running Maven behind a company's proxy: Java reads none of the variables that other programs read."""

from __future__ import annotations

import os
import shlex
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from samples.engines import programs
from samples.engines.commands import must
from samples.engines.errors import EngineSetupError

SYSTEM_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
MAVEN_DEADLINE = 1200.0
"""Seconds for one build with its downloads."""

NOT_TRUSTED = "PKIX path building failed"
REMEDY = "Check that Maven reaches its repository (proxy, certificates) and repeat."
STORE_PASSWORD = "changeit"  # noqa: S105  (Java's own default; the store holds public certificates)


def package(pom: Path, target: Path) -> None:
    """Build what *pom* describes into the folder *target*.

    Where Java trusts too few certificates, it is tried once more with those of SSL_CERT_FILE or the system.
    """
    options = [os.environ.get("MAVEN_OPTS", ""), *proxies(os.environ)]
    try:
        _run(pom, target, options)
    except EngineSetupError as error:
        if NOT_TRUSTED not in error.output:
            raise
        with tempfile.TemporaryDirectory(prefix="cytodrill-trust-") as folder:
            store = _truststore(Path(os.environ.get("SSL_CERT_FILE") or SYSTEM_BUNDLE), Path(folder, "trust.p12"))
            trust = f"-Djavax.net.ssl.trustStore={store} -Djavax.net.ssl.trustStorePassword={STORE_PASSWORD}"
            _run(pom, target, [*options, trust, "-Djavax.net.ssl.trustStoreType=PKCS12"])


def proxies(environment: Mapping[str, str]) -> list[str]:
    """Java's options for the proxies that *environment* names."""
    options = []
    for scheme in ("http", "https"):
        address = urlsplit(environment.get(f"{scheme}_proxy") or environment.get(f"{scheme.upper()}_PROXY") or "")
        if address.hostname:
            options.append(f"-D{scheme}.proxyHost={address.hostname}")
            options.append(f"-D{scheme}.proxyPort={address.port or 80}")
    direct = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    hosts = [f"*{name}" if name.startswith(".") else name for name in direct.replace(" ", "").split(",") if name]
    if options and hosts:
        options.append(f"-Dhttp.nonProxyHosts={shlex.quote('|'.join(hosts))}")
    return options


def _run(pom: Path, target: Path, options: list[str]) -> None:
    mvn = programs.mvn()
    if mvn is None:
        raise EngineSetupError("Maven is missing. Install it with `sudo apt-get install maven`, or use --install.")
    must(
        # -U: a download that failed is remembered and not tried again without it
        [str(mvn), "-B", "-q", "-U", "-f", str(pom), f"-Dstandin.target={target}", "package"],
        remedy=REMEDY,
        deadline=MAVEN_DEADLINE,
        extra={"MAVEN_OPTS": " ".join(options).strip()},
    )


def _truststore(bundle: Path, store: Path) -> Path:
    source = Path(__file__).with_name("Truststore.java")
    must([str(programs.java()), str(source), str(bundle), str(store), STORE_PASSWORD], remedy=REMEDY, deadline=120.0)
    return store

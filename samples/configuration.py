"""`cytomine.yml` of the sample and what the installer generates from it, with secrets that open its servers.

Facts: Cytomine-installer 5.2.2 (schema, namespaces, image pins of CE2025.1, which generated file holds what).
The texts are ours.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from random import Random
from uuid import UUID

import yaml

from samples.rows import image_server_keys

Values = dict[str, str]

POSTGRES_USER = "docker"
MONGO_USER = "mongoadmin"


@dataclass(frozen=True)
class Secrets:
    """What the installer generates once and keeps; the same for the same seed."""

    postgres: str
    appengine: str
    mongo: str
    admin: str
    jwt: str
    server_id: str
    admin_keys: tuple[str, str]
    superadmin_keys: tuple[str, str]
    image_server_keys: tuple[str, str]
    rabbit: str


def secrets(seed: int) -> Secrets:
    """Generate the secrets of the sample instance with this *seed*, in the installer's forms (base64 and UUIDs)."""
    random = Random(f"{seed}:secrets")

    def openssl(size: int) -> str:
        return base64.b64encode(random.randbytes(size)).decode()

    def uuid() -> str:
        return str(UUID(int=random.getrandbits(128), version=4))

    return Secrets(
        postgres=openssl(24),
        appengine=openssl(24),
        mongo=openssl(24),
        admin=openssl(12),
        jwt=openssl(32),
        server_id=uuid(),
        admin_keys=(uuid(), uuid()),
        superadmin_keys=(uuid(), uuid()),
        image_server_keys=image_server_keys(seed),
        rabbit=openssl(12),
    )


def _globals(secret: Secrets) -> dict[str, Values]:
    return {
        "versions": {"CYTOMINE_COMMERCIAL": "2025.1"},
        "images": {
            "APP_ENGINE": "cytomine/app-engine:0.1.0",
            "CORE": "cytomine/core:5.1.0",
            "MONGO": "cytomine/mongo:1.0.0",
            "NGINX": "cytomine/nginx:1.6.0",
            "PIMS": "cytomine/pims:0.13.1",
            "PIMS_CACHE": "redis:7.2",
            "POSTGIS": "cytomine/postgis:1.5.1",
            "REGISTRY": "registry:2.8.3",
            "WEB_UI": "cytomine/web-ui:3.1.0",
        },
        "urls": {"CYTOMINE_DOMAIN": "cytomine.example.org"},
        "host_paths": {"PROJECT_DATA_PATH": "./data"},
        "container_paths": {"IMS_STORAGE_PATH": "/data/images", "IMS_BUFFER_PATH": "/tmp/uploaded"},  # noqa: S108
        "postgres": {"USER": POSTGRES_USER, "PASS": secret.postgres, "DB_NAME": "docker", "PORT": "5432"},
        "postgres-appengine": {"USER": "appengine", "PASS": secret.appengine, "DB_NAME": "appengine"},
        "mongodb": {"USER": MONGO_USER, "PASS": secret.mongo, "DB_NAME": "cytomine", "PORT": "27017"},
        "keys": {
            "IMAGE_SERVER_PUBLIC": secret.image_server_keys[0],
            "IMAGE_SERVER_PRIVATE": secret.image_server_keys[1],
        },
    }


def _services(secret: Secrets) -> dict[str, dict[str, Values]]:
    return {
        "core": {
            "constant": {
                "ADMIN_PASSWORD": secret.admin,
                "ADMIN_PUB_KEY": secret.admin_keys[0],
                "ADMIN_PRIV_KEY": secret.admin_keys[1],
                "SUPERADMIN_PUB_KEY": secret.superadmin_keys[0],
                "SUPERADMIN_PRIV_KEY": secret.superadmin_keys[1],
                "JWT_SECRET": secret.jwt,
                "SERVER_ID": secret.server_id,
            },
            "global": {
                "IMAGE_SERVER_PUBLIC_KEY": "keys.IMAGE_SERVER_PUBLIC",
                "IMAGE_SERVER_PRIVATE_KEY": "keys.IMAGE_SERVER_PRIVATE",
                "MONGO_DATABASE": "mongodb.DB_NAME",
                "MONGO_PASS": "mongodb.PASS",
                "MONGO_USER": "mongodb.USER",
                "POSTGIS_DB": "postgres.DB_NAME",
                "POSTGIS_PASS": "postgres.PASS",
                "POSTGIS_USER": "postgres.USER",
            },
        },
        "mongo": {
            "global": {
                "MONGO_INITDB_ROOT_PASSWORD": "mongodb.PASS",
                "MONGO_INITDB_ROOT_USERNAME": "mongodb.USER",
                "MONGO_INIT_DATABASE": "mongodb.DB_NAME",
            },
        },
        "pims": {
            "constant": {"API_BASE_PATH": "/ims", "AUTO_DELETE_MULTI_FILE_FORMAT_ARCHIVE": "True"},
            "global": {
                "CYTOMINE_PUBLIC_KEY": "keys.IMAGE_SERVER_PUBLIC",
                "CYTOMINE_PRIVATE_KEY": "keys.IMAGE_SERVER_PRIVATE",
            },
        },
        "postgis": {
            "global": {
                "APPENGINE_DB": "postgres-appengine.DB_NAME",
                "APPENGINE_PASSWORD": "postgres-appengine.PASS",
                "APPENGINE_USER": "postgres-appengine.USER",
                "POSTGRES_DB": "postgres.DB_NAME",
                "POSTGRES_PASSWORD": "postgres.PASS",
                "POSTGRES_USER": "postgres.USER",
            },
        },
        "app-engine": {
            "constant": {"STORAGE_BASE_PATH": "/data", "REGISTRY_URL": "http://registry:5000"},
            "global": {"DB_PASSWORD": "postgres-appengine.PASS", "DB_USERNAME": "postgres-appengine.USER"},
        },
    }


def write(instance: Path, secret: Secrets) -> None:
    """Write `cytomine.yml` into the folder *instance*, and beside it what a deployment generates from it."""
    shared, services = _globals(secret), _services(secret)
    document = {
        "global": {namespace: {"constant": values} for namespace, values in shared.items()},
        "services": {"default": services},
    }
    text = yaml.safe_dump(document, sort_keys=True, default_flow_style=False)
    _private(instance / "cytomine.yml", text)
    _private(instance / ".env", _environment(_flattened(shared)))
    (instance / "envs").mkdir()
    for name, sections in services.items():
        _private(instance / "envs" / f"{name}.env", _environment(_resolved(sections, shared)))
    (instance / "docker-compose.override.yml").write_text(_override(services))
    _write_configs(instance / "configs")


def _private(file: Path, text: str) -> None:
    file.write_text(text)
    file.chmod(0o600)


def _flattened(shared: dict[str, Values]) -> Values:
    return {
        f"{namespace}_{key}".upper().replace("-", "_"): value
        for namespace, values in shared.items()
        for key, value in values.items()
    }


def _resolved(sections: dict[str, Values], shared: dict[str, Values]) -> Values:
    """A service's own constants, and what it takes from the global namespaces by "namespace.KEY"."""
    found = dict(sections.get("constant", {}))
    for key, reference in sections.get("global", {}).items():
        namespace, _, name = reference.partition(".")
        found[key] = shared[namespace][name]
    return found


def _environment(values: Values) -> str:
    return "".join(f"{key}={value}\n" for key, value in sorted(values.items()))


def _override(services: dict[str, dict[str, Values]]) -> str:
    document = {"services": {name: {"env_file": [f"./envs/{name}.env"]} for name in services}}
    return yaml.safe_dump(document)


def _write_configs(folder: Path) -> None:
    """The copied `configs/`, where an operator may have changed a setting."""
    postgres = folder / "postgis" / "etc" / "postgres" / "conf.d"
    postgres.mkdir(parents=True)
    (postgres / "10-site.conf").write_text("# set by this site\nwork_mem = '32MB'\nlog_min_duration_statement = 2000\n")
    web = folder / "web-ui" / "etc"
    web.mkdir(parents=True)
    (web / "site.json").write_text('{"instance_name": "Sample", "default_language": "en"}\n')

"""Where production answers: as the settings say, else the instance's own containers. Only ever read."""

from __future__ import annotations

from urllib.parse import quote_plus

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from cytodrill.core.errors import ProductionError, UsageError
from cytodrill.cytomine.instance import Instance
from cytodrill.settings import Settings

SERVICE = "com.docker.compose.service"
WORKING_DIR = "com.docker.compose.project.working_dir"


def postgres_conninfo(settings: Settings, instance: Instance) -> str:
    """A libpq connection string for production's PostgreSQL, password included.

    Raises `ProductionError` when it is not found, `UsageError` when the setting is no connection string.
    """
    account = next((found for found in instance.configuration.postgres if found.service == "core"), None)
    values = check(settings)
    if not values:
        values = {"host": container_address(instance, "postgis"), "port": "5432"}
    if account is not None:
        values = {"user": account.user, "dbname": account.database, **values}
    secret = settings.production.postgres_password
    if "password" not in values and (secret or account):
        values["password"] = secret.get_secret_value() if secret else account.password if account else ""
    return make_conninfo(**{key: str(value) for key, value in values.items()})


def check(settings: Settings) -> dict[str, str | int | None]:
    """The parts of production's connection string as the settings have it, empty where they are silent.

    Raises `UsageError` when it is none.
    """
    try:
        return dict(conninfo_to_dict(settings.production.postgres))
    except ProgrammingError:
        raise UsageError(
            'The setting "production.postgres" is no libpq connection string: write "host=… port=… user=docker".'
        ) from None


def mongo_uris(settings: Settings, instance: Instance) -> tuple[str, ...]:
    """Connection strings to try for production's MongoDB: as given, then with the account of cytomine.yml.

    Raises `ProductionError` when it is not found.
    """
    given = settings.production.mongo or f"mongodb://{container_address(instance, 'mongo')}:27017/"
    account = instance.configuration.mongo
    scheme, _, rest = given.partition("://")
    if account is None or "@" in rest:
        return (given,)
    login = f"{quote_plus(account.user)}:{quote_plus(account.password)}"
    host, _, tail = rest.partition("/")
    options = tail or "?authSource=admin"
    return given, f"{scheme}://{login}@{host}/{options}"


def container_address(instance: Instance, service: str) -> str:
    """The network address of the container that runs *service* of this instance.

    It is found by its compose labels, project folder included, on the local Docker engine.
    Raises `ProductionError` naming what was looked for.
    """
    import docker
    from docker.errors import DockerException

    remedy = f'name it in drill.toml, [production] {"postgres" if service == "postgis" else "mongo"} = "…"'
    try:
        client = docker.from_env(timeout=10)
        running = client.containers.list(filters={"label": f"{SERVICE}={service}"})
    except DockerException:
        raise ProductionError(
            f"Production's {service} was looked for among Docker's containers, but no Docker engine answers: {remedy}."
        ) from None
    root = str(instance.root.resolve())
    ours = [container for container in running if container.labels.get(WORKING_DIR) == root]
    if len(ours) != 1:
        raise ProductionError(
            f"Production's {service} was not found: {len(ours)} of {len(running)} running compose services of that "
            f"name belong to {root}. Start it, or {remedy}."
        )
    networks = ours[0].attrs["NetworkSettings"]["Networks"].values()
    addresses = [network["IPAddress"] for network in networks if network["IPAddress"]]
    if not addresses:
        raise ProductionError(f"The container {ours[0].name} has no address of its own on a Docker network: {remedy}.")
    return str(addresses[0])

"""One container of a run: labelled, limited, on a loopback port only, gone with its volumes after `stop`."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping, Sequence

from docker.client import DockerClient
from docker.errors import NotFound
from docker.models.containers import Container as Handle
from testcontainers.core.container import DockerContainer

from cytodrill.core.errors import ThrowawayError
from cytodrill.core.throwaway import Listener
from cytodrill.process import redacted, shielded, until
from cytodrill.settings import Docker
from cytodrill.throwaway.docker import FAILURES, Image
from cytodrill.throwaway.docker_exec import ExecPipe

LABEL = "org.cytomine-drills"
LOOPBACK = "127.0.0.1"
START_SECONDS = 120.0
"""Seconds until the server answers; the official PostGIS image fills two databases before."""

STOP_SECONDS = 30.0


class Container:
    """A container made from *image*, addressed by an own name and its id only; *port* is the server's inside."""

    def __init__(self, client: DockerClient, image: Image, settings: Docker, run_id: str, port: int) -> None:
        self._client = client
        self._image = image
        self._settings = settings
        self._run_id = run_id
        self._port = f"{port}/tcp"
        self._name = f"cytodrill-{run_id}-{secrets.token_hex(4)}"
        self._container: DockerContainer | None = None
        self._stopped = False

    def start(
        self, ready: Callable[[], bool], command: Sequence[str] = (), env: Mapping[str, str] | None = None
    ) -> None:
        """Create it, start it and wait until *ready*; without *command* it does what its image does.

        Raises `ThrowawayError` with its last words, in which the values of *env* are masked.
        """
        chosen = dict(env or {})
        try:
            with shielded():
                self._create(list(command), chosen)
            until(lambda: self._exited() or ready(), START_SECONDS)
            if not self._exited() and ready():
                return
            state = "ended at once" if self._exited() else f"does not answer after {START_SECONDS:g} s"
            words = redacted(self.handle.logs(tail=5).decode(errors="replace"), [*chosen.values()])
        except FAILURES as error:
            raise ThrowawayError(
                f"The engine could not start a throwaway of {self._image.name}: {error}. "
                "Look at its own log, and at docker.memory and docker.pids in the settings."
            ) from None
        raise ThrowawayError(
            f"The throwaway of {self._image.name} {state}; its last words: {' / '.join(words.splitlines())}. "
            "Try the image by hand, or name another in drill.toml ([docker])."
        )

    def _create(self, command: list[str], env: dict[str, str]) -> None:
        container = DockerContainer(self._image.id, env=env, name=self._name)
        container.image = self._image.id  # whatever prefix testcontainers is configured to add
        container.ports[self._port] = (LOOPBACK, None)  # type: ignore[assignment]  # with_bind_ports cannot say so
        if command:
            container.with_command(command)
        container.with_kwargs(  # once: a second call forgets the first
            labels={f"{LABEL}.run": self._run_id, f"{LABEL}.owner": str(os.getpid())},
            mem_limit=self._settings.memory,
            pids_limit=self._settings.pids,
            shm_size="256m",
            network="bridge",
        )
        self._container = container
        container.start()

    @property
    def handle(self) -> Handle:
        """The SDK's handle of the container."""
        if self._container is None or self._stopped:
            raise ThrowawayError("The throwaway has been stopped; start another run.")
        return self._container.get_wrapped_container()

    def _exited(self) -> bool:
        self.handle.reload()
        return self.handle.status not in ("created", "running")

    def address(self) -> tuple[str, int]:
        """Address and port on this host where the server's port is published."""
        published = self.handle.attrs["NetworkSettings"]["Ports"].get(self._port) or [{}]
        return str(published[0].get("HostIp", LOOPBACK)), int(published[0].get("HostPort", 0))

    def program(self, command: Sequence[str], listener: Listener) -> ExecPipe:
        """Start *command* inside, fed through a pipe."""
        return ExecPipe(self._client.api, str(self.handle.id), command, listener)

    def require(self, name: str) -> None:
        """Raise `ThrowawayError` if the program *name* is not in the image."""
        if self.handle.exec_run(["sh", "-c", 'command -v "$1"', "sh", name]).exit_code != 0:
            raise ThrowawayError(
                f"The image {self._image.name} has no {name}. Name one that has in drill.toml ([docker])."
            )

    def stop(self) -> None:
        """Remove it and its volumes, also if starting it was interrupted; an interruption waits until that is done."""
        if not self._stopped:
            with shielded():
                self._remove()
                self._stopped = True

    def _remove(self) -> None:
        try:
            gone = until(self._gone, STOP_SECONDS)
        except FAILURES as error:
            raise ThrowawayError(self._left(str(error))) from None
        if not gone:
            raise ThrowawayError(self._left(f"still there after {STOP_SECONDS:g} s"))
        if self._container is not None:
            self._container.get_docker_client().client.close()
        self._client.close()

    def _gone(self) -> bool:
        try:
            self._client.api.remove_container(self._name, force=True, v=True)
        except NotFound:
            return True
        except FAILURES as error:
            if "already in progress" not in str(error):
                raise
        return False

    def _left(self, reason: str) -> str:
        return f"A throwaway could not be removed ({reason}). Remove it by hand: docker rm -f -v {self._name}"

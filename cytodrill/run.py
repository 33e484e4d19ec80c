"""One run: composes reading, restoring and counting, each store once, in parallel, and takes everything down again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from cytodrill import run_images, run_mongo, run_postgres, run_production
from cytodrill.core.errors import DrillError, ProductionError, ThrowawayError, UsageError
from cytodrill.core.throwaway import Engine, MongoThrowaway, PostgresThrowaway
from cytodrill.cytomine import archives, instance, production
from cytodrill.cytomine.archives import Found
from cytodrill.mongo.inventory import CollectionState
from cytodrill.postgres.production import PostgresProduction
from cytodrill.postgres.session import cancel_running
from cytodrill.process import shielded
from cytodrill.progress import progress, timed
from cytodrill.run_images import ImagesFacts
from cytodrill.run_mongo import MongoFacts
from cytodrill.run_postgres import PostgresFacts
from cytodrill.run_production import Before
from cytodrill.settings import Settings
from cytodrill.throwaway import choose

T = TypeVar("T")
Server = TypeVar("Server", PostgresThrowaway, MongoThrowaway)


@dataclass(frozen=True)
class Selection:
    """What the selected drills need: stores to *restore*, stores whose archives to *scan*, *production*, *images*."""

    restore: frozenset[str]
    scan: frozenset[str]
    production: frozenset[str]
    images: bool


class Run:
    """Reads, restores and counts what a *selection* of drills needs; every answer waits for its own work only.

    Opening it reads the instance and finds the archives; raises `UsageError` for places that cannot be used.
    """

    def __init__(self, settings: Settings, run_id: str, selection: Selection) -> None:
        self.settings, self.run_id, self.selection = settings, run_id, selection
        self.started = datetime.now(UTC)
        self.moment: datetime = settings.moment()
        self.instance = instance.open_instance(settings)
        production.check(settings)
        self._refuse_production_s_own_configuration()
        if settings.images_copy is not None:
            run_images.check_copy(settings.images_copy, self.instance)
        self.found: dict[str, Found] = {
            store: archives.find(store, self.instance, settings.backups, settings.growing_wait)
            for store in archives.STORES
        }
        self.engines: list[Engine] = []
        self.left: list[str] = []
        """What could not be taken down, with the remedy."""
        self.seconds: dict[str, float] = {}
        self._servers: list[PostgresThrowaway | MongoThrowaway] = []
        self._postgres_server: PostgresThrowaway | None = None
        self._closed = False
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(max_workers=6, thread_name_prefix="drill")
        self._work: dict[str, Future[object]] = {}

    def _refuse_production_s_own_configuration(self) -> None:
        copy, own = self.settings.configuration_copy, self.instance.root / "cytomine.yml"
        if copy is not None and copy.exists() and copy.samefile(own):
            raise UsageError(
                f"{copy} is production's own cytomine.yml, not a copy of it: it proves nothing. Give the copy's place."
            )

    def begin(self) -> None:
        """Start all work of the selection in the background."""
        needs = self.selection
        for store, drill in (("postgres", self._drill_postgres), ("mongo", self._drill_mongo)):
            if store in needs.restore | needs.scan and not self.blocked(store):
                self._work[store] = self._pool.submit(drill)
        if "postgres" in needs.production:
            self._work["production postgres"] = self._pool.submit(self._read_postgres)
        if "mongo" in needs.production:
            self._work["production mongo"] = self._pool.submit(self._read_mongo)
        if needs.images and self.settings.images_copy is not None:
            self._work["images"] = self._pool.submit(self._drill_images)
        if {"postgres", "mongo"} <= needs.production and needs.images:
            self._work["manifest"] = self._pool.submit(self._leave_manifest)

    def close(self) -> None:
        """Take everything down. Safe at any moment, from a signal's unwinding too, and twice."""
        with shielded():
            with self._lock:
                self._closed = True
            cancel_running()
            while self._servers:
                try:
                    self._servers[-1].stop()
                except DrillError as error:
                    self.left.append(str(error))
                self._servers.pop()
        self._pool.shutdown(wait=True, cancel_futures=True)

    # -- what fixtures ask -------------------------------------------------------------------------------------

    def blocked(self, store: str) -> str:
        """Why nothing of *store* can be restored, before anything was tried; or ""."""
        found = self.found[store]
        if found.newest is None:
            return f"there is no {store} archive"
        return f"the newest {store} archive is still being written" if found.growing else ""

    def postgres(self) -> PostgresFacts:
        """PostgreSQL's facts, when they are there. Raises `ThrowawayError`."""
        return self._result("postgres", PostgresFacts)

    def mongo(self) -> MongoFacts:
        """MongoDB's facts, when they are there. Raises `ThrowawayError`."""
        return self._result("mongo", MongoFacts)

    def images(self) -> ImagesFacts:
        """The copy's facts, when they are there. Raises `UsageError` for a folder that cannot be read."""
        return self._result("images", ImagesFacts)

    def postgres_server(self) -> PostgresThrowaway | None:
        """The restored throwaway, for log-ins."""
        return self._postgres_server

    def production_postgres(self) -> tuple[PostgresProduction | str, Before]:
        """Production's PostgreSQL or why it could not be read, and the manifest from before the backup."""
        try:
            return self._work["production postgres"].result()  # type: ignore[return-value]
        except ProductionError as error:
            return str(error), Before(None, str(error))

    def production_mongo(self) -> tuple[dict[str, CollectionState] | str, Before]:
        """Production's MongoDB or why it could not be read, and the manifest from before the backup."""
        try:
            return self._work["production mongo"].result()  # type: ignore[return-value]
        except ProductionError as error:
            return str(error), Before(None, str(error))

    def databases_before(self) -> frozenset[str]:
        """PostgreSQL databases of the manifest from before the backup; none where there is no manifest."""
        before = run_production.choose(self.settings, self.instance, self._backup_end("postgres"))
        return frozenset(before.contents.xmin if before.contents else ())

    def manifest_failure(self) -> str:
        """Why this run left no manifest for the next one although it read production, or ""."""
        work = self._work.get("manifest")
        if work is None or work.cancelled() or not work.done():
            return ""
        error = work.exception()
        return f"no manifest was left for the next run ({error}): free space under --reports" if error else ""

    def _result(self, name: str, kind: type[T]) -> T:
        answer = self._work[name].result()
        if not isinstance(answer, kind):
            raise TypeError(name)
        return answer

    # -- the work ----------------------------------------------------------------------------------------------

    def _open(self, store: str, opener: Callable[[Settings, str, str, int], Server]) -> Server:
        """Open a throwaway that `close` will stop, even if it is called meanwhile."""
        pin = {"postgres": "POSTGIS", "mongo": "MONGO"}[store]
        pinned = self.instance.configuration.images.get(pin, "")
        newest = self.found[store].newest
        server = opener(self.settings, self.run_id, pinned, newest.size if newest else 0)
        with self._lock:
            if not self._closed:
                self._servers.append(server)
                self.engines.append(server.engine)
                return server
        server.stop()
        raise ThrowawayError("The run was ended while its throwaway started: start it again.")

    def _drill_postgres(self) -> PostgresFacts:
        file = self.found["postgres"].newest
        assert file is not None  # noqa: S101  # begin() asks only for what was found

        def opened() -> PostgresThrowaway:
            self._postgres_server = self._open("postgres", choose.open_postgres)
            return self._postgres_server

        wanted = "postgres" in self.selection.restore
        facts = timed(
            self.seconds,
            "postgres",
            lambda: run_postgres.drill(file, opened if wanted else None, progress("postgres: restore")),
        )
        self.seconds |= dict(facts.seconds)
        return facts

    def _drill_mongo(self) -> MongoFacts:
        file = self.found["mongo"].newest
        assert file is not None  # noqa: S101  # begin() asks only for what was found

        def opened() -> MongoThrowaway:
            return self._open("mongo", choose.open_mongo)

        wanted = "mongo" in self.selection.restore
        facts = timed(
            self.seconds,
            "mongo",
            lambda: run_mongo.drill(
                file,
                opened if wanted else None,
                progress("mongo: restore"),
                accept_stand_in=self.settings.local.accept_stand_in,
            ),
        )
        self.seconds |= dict(facts.seconds)
        return facts

    def _backup_end(self, *stores: str) -> datetime:
        for store in stores:
            if (newest := self.found[store].newest) is not None:
                return min(newest.taken, self.moment)  # a clock that is ahead must not choose a later manifest
        return self.moment

    def _read_postgres(self) -> tuple[PostgresProduction, Before]:
        end = self._backup_end("postgres")
        return timed(
            self.seconds,
            "production: postgres",
            lambda: run_production.read_postgres(self.settings, self.instance, end),
        )

    def _read_mongo(self) -> tuple[dict[str, CollectionState], Before]:
        before = run_production.choose(self.settings, self.instance, self._backup_end("mongo"))
        return timed(
            self.seconds, "production: mongo", lambda: (run_production.read_mongo(self.settings, self.instance), before)
        )

    def _drill_images(self) -> ImagesFacts:
        copy = self.settings.images_copy
        assert copy is not None  # noqa: S101  # begin() asks only where a copy is given
        core = next((found for found in self.instance.configuration.postgres if found.service == "core"), None)
        database = core.database if core else "docker"
        blocked = self.blocked("postgres") or "PostgreSQL was not restored in this run"
        if "postgres" in self._work and "postgres" in self.selection.restore:
            facts = self.postgres()
            blocked = facts.blocked
            if facts.restored and f"{database}.uploaded_file" not in facts.restored.tables:
                blocked = f"the restored database {database} has no table uploaded_file: see the claims of its tables"
        before = run_production.choose(self.settings, self.instance, self._backup_end("postgres", "mongo"))
        return timed(
            self.seconds,
            "images",
            lambda: run_images.drill(
                copy,
                self.instance,
                before,
                throwaway=self._postgres_server,
                database=database,
                blocked=blocked,
            ),
        )

    def _leave_manifest(self) -> Path | None:
        postgres, _ = self.production_postgres()
        mongo, _ = self.production_mongo()
        if isinstance(postgres, str) or isinstance(mongo, str):
            return None
        return timed(
            self.seconds,
            "manifest",
            lambda: run_production.leave_manifest(
                self.settings, self.instance, self.moment, postgres, mongo, line=False
            ),
        )

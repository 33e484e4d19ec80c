"""Example runs as a real instance gives them; other tests of the report import them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cytodrill.core.claims import Finding, Severity, State
from cytodrill.core.inventory import Counted, Required
from cytodrill.core.record import SetPart
from cytodrill.core.throwaway import Engine
from reports.record import Claim, Record, Scope

NOW = datetime(2026, 11, 23, 8, 12, tzinfo=UTC)
NIGHT = datetime(2026, 11, 23, 2, 3, tzinfo=UTC)
SINCE = datetime(2026, 11, 23, 1, 58, tzinfo=UTC)
TABLES = """
abstract_image abstract_slice acl_class acl_entry acl_object_identity acl_sid algo_annotation
algo_annotation_term annotation_action annotation_domain annotation_filter
annotation_filter_sec_user annotation_filter_term annotation_group annotation_index annotation_link
annotation_term annotation_track attached_file command command_history companion_file
databasechangelog databasechangeloglock description discipline image_filter image_filter_project
image_group image_group_image_instance image_instance imaging_server instrument job job_data
job_parameter job_template mime mime_image_server ontology parameter_constraint processing_server
project project_default_layer project_representative_user property relation relation_term
reviewed_annotation reviewed_annotation_term roi_annotation sample sec_role sec_user
sec_user_sec_role shared_annotation slice_instance software spatial_ref_sys storage tag
tag_domain_association term track uploaded_file user_annotation
""".split()  # noqa: SIM905 - a list of 66 lines reads worse
COLLECTIONS = """
annotationAction lastConnection lastUserPosition persistentConnection persistentImageConsultation
persistentProjectConnection persistentUserPosition
""".split()  # noqa: SIM905 - a list of seven lines reads worse


def _counted(store: str, name: str, unit: str, rows: int, younger: int = 0) -> Counted:
    required = Required(since=SINCE, required=max(rows - 7, 0), updated_since=min(rows, 7), younger=younger)
    return Counted(store, name, unit, rows, rows, rows + younger, required)


def _inventories() -> tuple[Counted, ...]:
    tables = [
        _counted("postgres", f"docker.public.{name}", "rows", len(name) % 5 * 4_117 * (i % 7), i % 3 * 4)
        for i, name in enumerate(TABLES)
    ]
    documents = [
        _counted("mongo", f"cytomine.{name}", "documents", 7_411 + 311 * i, i) for i, name in enumerate(COLLECTIONS)
    ]
    return (*tables, *documents, _counted("images", "images", "files", 1_284, 3))


def _claims() -> tuple[Claim, ...]:
    def claim(store: str, name: str, sentence: str, compared: str = "") -> Claim:
        return Claim(f"drills/test_{store}.py::{name}", store, State.PROVEN, sentence, (), 0.02, compared)

    manifest = f"manifest of {SINCE:%a %d %b %H:%M} UTC"
    tables = [
        claim("postgres", f"test_rows[{n}]", f"Every row of docker.public.{n} came back.", manifest) for n in TABLES
    ]
    documents = [
        claim("mongo", f"test_documents[{n}]", f"Every document of cytomine.{n} came back.", manifest)
        for n in COLLECTIONS
    ]
    return (
        claim("archives", "test_found", "Each store has an archive of the newest night."),
        claim("archives", "test_whole", "Each archive is whole to its last byte."),
        claim("archives", "test_fresh", "The backup set is fresh."),
        claim("archives", "test_same_night", "All parts of the backup set are of the same night."),
        claim("postgres", "test_restores", "The PostgreSQL archive restores with no unexpected error."),
        claim("postgres", "test_extensions", "Every extension is there at the version production has."),
        *tables,
        claim("mongo", "test_restores", "The MongoDB archive restores with no document failed."),
        *documents,
        claim("images", "test_named", "Every image that the restored database names is in the copy."),
        claim("configuration", "test_passwords", "The passwords of cytomine.yml open the restored PostgreSQL."),
        claim("coverage", "test_data", "Every entry of data/ is in the set or left out by the settings."),
    )


def proven() -> Record:
    """A quiet night."""
    return Record(
        run_id="20261123T081200Z-3f2a",
        verdict=State.PROVEN,
        exit_status=0,
        started=NOW,
        ended=NOW + timedelta(minutes=6, seconds=41),
        judged_as_of=NOW,
        instance="/opt/cytomine",
        claims=_claims(),
        inventories=_inventories(),
        phases={
            "archives": 21.4,
            "postgres: restore": 214.6,
            "mongo: restore": 61.2,
            "count production": 48.9,
            "count restored": 17.3,
            "images": 9.8,
            "teardown": 0.7,
        },
        engines=(
            Engine(
                "postgres",
                "docker",
                "cytomine/postgis:1.5.1",
                f"sha256:{'5e1f' * 16}",
                "PostgreSQL 15.8, PostGIS 3.3.4",
            ),
            Engine("mongo", "docker", "cytomine/mongo:1.0.0", f"sha256:{'90ab' * 16}", "MongoDB 4.4.29"),
        ),
        backup_set=(
            SetPart(
                "postgres",
                "/opt/cytomine/data/postgis/backup/cytomine_postgis_backup_Mon.tar.gz",
                812_334_121,
                "ab12" * 16,
                NIGHT,
                22_140.0,
            ),
            SetPart(
                "mongo",
                "/opt/cytomine/data/mongo/backup/cytomine_mongo_backup_Mon.tar.gz",
                91_334_121,
                "cd34" * 16,
                NIGHT + timedelta(minutes=11),
                21_480.0,
            ),
            SetPart("images", "/srv/offsite/images", 1_240_334_121_000, "", None, None),
            SetPart("configuration", "/srv/offsite/cytomine.yml", 4_210, "ef56" * 16, NIGHT, 22_140.0),
        ),
    )


def _with(record: Record, changes: dict[str, dict[str, object]]) -> tuple[Claim, ...]:
    return tuple(
        replace(claim, **changes.get(claim.id, {}))  # type: ignore[arg-type]
        for claim in record.claims
    )


def disproved() -> Record:
    """One row and one image are gone, one thing needs action, and the database server is not the pinned one."""
    record = proven()
    row = Finding(
        "1 row lost",
        "docker.public.user_annotation",
        "88,410 rows that were there before the backup began and are unchanged since",
        "88,409 of them; lost: id 4711",
        "The archive does not hold it, so the dump lost it: run the backup again, and drill that one.",
    )
    image = Finding(
        "1 image file is not in the copy",
        "images, upload-7f3c2a10-88b1-4c55-9a2e-0f6f4a1b7d11 (uploaded_file 1042)",
        "1,284 files",
        "1,283 files",
        "Copy data/images again, and look at the copy's log of this night.",
    )
    warning = Finding(
        "roles of the dump name a superuser that production no longer has",
        "postgres, role appengine",
        "no such role",
        "1 role",
        "Drop it in production or keep it on purpose.",
        Severity.WARNING,
    )
    claims = _with(
        record,
        {
            "drills/test_postgres.py::test_rows[user_annotation]": {"state": State.DISPROVED, "findings": (row,)},
            "drills/test_images.py::test_named": {"state": State.DISPROVED, "findings": (image,)},
            "drills/test_postgres.py::test_extensions": {"findings": (warning,)},
        },
    )
    counts = tuple(
        replace(c, archive=88_409, restored=88_409, production=88_423, required=Required(SINCE, 88_410, 1, ("4711",)))
        if c.name.endswith("user_annotation")
        else replace(c, archive=3_120, restored=3_118, production=3_124, required=Required(SINCE, 3_110))
        if c.name.endswith(".term")
        else c
        for c in record.inventories
    )
    note = "restored by postgis/postgis:15-3.3, not by cytomine/postgis:1.5.1 which the instance pins"
    engines = (
        replace(record.engines[0], program="postgis/postgis:15-3.3", pinned="cytomine/postgis:1.5.1"),
        record.engines[1],
    )
    return replace(
        record,
        verdict=State.DISPROVED,
        exit_status=1,
        claims=claims,
        inventories=counts,
        notes=(note,),
        engines=engines,
    )


def not_proven() -> Record:
    """Production is out of reach, and MongoDB was restored by a stand-in."""
    record = proven()
    why = (
        "production's PostgreSQL at localhost:5432 does not answer (connection refused): "
        "start it, or name it with [production] postgres"
    )
    stand_in = "MongoDB was restored by a stand-in, which is no proof: give an image or mongod of MongoDB 4.4"
    claims = tuple(
        replace(c, state=State.NOT_PROVEN, reason=why, compared="")
        if "test_rows" in c.id
        else replace(c, state=State.NOT_PROVEN, reason=stand_in, compared="")
        if c.store == "mongo"
        else c
        for c in record.claims
    )
    counts = tuple(
        replace(c, production=None, required=None, uncompared=why) if c.store == "postgres" else c
        for c in record.inventories
    )
    engines = (
        record.engines[0],
        Engine("mongo", "local", "/usr/lib/ferretdb/ferretdb", "", "FerretDB 1.24", "FerretDB"),
    )
    return replace(
        record,
        verdict=State.NOT_PROVEN,
        exit_status=10,
        claims=claims,
        inventories=counts,
        engines=engines,
        notes=("MongoDB stand-in FerretDB 1.24",),
        left_out=("app-engine",),
    )


def broken() -> Record:
    """No engine answers, and only a part was selected."""
    record = proven()
    why = (
        "No container engine answers at unix:///var/run/docker.sock (permission denied): "
        "add this user to the group docker, or give --engine local."
    )
    claims = tuple(replace(c, state=State.BROKEN, reason=why, compared="") for c in record.claims if c.store == "mongo")
    return replace(
        record,
        verdict=State.BROKEN,
        exit_status=11,
        claims=claims,
        inventories=(),
        engines=(),
        phases={"archives": 21.4},
        scope=Scope(("-k mongo",), 74),
        ended=NOW + timedelta(seconds=22),
    )


EXAMPLES: dict[str, Callable[[], Record]] = {
    "proven": proven,
    "disproved": disproved,
    "not_proven": not_proven,
    "broken": broken,
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_are_what_a_run_could_say(name: str) -> None:
    """Each example's verdict follows from its claims."""
    from cytodrill.core.claims import verdict

    record = EXAMPLES[name]()

    assert record.verdict is verdict(claim.state for claim in record.claims)

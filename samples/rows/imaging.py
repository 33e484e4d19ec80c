"""Uploaded files, and the abstract images and slices made of them."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from samples.rows.people import People
from samples.rows.projects import Projects
from samples.rows.world import World
from samples.upload import Upload


@dataclass(frozen=True)
class Slices:
    """Ids of the slices of an image: *number* of them from *first* on."""

    first: int
    number: int


@dataclass(frozen=True)
class Images:
    """The uploads that have an abstract image, that image's id and its slices, by upload number."""

    shown: tuple[Upload, ...]
    ids: dict[int, int]
    slices: dict[int, Slices]


def write(world: World, people: People, projects: Projects, uploads: Iterable[Upload]) -> Images:
    """Write uploaded_file, abstract_image, abstract_slice, companion_file.

    The list of uploads is kept in memory (a few hundred bytes each); annotations never are.
    """
    known = tuple(uploads)
    files = world.ids.take(len(known))
    world.write(
        "uploaded_file",
        "id version created updated deleted content_type ext filename original_filename l_tree parent_id projects"
        " size status storage_id user_id",
        _files(world, people, projects, known, files),
    )
    shown = tuple(upload for upload in known if upload.image)
    first = world.ids.take(len(shown))
    images = {upload.number: first + i for i, upload in enumerate(shown)}
    world.write(
        "abstract_image",
        "id version created updated deleted bit_depth channels extrinsic_channels colorspace depth duration fps width"
        " height magnification original_filename physical_size_x physical_size_y physical_size_z sample_per_pixel"
        " tile_size extracted_metadata uploaded_file_id user_id",
        _images(world, people, known, images, files),
    )
    slices = _slices(world, known, images, files)
    _companions(world, shown, images, files)
    return Images(shown, images, slices)


def fraction(world: World, upload: Upload) -> float:
    """Uploads come evenly over the two years, in order; conversions shortly after what they were made of."""
    number = upload.parent if upload.parent is not None else upload.number
    return 0.06 + 0.93 * number / (world.scale.uploads * 1.2 + 10) + (1e-7 if upload.parent is not None else 0)


def _owner(upload: Upload, people: People) -> int:
    number = upload.parent if upload.parent is not None else upload.number
    return number % len(people.users)


def deleted(world: World, upload: Upload) -> datetime | None:
    """When the upload and all that was made of it were soft-deleted, if they were."""
    return world.calendar.at(fraction(world, upload) + 0.005) if upload.deleted else None


def _files(
    world: World, people: People, projects: Projects, uploads: tuple[Upload, ...], first: int
) -> Iterator[tuple[object, ...]]:
    random = world.random("uploaded_file")
    for upload in uploads:
        identity = first + upload.number
        parent = None if upload.parent is None else first + upload.parent
        target = projects.first + upload.number % len(projects.members)
        owner = _owner(upload, people)
        yield (
            identity,
            random.randrange(6),
            world.calendar.at(fraction(world, upload)),
            world.calendar.at(fraction(world, upload) + 1e-6),
            deleted(world, upload),
            upload.content_type,
            "",
            upload.filename,
            upload.original_filename,
            str(identity) if parent is None else f"{parent}.{identity}",
            parent,
            struct.pack(">q", target) if upload.number % 4 else None,
            upload.size,
            upload.status,
            people.storages[owner],
            people.users[owner],
        )


def _images(
    world: World, people: People, uploads: tuple[Upload, ...], images: dict[int, int], files: int
) -> Iterator[tuple[object, ...]]:
    random = world.random("abstract_image")
    for upload in uploads:
        if not upload.image:
            continue
        scale = random.choice((None, 0.25, 0.499, 0.2265))
        yield (
            images[upload.number],
            random.randrange(4),
            world.calendar.at(fraction(world, upload) + 2e-6),
            world.calendar.at(fraction(world, upload) + 3e-6),
            deleted(world, upload),
            8,
            3,
            1,
            "RGB" if upload.number % 3 else None,
            _planes(upload),
            1,
            None if upload.number % 5 else 12.5,
            upload.width,
            upload.height,
            random.choice((None, 20, 40)),
            upload.original_filename,
            scale,
            scale,
            None,
            3,
            256,
            world.calendar.at(fraction(world, upload) + 3e-6),
            files + upload.number,
            people.users[_owner(upload, people)],
        )


def _planes(upload: Upload) -> int:
    """Every ninth image is a stack of five."""
    return 5 if upload.number % 9 == 4 else 1


def _slices(world: World, uploads: tuple[Upload, ...], images: dict[int, int], files: int) -> dict[int, Slices]:
    """A converted image's slices show the conversion, so they name the child row's file."""
    served = {upload.parent: upload.number for upload in uploads if upload.parent is not None}
    shown = [upload for upload in uploads if upload.image]
    slices = {upload.number: Slices(world.ids.take(_planes(upload)), _planes(upload)) for upload in shown}
    world.write(
        "abstract_slice",
        "id version created updated deleted channel z_stack time channel_name channel_color z_name image_id"
        " uploaded_file_id",
        (
            (
                slices[upload.number].first + plane,
                0,
                world.calendar.at(fraction(world, upload) + 3e-6),
                None,
                deleted(world, upload),
                0, plane, 0,
                ("RGB", None, "rouge-vert-bleu", "通道")[upload.number % 4],
                None,
                f"z {plane}" if _planes(upload) > 1 else None,
                images[upload.number],
                files + served.get(upload.number, upload.number),
            )
            for upload in shown
            for plane in range(_planes(upload))
        ),
    )  # fmt: skip
    return slices


def _companions(world: World, uploads: tuple[Upload, ...], images: dict[int, int], files: int) -> None:
    """Profiles beside every twelfth image; like Cytomine's they name the file of their image's upload."""
    chosen = [upload for upload in uploads if upload.number % 12 == 7]
    ids = world.ids.take(len(chosen))
    world.write(
        "companion_file",
        "id version created filename original_filename type progress image_id uploaded_file_id",
        (
            (
                ids + i,
                0,
                world.calendar.at(fraction(world, upload) + 0.0005),
                upload.filename,
                "profile.hdf5",
                "HDF5",
                100,
                images[upload.number],
                files + upload.number,
            )
            for i, upload in enumerate(chosen)
        ),
    )

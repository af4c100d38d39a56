"""Files that are whole or not there, in folders and in buckets; sentences for what is neither."""

import os
from pathlib import Path

import pytest
from batch import test_dask_backend
from project import Project

import workbench as wb
from workbench.batch import manifest
from workbench.briefs.view import View
from workbench.errors import UsageError
from workbench.storage import files

bucket = test_dask_backend.bucket  # an S3 server of our own, over HTTP


def types(address: str) -> dict[str, str]:
    """What the server says that each object is, by its name below an address."""
    import s3fs

    server, root = s3fs.S3FileSystem(), address.removeprefix("s3://")
    server.invalidate_cache()
    return {
        name.removeprefix(f"{root}/"): server.info(name, refresh=True)["ContentType"]
        for name in server.find(root)
    }


def test_each_object_says_what_it_is(project: Project, bucket: str) -> None:
    status, said = project.run(f"{bucket}/typed", "-m", "3201", "--brief", "01_first")
    assert status == 0, said
    found = types(f"{bucket}/typed")
    pages = {kind for name, kind in found.items() if name.endswith(".html")}
    assert pages == {"text/html; charset=utf-8"} and "index.html" in found
    others = {name.rpartition(".")[2]: kind for name, kind in found.items()}
    assert others["csv"] == "text/csv; charset=utf-8"
    assert others["json"] == "application/json"
    assert others["ipynb"] == "application/x-ipynb+json"
    sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert others["xlsx"] == sheet


def test_what_is_written_there_is_read_back(bucket: str) -> None:
    page = files.destination(f"{bucket}/deep/er") / "a" / "å b.html"
    files.write(page, "<p>å</p>")
    assert page.read_bytes() == "<p>å</p>".encode()
    assert types(f"{bucket}/deep/er") == {"a/å b.html": "text/html; charset=utf-8"}
    files.write(page.with_name("mark"), b"")
    assert page.with_name("mark").read_bytes() == b""


def test_what_is_noted_there_is_what_a_listing_finds(bucket: str) -> None:
    """Also of several files, for which the server is asked once."""
    out = files.destination(f"{bucket}/noted")
    folder = out / "4003-skien"
    contents = {
        folder / "01_status.nb.html": "<p>å</p>",
        folder / "notebooks" / "01_status.nb.ipynb": "{}",
        out / "00_methods.nb.html": "<p>m</p>",
        out / "notebooks" / "00_methods.nb.ipynb": "[]",
    }
    for path, content in contents.items():
        files.write(path, content)
    inside = {path: text for path, text in contents.items() if path.is_relative_to(folder)}
    for noted in (inside, {folder / "01_status.nb.html": "<p>å</p>"}, contents):
        written = manifest.written(out, noted)
        there = manifest.listing(out)
        assert {name: (file.size, file.time) for name, file in written.items()} == {
            path.relative_to(out).as_posix(): there[path.relative_to(out).as_posix()]
            for path in noted
        }
    (folder / "01_status.nb.html").unlink()
    gone = manifest.written(out, inside)["4003-skien/01_status.nb.html"]
    assert gone.time == 0, "whoever removed it: it counts as another file"


def test_a_bucket_that_is_there_is_taken_with_and_without_a_folder(bucket: str) -> None:
    for address in (bucket, f"{bucket}/", f"{bucket}/new/er", f"{bucket}/new/"):
        files.check_destination(files.destination(address))


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_a_mistyped_bucket_is_refused_and_not_made(
    project: Project, bucket: str, more: list[str]
) -> None:
    import s3fs

    status, said = project.run("s3://breifs/tree", "-m", "3201", *more)
    assert status == 2 and "Traceback" not in said
    assert "there is no bucket breifs, and a run makes none" in said
    server = s3fs.S3FileSystem()
    server.invalidate_cache()
    assert server.ls("") == ["briefs"]


def test_without_credentials_it_is_said(
    bucket: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import s3fs

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    s3fs.S3FileSystem.clear_instance_cache()
    try:
        with pytest.raises(UsageError, match=r"cannot be written to .*credentials.*\.$"):
            files.check_destination(files.destination(f"{bucket}/tree"))
    finally:
        s3fs.S3FileSystem.clear_instance_cache()


@pytest.mark.parametrize(
    "address",
    [
        *("s3://", "s3:///x", "s3://briefs//x", "s3://briefs/a/../b", "s3://briefs/./a", "gs://"),
        *("s3:/briefs/x", "s3:briefs", "gs:/briefs", "nowhere://briefs/x"),
    ],
)
def test_what_is_no_address_is_refused_in_a_sentence(
    address: str, baerum: View, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"^\S.{20,}\.$"):
        files.destination(address)
    with pytest.raises(UsageError):
        wb.brief(baerum, "trends", address)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("folder", ["briefs", "a:b", "./s3:x", "s3", "C:/briefs"])
def test_a_folder_may_have_a_colon(folder: str) -> None:
    assert files.destination(folder) == Path(folder).absolute()


def test_a_file_address_is_a_folder(tmp_path: Path) -> None:
    place = files.destination((tmp_path / "out").as_uri())
    files.check_destination(place)
    assert type(place) is type(tmp_path) and place.is_dir()


def test_a_brief_is_not_made_in_a_bucket_from_a_notebook(baerum: View, bucket: str) -> None:
    with pytest.raises(UsageError, match=r"is made in a folder"):
        wb.brief(baerum, "trends", f"{bucket}/x")


def test_a_file_is_written_with_its_folder_and_line_ends_as_given(tmp_path: Path) -> None:
    file = tmp_path / "3201" / "brief.html"
    files.write(file, "å\n")
    assert file.read_bytes() == "å\n".encode()
    assert list(file.parent.iterdir()) == [file], "nothing left beside it"


def test_a_write_that_fails_leaves_the_file_before_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "brief.html"
    files.write(file, "before")
    with pytest.raises(UnicodeEncodeError):
        files.write(file, "after \ud800")
    assert file.read_text(encoding="utf-8") == "before"
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_that_cannot_be_moved_in_place_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "brief.html").mkdir()
    with pytest.raises(OSError, match="brief"):
        files.write(tmp_path / "brief.html", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["brief.html"]


def test_what_killed_processes_were_writing_is_swept(tmp_path: Path) -> None:
    files.write(tmp_path / "a" / "brief.html", "text")
    (tmp_path / "a" / f"{files.ASIDE}0123456789abcdef").write_text("half a br")
    (tmp_path / "a" / f"{files.ASIDE}notes").write_text("somebody's own")
    files.sweep(tmp_path, manifest.listing(tmp_path))
    assert set(manifest.listing(tmp_path)) == {"a/brief.html", f"a/{files.ASIDE}notes"}


@pytest.mark.parametrize(("umask", "mode"), [(0o077, 0o600), (0o027, 0o640), (0o022, 0o644)])
def test_who_may_read_a_file_is_for_the_umask_to_say(tmp_path: Path, umask: int, mode: int) -> None:
    file = tmp_path / "brief.html"
    before = os.umask(umask)
    try:
        for text in ("first", "again"):
            files.write(file, text)
            assert file.stat().st_mode & 0o777 == mode
    finally:
        os.umask(before)

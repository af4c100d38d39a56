"""What is kept is made once, and again when anything it was made from is another."""

from pathlib import Path

from workbench.cache import digest, kept


def test_a_thing_is_made_once(tmp_path: Path) -> None:
    made = []

    def make() -> list[int]:
        made.append(1)
        return [1, 2]

    assert kept("key", make, tmp_path) == kept("key", make, tmp_path) == [1, 2]
    assert len(made) == 1


def test_a_file_that_cannot_be_read_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "key.pickle").write_bytes(b"half a fi")
    assert kept("key", lambda: 3, tmp_path) == 3
    assert kept("key", lambda: 4, tmp_path) == 3


def test_a_folder_that_cannot_be_written_keeps_nothing(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    assert kept("key", lambda: 5, blocked) == 5


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    for number in range(30):
        kept(f"key{number}", lambda number=number: number, tmp_path)
    assert len(list(tmp_path.iterdir())) == 24


def test_a_digest_follows_contents_names_and_facts(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("a")
    two.write_text("b")
    first = digest([one, two], "fact")
    assert digest([two, one], "fact") == first
    assert digest([one, two], "other") != first
    assert digest([one], "fact") != first
    two.write_text("c")
    assert digest([one, two], "fact") != first

"""What a new computer is told of this network, and what it is not."""

from pathlib import Path

from tools.fresh import takeover


def test_settings_of_the_network_are_taken_over() -> None:
    given = {"PIP_CERT": "/ca.pem", "https_proxy": "http://proxy:3128", "GOPROXY": "https://go.example"}
    assert given.items() <= takeover.variables(given).items()


def test_nothing_of_the_person_is() -> None:
    given = {
        "GOROOT": "/usr/local/go",
        "VIRTUAL_ENV": "/x",
        "PULUMI_ACCESS_TOKEN": "t",
        "HOME": "/home/me",
        "PATH": "/x",
    }
    taken = takeover.variables(given)
    assert set(taken) == {"HOME", "LANG", "PATH"}
    assert taken["HOME"] == "/root"
    assert "/x" not in taken["PATH"]


def test_paths_are_found_in_settings() -> None:
    texts = ["[global]\ncert = /etc/ca.pem\nfind-links = '/opt/a' /opt/b\n", "/etc/x:/etc/y", "https://host/simple"]
    assert list(map(str, takeover.absolute_paths(texts))) == ["/etc/ca.pem", "/etc/x", "/opt/a", "/opt/b"]


def test_only_what_the_tree_lacks_is_shown(tmp_path: Path) -> None:
    here, there, tree = tmp_path / "ca.pem", tmp_path / "both.pem", tmp_path / "tree"
    copy = tree / str(there).lstrip("/")
    copy.parent.mkdir(parents=True)
    (tree / "etc").mkdir()
    for file in (here, there, copy):
        file.write_text("")
    (tree / "etc/pip.conf").write_text(f"cert = {here}\nclient-cert = {there}\nfind-links = {tmp_path}/missing\n")
    assert [path for path in takeover.named_paths(tree) if path.is_relative_to(tmp_path)] == [here]

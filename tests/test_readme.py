"""What the README says is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import bridge
import tests.test_seeds
from bridge import profiles, users
from bridge.checks import CHECKS
from bridge.cli import main
from bridge.user_data import DEFAULT_AES_KEY

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_its_python_files_are_the_examples_word_for_word() -> None:
    blocks = re.findall(r"<!-- (\S+) -->\n```python\n(.*?)```", README, re.DOTALL)
    assert blocks
    for path, code in blocks:
        assert code == (ROOT / path).read_text("utf-8"), path


def test_its_test_of_a_mini_program_is_one_of_the_example() -> None:
    section = README.partition("\n## Native mini programs\n")[2].partition("\n## ")[0]
    (code,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    assert f"\n{code}\n" in (ROOT / "examples" / "native" / "test_native.py").read_text("utf-8")


def test_its_script_of_outcomes_can_be_written_so() -> None:
    script = README.partition("### Outcomes as a script\n\n```python\n")[2].partition("```")[0]
    wallet = bridge.Bridge()
    exec(script, {**vars(bridge), "bridge": wallet})
    assert [rule.verb for rule in wallet.script.rules] == ["once", *["sequence"] * 3, "always", *["once"] * 3]


def test_its_answers_without_a_sheet_can_be_written_so() -> None:
    lines = [line for line in README.splitlines() if line.startswith("bridge.consent = ")]
    assert len(lines) == 4
    for line in lines:
        exec(line, {**vars(bridge), "bridge": bridge.Bridge()})


def test_its_file_of_users_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "users.toml").write_text(README.partition("```toml\n")[2].partition("```")[0], "utf-8")
    (mia,) = users.read(tmp_path / "users.toml")
    assert all(getattr(mia, field) for field in mia.__struct_fields__)


def test_its_built_in_users_and_its_aes_key_are_so() -> None:
    *others, last = [user.nickname for user in users.built_in()]
    assert f"{', '.join(others)} and {last} come with the package" in README
    assert f"with the key `{DEFAULT_AES_KEY}`" in README


def test_every_profile_is_in_it() -> None:
    section = README.partition("### Profiles\n")[2].partition("\n### ")[0]
    assert set(re.findall(r"`([a-z-]+)`", section)) >= set(profiles.available())


def test_every_check_of_a_test_is_in_it() -> None:
    table = README.partition("| check | finds |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\w+)`", table, re.MULTILINE) == list(CHECKS)


def test_every_test_that_proves_a_row_of_the_api_page_exists() -> None:
    table = README.partition("## The API page, row by row")[2].partition("\n\nTwo facts")[0]
    named = set(re.findall(r"`(test_\w+)`", table))
    assert named <= set(vars(tests.test_seeds))
    assert len(named) >= 20


def test_every_outcome_and_every_option_of_the_command_is_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("grant", "deny", "dismiss", "error", "succeed", "fail", "never", "drop", "after", "twice", "too_late"):
        assert f"`{name}(" in README
    with pytest.raises(SystemExit):
        main(["serve", "--help"])
    for option in set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help"}:
        assert option in README


def test_the_changelog_begins_with_this_version() -> None:
    assert re.findall(r"^## (\S+)", CHANGELOG, re.MULTILINE)[0] == bridge.__version__


def test_every_public_name_exists_once() -> None:
    assert len(set(bridge.__all__)) == len(bridge.__all__)
    for name in bridge.__all__:
        assert hasattr(bridge, name)

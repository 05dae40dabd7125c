"""The terminal's door: the right command, the right exit code, one sentence for whatever is wrong."""

import sys
from types import ModuleType

import pytest

import seamark
from seamark import cli
from seamark.cli.command import Command
from seamark.errors import InvalidInput, Unavailable


def run(capsys, *arguments):
    """Exit code, stdout and stderr of one command line."""
    code = cli.main(list(arguments))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.fixture
def command(monkeypatch):
    """Put a command of the test's own in the place of `check-config`."""

    def install(body, configure=lambda parser: None):
        module = ModuleType("seamark.cli.check_config")
        module.COMMAND = Command("check-config", "A command.", configure, body)
        monkeypatch.setitem(sys.modules, module.__name__, module)

    return install


def raises(error):
    def body(_arguments):
        raise error

    return body


def test_help_lists_every_command_with_its_line(capsys):
    code, out, err = run(capsys, "--help")
    assert (code, err) == (0, "")
    for name, summary in cli.commands().items():
        assert summary.endswith("."), f"{name} has no sentence of help"
        assert f"  {name} " in out
        assert summary in out


def test_no_command_at_all_is_wrong_usage(capsys):
    code, out, _ = run(capsys)
    assert code == 2
    assert out.startswith("usage: seamark COMMAND")


def test_the_version_is_the_packages(capsys):
    assert run(capsys, "--version") == (0, f"seamark {seamark.__version__}\n", "")


@pytest.mark.parametrize("name", sorted(cli.commands()))
def test_every_file_of_the_folder_is_a_command_under_its_own_name(name, capsys):
    command = cli.load(name)
    assert command.name == name
    assert command.help.endswith(".")
    with pytest.raises(SystemExit) as left:
        cli.main([name, "--help"])
    assert left.value.code == 0
    assert f"usage: seamark {name}" in capsys.readouterr().out


@pytest.mark.parametrize("name", sorted(cli.commands()))
def test_every_option_says_what_it_does(name):
    for action in cli.parser_of(cli.load(name))._actions:
        assert action.help, f"{name} {action.option_strings or action.dest}"


def test_an_unknown_command_names_the_nearest(capsys):
    code, _, err = run(capsys, "chek-config")
    assert (code, err) == (2, "seamark: There is no command 'chek-config'; did you mean 'check-config'?\n")


def test_a_command_like_no_other_names_them_all(capsys):
    code, _, err = run(capsys, "xyzzy")
    assert code == 2
    assert f"there are: {', '.join(cli.commands())}." in err


def test_an_unknown_option_names_the_nearest(capsys):
    code, _, err = run(capsys, "check-config", "--jsn")
    assert (code, err) == (2, "seamark: `seamark check-config` does not take '--jsn'; did you mean --json?\n")


def test_an_option_is_not_guessed_from_its_first_letters(capsys):
    assert run(capsys, "check-config", "--js")[0] == 2


def test_too_many_arguments_are_wrong_usage(capsys):
    code, _, err = run(capsys, "check-config", "a.toml", "b.toml")
    assert (code, err) == (
        2,
        "seamark: `seamark check-config` does not take 'b.toml'; see `seamark check-config --help`.\n",
    )


def test_a_commands_code_is_the_exit_code(command, capsys):
    command(lambda _arguments: 1)
    assert run(capsys, "check-config") == (1, "", "")


@pytest.mark.parametrize("error", [InvalidInput("No such column."), Unavailable("The server is down.")])
def test_what_seamark_refuses_is_one_sentence_and_exit_2(error, command, capsys):
    command(raises(error))
    assert run(capsys, "check-config") == (2, "", f"seamark: {error.message}\n")


def test_a_bug_is_not_mistaken_for_drift(command, capsys):
    command(raises(ZeroDivisionError("division by zero")))
    code, _, err = run(capsys, "check-config")
    assert code == cli.BUG
    assert "ZeroDivisionError: division by zero" in err
    assert "this is a bug in Seamark" in err


def test_ctrl_c_ends_quietly(command, capsys):
    command(raises(KeyboardInterrupt()))
    assert run(capsys, "check-config") == (130, "", "")


def test_a_missing_extra_is_named_with_what_to_install(monkeypatch, capsys):
    def missing(name):
        raise ModuleNotFoundError("No module named 'pyarrow'", name="pyarrow")

    monkeypatch.setattr(cli.importlib, "import_module", missing)
    code, _, err = run(capsys, "check-config")
    assert code == 2
    assert err == (
        "seamark: `seamark check-config` needs the package pyarrow, which is not installed: "
        "pip install 'seamark[server]'.\n"
    )


def test_a_hole_in_seamark_itself_is_not_blamed_on_an_extra(monkeypatch, capsys):
    def missing(name):
        raise ModuleNotFoundError("No module named 'seamark.gone'", name="seamark.gone")

    monkeypatch.setattr(cli.importlib, "import_module", missing)
    assert run(capsys, "check-config")[0] == cli.BUG

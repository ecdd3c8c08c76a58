"""`python -m sandbox` says what is here, and fails where nothing is."""

from __future__ import annotations

from sandbox import doctor
from sandbox.__main__ import main
from sandbox.slot import CannotStart, Slot


def test_it_succeeds_only_where_programs_can_be_run(capsys, monkeypatch):
    status = main([])
    printed = capsys.readouterr().out
    assert ("programs can be run" in printed) == (status == 0)

    def refuse(self: Slot) -> None:
        raise CannotStart("as told")

    monkeypatch.setattr(Slot, "start", refuse)
    assert main([]) == 1
    assert "as told" in capsys.readouterr().out


def test_it_names_the_setting_that_forbids_namespaces(monkeypatch):
    monkeypatch.setattr(doctor, "_read", lambda path: "0" if "max_user" in path else "")
    assert "as root: sysctl -w user.max_user_namespaces=100000" in doctor._helps("A")


def test_an_unknown_command_is_an_error(capsys):
    assert main(["serv"]) == 2
    assert "'serv'" in capsys.readouterr().err

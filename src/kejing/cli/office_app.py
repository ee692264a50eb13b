"""``kejing serve`` and ``kejing audit``: the office and its chain of events.

The office is imported inside the commands: it loads Django, which no other command needs.
"""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kejing.cli import show
from kejing.cli.options import JsonOption, LangChoice, LangOption
from kejing.cli.words import word
from kejing.text.labels import Lang

if TYPE_CHECKING:
    from kejing.office.backup import BackupReport
    from kejing.office.people.accounts import NewAccount

audit_app = typer.Typer(help="审计链 / the chain of events", no_args_is_help=True)

FolderArgument = Annotated[Path, typer.Argument(metavar="FOLDER", help="办公文件夹 / office folder")]
BackupArgument = Annotated[Path, typer.Argument(metavar="FILE", help="备份文件 / backup file")]
HostOption = Annotated[str, typer.Option("--host", help="监听地址 / address to listen on")]
PortOption = Annotated[int, typer.Option("--port", min=1, max=65535, help="端口 / port")]
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def add_commands(app: typer.Typer) -> None:
    """Put the commands of the office into ``app``."""
    app.command("serve")(serve)
    app.command("backup")(backup)
    app.command("restore")(restore)
    app.add_typer(audit_app, name="audit")


def serve(
    folder: FolderArgument = Path("kejing-office"),
    host: HostOption = "127.0.0.1",
    port: PortOption = 8765,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="打开浏览器 / open the browser")] = True,
    workers: Annotated[int, typer.Option("--workers", min=1, help="进程数 / processes")] = 2,
    lang: LangOption = LangChoice.ZH,
) -> None:
    """在浏览器中办公 / the office in a browser."""
    from kejing.office.opening import open_office  # noqa: PLC0415 - loads Django

    open_office(folder)
    from kejing.office.people.accounts import first_administrator  # noqa: PLC0415 - needs an open office

    made = first_administrator()
    listen([made] if made is not None else [], host=host, port=port, browser=browser, workers=workers, lang=lang.value)


def serve_demo(out: Path, *, host: str, port: int, browser: bool, lang: Lang) -> None:
    """Open the office upon the folder of a demo, with five ready people."""
    from kejing.office.opening import open_office  # noqa: PLC0415 - loads Django
    from kejing.verbs.demonstrate import AS_OF, PACKS  # noqa: PLC0415 - beside the others

    folder = out / "office"
    is_new = not folder.exists()
    open_office(folder, day=AS_OF)
    from kejing.office.feeds.cast import demonstration_cast  # noqa: PLC0415 - needs an open office
    from kejing.office.feeds.loading import load_facts  # noqa: PLC0415 - the same
    from kejing.office.feeds.run_tables import show_run  # noqa: PLC0415 - the same
    from kejing.office.shell.words import all_words  # noqa: PLC0415 - the same

    made: list[NewAccount] = []
    if is_new:
        load_facts(out / "facts", by=None)
        for pack in PACKS:
            show_run(out / pack, by=None)
        made = demonstration_cast(AS_OF, lambda role: all_words()[f"people.role.{role}"][lang])
    listen(made, host=host, port=port, browser=browser, workers=2, lang=lang)


def listen(made: list[NewAccount], *, host: str, port: int, browser: bool, workers: int, lang: Lang) -> None:
    """Tell new passwords once, and answer until interrupted."""
    from kejing.office.server import serve as run_server  # noqa: PLC0415 - loads gunicorn

    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{port}/"
    for person in made:
        told = {"username": person.username, "name": person.name, "password": person.password}
        show.out.print(word("serve.account", lang).format(**told), highlight=False, markup=False)
    if host not in _LOOPBACK:
        show.err.print(word("serve.open_to_network", lang))
    show.out.print(word("serve.listening", lang).format(address=address))

    def ready() -> None:
        if browser:
            typer.launch(address)

    run_server(host=host, port=port, workers=workers, when_ready=ready)


def backup(
    folder: FolderArgument,
    file: BackupArgument,
    lang: LangOption = LangChoice.ZH,
    as_json: JsonOption = False,  # typer
) -> None:
    """备份办公文件夹,可在使用中进行 / back an office up, while people work in it."""
    from kejing.office.backup import back_up  # noqa: PLC0415 - the office is imported by its own commands only
    from kejing.office.configuration import DATABASE  # noqa: PLC0415 - the same

    report = back_up(folder, file, database=os.environ.get(DATABASE, ""))
    _tell_backup("backup.done", report, as_json=as_json, lang=lang.value, file=file.name)


def restore(
    file: BackupArgument,
    folder: FolderArgument,
    lang: LangOption = LangChoice.ZH,
    as_json: JsonOption = False,  # typer
) -> None:
    """从备份恢复到新文件夹,并核验 / put a backup into a new folder, and prove it."""
    from kejing.office import backup as kept  # noqa: PLC0415 - the office is imported by its own commands only
    from kejing.office.configuration import DATABASE  # noqa: PLC0415 - the same

    report = kept.restore(file, folder, database=os.environ.get(DATABASE, ""))
    from kejing.office.opening import open_office  # noqa: PLC0415 - loads Django

    open_office(folder)
    from kejing.office.acts import chain  # noqa: PLC0415 - needs an open office

    holds = not chain.verify().breaks
    done = "restore.done" if holds else "restore.broken"
    _tell_backup(done, report, as_json=as_json, lang=lang.value, folder=folder.name)
    raise typer.Exit(0 if holds else 1)


def _tell_backup(key: str, report: BackupReport, *, as_json: bool, lang: Lang, **facts: object) -> None:
    if as_json:
        show.print_json(asdict(report))
        return
    counts = {"tables": len(report.rows), "rows": sum(report.rows.values()), "files": report.files}
    show.out.print(word(key, lang).format(**counts, events=report.events, seal=report.seal[:16], **facts))


@audit_app.command("verify")
def verify(
    folder: FolderArgument,
    seal: Annotated[
        str | None, typer.Option("--seal", help="先前记下的最新封印 / newest seal noted earlier, to be found again")
    ] = None,
    lang: LangOption = LangChoice.ZH,
    as_json: JsonOption = False,  # typer
) -> None:
    """核验审计链 / check that no event was edited, removed or put in another order."""
    from kejing.office.opening import open_office  # noqa: PLC0415 - loads Django

    open_office(folder)
    from kejing.office.acts import chain  # noqa: PLC0415 - needs an open office

    report = chain.verify()
    is_found = seal is None or chain.is_known(seal)
    if as_json:
        breaks = [{"number": each.number, "fault": each.fault.value} for each in report.breaks]
        show.print_json({"events": report.events, "seal": report.seal, "breaks": breaks, "seal_found": is_found})
    else:
        for each in report.breaks:
            show.out.print(word(f"audit.{each.fault.value}", lang.value).format(number=each.number))
        if not is_found:
            show.out.print(word("audit.seal_gone", lang.value))
        done = "audit.holds" if is_found and not report.breaks else "audit.broken"
        show.out.print(word(done, lang.value).format(events=report.events, seal=report.seal))
    raise typer.Exit(0 if is_found and not report.breaks else 1)

"""The command ``lianxin``: everything an operator does. Exit codes: 0 done, 1 failed, 2 refused or wrongly called."""

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

DONE, FAILED, REFUSED = 0, 1, 2

Handler = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand and return its exit code."""
    options = build_parser().parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lianxin.settings")
    try:
        return int(options.handler(options))
    except KeyboardInterrupt:
        print("\n已中断。", file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        return FAILED
    except Exception as error:
        known = _explain(error)
        if known is None:
            raise
        text, code = known
        print(text, file=sys.stderr)
        return code


def _explain(error: Exception) -> tuple[str, int] | None:
    """What to tell the operator, for errors that are no surprise."""
    from lianxin.foundation.errors import Refused

    if isinstance(error, Refused):
        return str(error), REFUSED
    if "django" not in sys.modules:
        return None
    from django.core.exceptions import ImproperlyConfigured, ValidationError
    from django.core.management.base import CommandError
    from django.db import OperationalError, ProgrammingError

    if isinstance(error, CommandError):
        return str(error), error.returncode
    if isinstance(error, ValidationError):
        return "；".join(error.messages), REFUSED
    if isinstance(error, ImproperlyConfigured):
        return f"设置有误：{error}", REFUSED
    if isinstance(error, OperationalError | ProgrammingError):
        return f"数据库出错：{error}".strip() + "\n用 lianxin doctor 查看原因；还没有启动过的话，先执行 lianxin run。", FAILED
    return None


# --- the parser --------------------------------------------------------------------------------------------------------------------------


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, "用法：" if prefix is None else prefix)


# argparse knows no Chinese; these are the mistakes that people make.
_MISTAKES = (
    (r"the following arguments are required: (.+)", r"还缺少：\1"),
    (r"one of the arguments (.+) is required", r"还缺少，写其中一个：\1"),
    (r"argument (\S+): not allowed with argument (\S+)", r"\1 和 \2 只能写一个"),
    (r"argument (\S+): invalid choice: '?(.+?)'? \(choose from (.+)\)", r"“\2”不是可用的选择，可用的有：\3"),
    (r"unrecognized arguments: (.+)", r"不认识的参数：\1"),
    (r"argument (\S+): expected one argument", r"\1 后面需要一个值"),
    (r"argument (\S+): invalid \w+ value: (.+)", r"\1 的值 \2 不对"),
)


class _Parser(argparse.ArgumentParser):
    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=_Formatter, add_help=False, allow_abbrev=False, **options)
        self._positionals.title, self._optionals.title = "参数", "选项"
        self.add_argument("-h", "--help", action="help", help="显示这段说明")

    def error(self, message: str) -> NoReturn:
        for pattern, chinese in _MISTAKES:
            message = re.sub(f"^{pattern}$", chinese, message)
        self.print_usage(sys.stderr)
        self.exit(REFUSED, f"{message}\n用 {self.prog} --help 查看说明。\n")


def build_parser() -> argparse.ArgumentParser:
    """All subcommands with their help; each help ends with an example."""
    parser = _Parser(prog="lianxin", description="连心：城市门户。", epilog="例：lianxin run --demo\n退出码：0 完成，1 失败，2 拒绝或用法不对。")
    commands = parser.add_subparsers(title="命令", metavar="命令", dest="command", required=True, parser_class=_Parser)

    def add(where: Any, name: str, handler: Handler, summary: str, example: str, more: str = "") -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = where.add_parser(name, help=summary, description=f"{summary}{more}", epilog=f"例：{example}")
        made.set_defaults(handler=handler)
        return made

    run = add(commands, "run", _run, "启动网站和后台任务，按 Ctrl-C 停止", "PORT=8080 lianxin run")
    run.add_argument("--demo", action="store_true", help="数据库还空着时，先建好演示城市“和安市”")
    run.add_argument("--console", action="store_true", help="日志写到屏幕（服务管理器用），不写进日志文件")

    demo = add(
        commands,
        "demo",
        _demo,
        "在空数据库里建立演示城市“和安市”",
        "LIANXIN_HOME=/tmp/demo lianxin demo\n    LIANXIN_HOME=/tmp/large lianxin demo --articles 1000000 --sites 273",
        "；为测量可以让它长到一百万篇稿件、273 个站点，中断后再执行一次会接着做。",
    )
    demo.add_argument("--port", type=int, help="站点地址里的端口，默认取环境变量 PORT")
    demo.add_argument("--articles", type=int, default=0, metavar="篇数", help="另外生成这么多篇稿件，内容每次相同")
    demo.add_argument("--sites", type=int, default=4, metavar="个数", help="共开设这么多个站点，4 到 273，默认 4")

    check = add(commands, "check", _check, "检查设置、数据库结构、审计记录和数据是否一致", "lianxin check --repair")
    check.add_argument("--repair", action="store_true", help="能确定怎样修复的，一并修复")

    add(commands, "doctor", _doctor, "列出设置了什么、缺什么、什么会出错", "lianxin doctor")

    site = add(commands, "site", _needs_subcommand, "站点", "lianxin site list").add_subparsers(
        title="命令", metavar="命令", dest="subcommand", required=True, parser_class=_Parser
    )
    add(site, "list", _site_list, "列出各站点", "lianxin site list")
    opened = add(
        site,
        "add",
        _site_add,
        "开设一个站点",
        "lianxin site add qingshi.example.gov.cn --name 青石县人民政府网 --tier county --organisation qingshi --parent www.example.gov.cn",
    )
    opened.add_argument("host", metavar="域名")
    opened.add_argument("--name", required=True, metavar="名称", help="网站名称")
    opened.add_argument("--tier", required=True, choices=["city", "county", "department", "township"], help="层级：市、县、部门、乡镇")
    opened.add_argument("--organisation", required=True, metavar="机构", help="主管机构的地址名（slug）或简称")
    opened.add_argument("--organiser", metavar="主办单位", help="页脚显示的主办单位，默认用主管机构的全称")
    opened.add_argument("--theme", choices=["river", "pine", "dusk"], default="river", help="配色，默认 river")
    opened.add_argument("--parent", metavar="域名", help="上级站点的域名")
    opened.add_argument("--site-code", default="", metavar="标识码", help="网站标识码")
    opened.add_argument("--port", type=int, help="对外端口，默认按 LIANXIN_HTTPS 和 PORT")

    backup = add(commands, "backup", _backup, "备份数据库、文件和密钥到一个压缩包，网站照常运行", "lianxin backup /backup/lianxin-2025-03-03.tar.gz")
    backup.add_argument("file", type=Path, metavar="文件")
    backup.add_argument("--without-secrets", action="store_true", help="不含密钥；没有密钥，加密的内容打不开，请另行妥善保管 secrets 文件夹")

    restore = add(
        commands, "restore", _restore, "从备份恢复到空的数据目录", "LIANXIN_HOME=/srv/lianxin lianxin restore /backup/lianxin-2025-03-03.tar.gz"
    )
    restore.add_argument("file", type=Path, metavar="文件")
    restore.add_argument("--force", action="store_true", help="已有数据也恢复；原有文件移到 before-restore-… 文件夹")

    calendar = add(commands, "calendar", _needs_subcommand, "工作日历", "lianxin calendar import 2026.csv").add_subparsers(
        title="命令", metavar="命令", dest="subcommand", required=True, parser_class=_Parser
    )
    imported = add(
        calendar,
        "import",
        _calendar_import,
        "导入一年的放假通知",
        "lianxin calendar import 2026.csv",
        "：CSV 或 JSON，列为日期、是否上班、名称。",
    )
    imported.add_argument("file", type=Path, metavar="文件")

    _import_parser(
        add(commands, "import", _needs_subcommand, "把已有的稿件和来信导入进来", "lianxin import articles 旧稿件 --column news/headlines"), add
    )

    keys = add(commands, "keys", _needs_subcommand, "加密字段的密钥", "lianxin keys rotate").add_subparsers(
        title="命令", metavar="命令", dest="subcommand", required=True, parser_class=_Parser
    )
    add(keys, "rotate", _keys_rotate, "换一把新密钥，并用它重新加密，网站照常运行", "lianxin keys rotate")

    search = add(commands, "search", _needs_subcommand, "搜索", "lianxin search rebuild").add_subparsers(
        title="命令", metavar="命令", dest="subcommand", required=True, parser_class=_Parser
    )
    rebuilt = add(search, "rebuild", _search_rebuild, "重新建立搜索索引，网站和搜索照常运行", "lianxin search rebuild")
    rebuilt.add_argument("--processes", type=int, metavar="个数", help="用几个进程读稿件，默认与处理器核数相同")

    worker = add(commands, "worker", _worker, "运行一个后台任务进程（lianxin run 会自己启动两个）", "lianxin worker slow")
    worker.add_argument("queue", choices=["fast", "slow"], metavar="fast|slow", help="队列")

    prepare = add(commands, "prepare", _prepare, "升级数据库、收集页面文件，不启动", "lianxin prepare")
    prepare.add_argument("--demo", action="store_true", help="数据库还空着时，建好演示城市")
    return parser


def _import_parser(parser: argparse.ArgumentParser, add: Callable[..., argparse.ArgumentParser]) -> None:
    kinds = parser.add_subparsers(title="命令", metavar="命令", dest="subcommand", required=True, parser_class=_Parser)
    articles = add(
        kinds,
        "articles",
        _import_articles,
        "从文件导入稿件",
        "lianxin import articles 旧稿件.zip --column news/headlines --dry-run",
        "：TXT、DOCX、HTML、CSV、XLSX、JSON Lines，以及装着它们的文件夹和 zip。中断后再执行同一条命令，从断处继续。",
    )
    articles.add_argument("path", type=Path, metavar="文件或文件夹")
    site = add(
        kinds,
        "site",
        _import_site,
        "从正在运行的网站导入稿件",
        "lianxin import site http://www.example.gov.cn/ --sitemap --selectors old.toml --column news/headlines --dry-run",
        "：按网站地图或网址清单逐页读取，遵守 robots.txt，每次只连一个，只读这一个网站。中断后再执行同一条命令，从断处继续。",
    )
    site.add_argument("address", metavar="网址", help="网站的首页，例如 http://www.example.gov.cn/")
    pages = site.add_mutually_exclusive_group(required=True)
    pages.add_argument("--sitemap", nargs="?", const="", metavar="地址", help="按网站地图读取；不写地址就用 /sitemap.xml")
    pages.add_argument("--list", type=Path, metavar="文件", help="网址清单，每行一个")
    site.add_argument(
        "--selectors", type=Path, required=True, metavar="文件", help="选择器文件（TOML），写明标题、正文等在页面的哪里，见 docs/import.md"
    )
    site.add_argument("--pause", type=float, default=1.0, metavar="秒", help="两次读取之间的停顿，默认 1 秒")
    letters = add(
        kinds,
        "letters",
        _import_letters,
        "从表格导入原来信箱的来信，连同答复",
        "lianxin import letters 旧来信.jsonl --limit 15 --days work --units 单位对照.csv --dry-run",
        "：JSON Lines、CSV、XLSX，以及装着它们的文件夹和 zip。时间照原来的，不通知任何人。中断后再执行同一条命令，从断处继续。",
    )
    letters.add_argument("path", type=Path, metavar="文件或文件夹")
    letters.add_argument("--kind", choices=["mailbox", "board"], default="mailbox", help="导入为市长信箱（mailbox，默认）或部门留言（board）")
    letters.add_argument("--limit", type=int, metavar="天数", help="这些来信原来的答复期限，默认按规定 L02-IMPORTED（预设 15 个工作日）")
    letters.add_argument("--days", choices=["work", "calendar"], default="work", help="--limit 是工作日（work，默认）还是自然日（calendar）")
    letters.add_argument("--units", type=Path, metavar="文件", help="单位对照表（CSV）：原来的名称，现在的单位")
    letters.add_argument("--public", action="store_true", help="没有写是否公开的，答复后都公开；默认不公开")
    letters.add_argument("--only-answered", action="store_true", help="只导入有答复的，没有答复的列出来")
    letters.add_argument("--dry-run", action="store_true", help="只检查，不保存")
    for command in (articles, site):
        command.add_argument("--column", default="", metavar="栏目", help="栏目地址，例如 news/headlines；表里有“栏目”列的以表为准")
        command.add_argument("--site", default="", metavar="域名", help="导入到哪个站点，默认是首个站点")
        command.add_argument("--unit", default="", metavar="单位", help="发布单位的简称或地址名，默认是栏目的责任单位")
        command.add_argument("--date", default="", metavar="日期", help="没有写明日期的稿件用这个发布日期，例如 2008-06-12")
        command.add_argument("--dry-run", action="store_true", help="只检查，不保存")


def _needs_subcommand(options: argparse.Namespace) -> NoReturn:
    raise AssertionError("argparse asks for the subcommand")


def _django() -> None:
    import django

    django.setup()


# --- the subcommands ---------------------------------------------------------------------------------------------------------------------


def _run(options: argparse.Namespace) -> int:
    from lianxin.foundation import supervisor

    port = os.environ.get("PORT", "8000")
    if not port.isdecimal():
        print(f"PORT 应是一个端口号，现在是“{port}”，例如：PORT=8080 lianxin run", file=sys.stderr)
        return REFUSED
    return supervisor.run(demo=options.demo, console=options.console)


def _worker(options: argparse.Namespace) -> int:
    _django()
    from lianxin.foundation.jobs.worker import Worker

    # When the processors are busy, whoever waits before a page comes first.
    os.nice(5)
    Worker(options.queue).run()
    return DONE


def _prepare(options: argparse.Namespace) -> int:
    _django()
    from django.core.management import call_command

    call_command("prepare", demo=options.demo)
    return DONE


def _demo(options: argparse.Namespace) -> int:
    _django()
    from django.conf import settings
    from django.core.management import call_command

    from lianxin.foundation import backup
    from lianxin.foundation.search.rebuild import rebuild

    # A site that started meanwhile would find the database locked for a minute.
    with backup.nobody_else(Path(settings.HOME), "正在建立演示城市"):
        call_command("prepare")
        call_command("demo", port=options.port, articles=options.articles, sites=options.sites)
        # A data set is written past the signals that keep the index.
        rebuild(processes=os.cpu_count() or 1, show_progress=bool(options.articles))
    return DONE


def _check(options: argparse.Namespace) -> int:
    _django()
    from django.conf import settings
    from django.core import checks
    from django.db import DEFAULT_DB_ALIAS, connections
    from django.db.migrations.executor import MigrationExecutor

    from lianxin.foundation import health

    bad = 0
    for message in checks.run_checks(databases=[DEFAULT_DB_ALIAS], include_deployment_checks=settings.HTTPS):
        if not message.is_silenced():
            bad += message.level >= checks.ERROR
            print(f"{'✗' if message.level >= checks.ERROR else '!'} {message.msg}（{message.id}）")
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    if plan := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        print(f"✗ 数据库有 {len(plan)} 步升级未做，请先执行 lianxin prepare。")
        return FAILED
    for result in health.examine(repair=options.repair):
        bad += bool(result.problems)
        print(f"{'✗' if result.problems else '✓'} {result.name}" + (f"（修复了 {result.repaired} 处）" if result.repaired else ""))
        for problem in result.problems:
            print(f"    {problem}")
        if result.problems and result.can_repair and not options.repair:
            print("    可以修复：lianxin check --repair")
    print("有问题需要处理。" if bad else "一切正常。")
    return FAILED if bad else DONE


def _doctor(options: argparse.Namespace) -> int:
    _django()
    from lianxin.foundation import doctor

    worst = DONE
    for line in doctor.examine():
        print(f"{doctor.MARKS[line.grade]} {line.text}")
        if line.grade == "bad":
            worst = FAILED
    print("没有会出错的地方。" if worst == DONE else "标 ✗ 的需要先处理。")
    return worst


def _site_list(options: argparse.Namespace) -> int:
    _django()
    from lianxin.publishing.models import SiteProfile

    for profile in SiteProfile.objects.select_related("site", "organisation").order_by("pk"):
        state = "（已关停）" if profile.closed_at else ""
        print(f"{profile.site.hostname}:{profile.site.port}\t{profile.get_tier_display()}\t{profile.name}\t{profile.organisation}{state}")
    return DONE


def _site_add(options: argparse.Namespace) -> int:
    _django()
    from django.conf import settings
    from django.db.models import Q

    from lianxin.foundation.errors import Refused
    from lianxin.organisations.models import Organisation
    from lianxin.publishing import actions
    from lianxin.publishing.models import SiteProfile

    organisation = Organisation.objects.filter(Q(slug=options.organisation) | Q(short_name=options.organisation)).first()
    if organisation is None:
        raise Refused(f"没有叫“{options.organisation}”的机构，请填机构的地址名（slug）或简称。")
    parent = None
    if options.parent:
        parent = SiteProfile.objects.filter(site__hostname=options.parent.strip().lower()).first()
        if parent is None:
            raise Refused(f"没有域名是 {options.parent} 的站点，用 lianxin site list 查看。")
    created = actions.add_site(
        None,
        hostname=options.host,
        port=options.port or (443 if settings.HTTPS else settings.PORT),
        name=options.name,
        tier=options.tier,
        organisation=organisation,
        parent=parent,
        is_default=not SiteProfile.objects.exists(),
        theme=options.theme,
        organiser=options.organiser or organisation.name,
        site_code=options.site_code,
    )
    print(f"已开设站点“{created.name}”：{created.site.root_url}/")
    return DONE


def _backup(options: argparse.Namespace) -> int:
    _django()
    from lianxin.foundation import backup

    report = backup.back_up(options.file, secrets=not options.without_secrets)
    print(f"已备份到 {report.path}：{report.files} 个文件，{report.size / 1024**2:.1f} MB，压缩后 {report.path.stat().st_size / 1024**2:.1f} MB。")
    print("备份不含密钥，请另行妥善保管 secrets 文件夹。" if options.without_secrets else "备份里有密钥，能打开加密的内容，请像保管印章一样保管它。")
    return DONE


def _restore(options: argparse.Namespace) -> int:
    _django()
    from django.conf import settings

    from lianxin.foundation import backup

    with backup.nobody_else(Path(settings.HOME)):
        report = backup.restore(options.file, force=options.force)
    print(f"已恢复 {report.made_at} 的备份：{report.files} 个文件。用 lianxin run 启动。")
    if report.aside:
        print(f"原有文件在 {report.aside}，确认无误后可以删除。")
    return DONE


def _calendar_import(options: argparse.Namespace) -> int:
    _django()
    from lianxin.foundation import calendar

    report = calendar.import_notice(options.file, None)
    print(f"导入 {report.kept} 天（{'、'.join(map(str, report.years))}年）。")
    for row in report.bad:
        print(f"  第 {row.line} 行没有导入：{row.reason}（{row.content}）")
    for year in report.incomplete:
        print(f"  {year} 年的通知还不完整，这一年的工作日仍是暂定。")
    return FAILED if report.bad else DONE


def _import_articles(options: argparse.Namespace) -> int:
    _django()
    from lianxin.foundation.errors import Refused
    from lianxin.publishing.imports import run, sources

    where = sources.source(options.path)
    if sources.count(where) == 0:
        raise Refused(f"{options.path} 里没有能导入的文件。可以导入 TXT、DOCX、HTML、CSV、XLSX、JSON Lines，以及装着它们的文件夹和 zip。")
    plan = _import_plan(options)
    signature = [*where.files, *where.faults]
    report = run.run(sources.entries(where), where.name, run.key_of(str(options.path.resolve()), signature, plan), plan, total=sources.count(where))
    return _tell_import(report, plan)


def _import_site(options: argparse.Namespace) -> int:
    _django()
    from lianxin.publishing.imports import run, web

    mapping = web.read_mapping(options.selectors)
    visitor = web.Visitor(options.address, max(0.0, options.pause))
    plan = _import_plan(options, batch=web.BATCH)
    visitor.rules()
    asked = ["list", options.list.resolve()] if options.list else ["sitemap", options.sitemap]
    key = run.key_of(visitor.root, [*asked, mapping], plan)

    def find() -> list[str]:
        return web.wanted(web.addresses_in_file(options.list) if options.list else web.addresses_in_sitemap(visitor, options.sitemap), mapping)

    addresses = web.kept_addresses(key, find)
    report = run.run(web.entries(visitor, addresses, mapping), visitor.host, key, plan, total=len(addresses))
    web.forget_addresses(key)
    return _tell_import(report, plan)


def _import_letters(options: argparse.Namespace) -> int:
    _django()
    from lianxin.casework import kinds
    from lianxin.foundation.errors import Refused
    from lianxin.letters import actions
    from lianxin.letters.intake import desk, run
    from lianxin.letters.kinds import IMPORTED
    from lianxin.organisations import queries as organisations

    kind = kinds.kind(options.kind, IMPORTED)
    office = organisations.office(kind.office)
    if office is None:
        raise Refused("还没有设置负责来信的单位（信息中心）。请先在后台“机构”里设置，再导入。")
    units = desk.read_units(options.units) if options.units else {}
    plan = desk.Plan(kind, office, units, options.public, options.only_answered, options.dry_run)
    if options.limit is not None and not options.dry_run:
        actions.set_imported_limit(None, options.limit, "WD" if options.days == "work" else "CD")
    report = run.run(options.path, plan)
    for what, names in (("单位", report.unknown_units), ("分类", report.unknown_categories)):
        for name, times in sorted(names.items(), key=lambda pair: -pair[1])[:20]:
            print(f"  没有叫“{name}”的{what}：{times} 封")
    if report.unknown_units:
        print("  这些来信由负责来信的单位答复。请用 --units 对照表写明是哪个单位；已导入的不会再改。")
    verb = "可以导入" if plan.rehearse else "导入"
    print(
        f"{verb} {report.imported} 封，以前已导入 {report.known} 封，重复 {report.duplicates} 封，未导入 {report.refused} 封。"
        + ("（只是检查，没有保存）" if plan.rehearse else "")
    )
    if report.file:
        print(f"未导入的和原因见：{report.file}")
    return FAILED if report.refused else DONE


def _import_plan(options: argparse.Namespace, **more: Any) -> Any:
    from lianxin.publishing.imports import items, run

    profile = run.profile_of(options.site)
    return run.Plan(
        profile,
        column=options.column,
        unit=run.unit_of(options.unit) if options.unit else None,
        date=items.moment(options.date) if options.date else None,
        rehearse=options.dry_run,
        **more,
    )


def _tell_import(report: Any, plan: Any) -> int:
    from lianxin.publishing.imports.run import NOTES_ON_SCREEN

    if report.resumed_at:
        print(f"上次导入没有完成，从第 {report.resumed_at + 1} 篇继续。")
    shown = report.notes if report.all_notes is None else report.notes[:NOTES_ON_SCREEN]
    for note in shown:
        print(f"  {note}")
    if report.all_notes is not None:
        print(f"  …… 共 {len(report.notes)} 条说明，全文见：{report.all_notes}")
    verb = "可以导入" if plan.rehearse else "导入"
    print(
        f"{verb} {report.imported} 篇，重复 {report.duplicates} 篇，未导入 {report.refused} 篇。"
        + ("（只是检查，没有保存）" if plan.rehearse else "")
    )
    if report.faults:
        print(f"未导入的和原因见：{report.faults}")
    return FAILED if report.refused else DONE


def _keys_rotate(options: argparse.Namespace) -> int:
    _django()
    from lianxin.foundation import crypto

    result = crypto.rotate(lambda table, rows: print(f"  {table}：{rows} 行"))
    print(f"现在使用第 {result.version} 把密钥，重新加密了 {result.rows} 行。")
    return DONE


def _search_rebuild(options: argparse.Namespace) -> int:
    _django()
    from lianxin.foundation.search.rebuild import rebuild

    report = rebuild(processes=max(1, options.processes or os.cpu_count() or 1), show_progress=True)
    print(f"搜索索引已建好：{report.documents} 篇，{report.words} 个词，在 {report.path}。")
    return DONE

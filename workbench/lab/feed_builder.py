"""A new measure by picking: a table of Statistics Norway, its codes, and what the figures are."""

from __future__ import annotations

from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pandas as pd
from markupsafe import Markup

from workbench.dataset import Dataset, folder_or_figures
from workbench.errors import UsageError, WorkbenchError
from workbench.ingest import LIVE, feeds, new_feed, sources
from workbench.ingest.cli import alone
from workbench.ingest.ssb.client import Client
from workbench.ingest.ssb.pxweb import Store
from workbench.lab.selectors import columns, field, framed, municipality, number_of, refused
from workbench.language.translator import Language
from workbench.markup import html
from workbench.markup.html import Column, Html
from workbench.storage import cache

#: A field that is not filled in yet.
_NONE = ""

#: The directions of a measure by what is good.
_GOOD = {"up": "1", "down": "-1", "neither": "0"}

#: The texts that describe a measure, as options of ``python -m workbench feed``.
_TEXTS = ("name_nb", "name_en", "differs_nb", "differs_en")


def feed(
    data: Dataset | str | Path | None = None,
    municipality: str | int = "3201",
    language: str = "nb",
    base_url: str = LIVE,
) -> FeedBuilder:
    """Return the page that makes a new measure and its feed from a table of Statistics Norway.

    Parameters
    ----------
    data : Dataset, or the folder to load it from; None: the project's own
        The measure is written there.
    municipality : str or int
        Whose figures are previewed: a number of today or earlier, or a name.
    language : str
        A folder in ``workbench/text``.
    base_url : str
        The service's address.

    Raises
    ------
    UsageError
        If the municipality or the language is not known.

    Examples
    --------
    >>> import workbench as wb
    >>> page = wb.feed(municipality="Bærum")
    >>> page.describe.click()  # with the number of a table in page.number
    >>> page.preview.disabled
    True
    """
    loaded = folder_or_figures(data, 'wb.feed(data, "Bærum")')
    return FeedBuilder(loaded, loaded.municipality(municipality), Language(language), base_url)


class FeedBuilder(widgets.VBox):
    """The widgets. `table` is what was described last, and `found` the preview of it, or None."""

    def __init__(self, data: Dataset, number: str, language: Language, base_url: str) -> None:
        self.data, self.language, self._address = data, language, base_url
        self.table: new_feed.Table | None = None
        self.found: pd.DataFrame | None = None
        say = language.say
        self.number = widgets.Text(placeholder="12134", continuous_update=False)
        self.who = municipality(data, number)
        self.codes: dict[str, widgets.Dropdown] = {}
        self.picks = widgets.VBox([])
        self.about = {name: widgets.Text() for name in _TEXTS}
        self.unit = widgets.Dropdown(options=self._units())
        self.direction = widgets.Dropdown(
            options=[(say(f"lab.feed.good.{key}"), value) for key, value in _GOOD.items()]
        )
        self.kpi = widgets.Dropdown(options=self._kpis())
        self.relation = widgets.Dropdown(
            options=[(say(f"lab.feed.kind.{key}"), key) for key in new_feed.RELATIONS],
            value=new_feed.usual_relation(_NONE),
        )
        self.sum = widgets.Checkbox(description=say("lab.feed.sum"), indent=False)
        self.describe, self.preview, self.add = (
            self._button(key, act)
            for key, act in (
                ("describe", self._on_describe),
                ("preview", self._on_preview),
                ("add", self._on_add),
            )
        )
        self.shown, self.message = widgets.HTML(), widgets.HTML()
        boxes = {"table": self.number, "municipality": self.who}
        measure = {"unit": self.unit, "direction": self.direction, "kpi": self.kpi}
        measure |= {"relation": self.relation, **self.about}
        fields = [
            *(field(say(f"lab.feed.{key}"), box) for key, box in boxes.items()),
            self.describe,
            self.picks,
            self.preview,
            *(field(say(f"lab.feed.{key}"), box) for key, box in measure.items()),
            self.sum,
            self.add,
        ]
        super().__init__(columns(fields, [self.message, self.shown]))
        self.number.observe(self._on_describe, "value")
        self.kpi.observe(self._on_kpi, "value")
        self._ready()

    def _button(self, key: str, act: Callable[[Any], None]) -> widgets.Button:
        button = widgets.Button(description=self.language.say(f"lab.feed.{key}"))
        button.layout.width = "auto"
        button.on_click(act)
        return button

    def _units(self) -> list[tuple[str, str]]:
        symbols = {
            row["unit"]: self.language.name(row, "symbol")
            for row in self.data.units.to_dict("records")
        }
        twice = Counter(symbols.values())
        named = sorted(
            (f"{text} ({unit})" if twice[text] > 1 or not text else text, unit)
            for unit, text in symbols.items()
        )
        return [(self.language.say("lab.feed.choose"), _NONE), *named]

    def _kpis(self) -> list[tuple[str, str]]:
        rows = self.data.kpis.sort_values("number").to_dict("records")
        named = [(self.language.name(row), row["code"]) for row in rows]
        return [(self.language.say("lab.feed.no_kpi"), _NONE), *named]

    def _ready(self) -> None:
        """Let only what can be done now be pressed."""
        self.preview.disabled = self.table is None
        self.add.disabled = self.found is None

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Say in a sentence why something was refused; nothing else is lost."""
        self.message.value = ""
        try:
            yield
        except WorkbenchError as error:
            self.message.value = str(refused(error))
        finally:
            self._ready()

    @contextmanager
    def _source(self) -> Iterator[sources.Source]:
        with Client(self._address) as client:
            yield sources.every(client, Store(cache.FOLDER / "fetched"))["pxweb"]

    def _on_describe(self, _: Any) -> None:
        self.table = self.found = None
        self.shown.value = ""
        self.picks.children = ()
        with self._telling(), self._source() as source:
            number = self.number.value.strip()
            if not number:
                raise UsageError(self.language.say("lab.feed.no_table"))
            self.table = new_feed.Table.described(number, [], self.data, source)
            self._offer(self.table)

    def _offer(self, table: new_feed.Table) -> None:
        """Show what the table is, and a list to pick from for each variable that is open."""
        about = table.about
        self.codes = {
            name: widgets.Dropdown(
                options=[(about.labels[name].get(code, code), code) for code in about.codes[name]]
            )
            for name in table.open
        }
        for box in self.codes.values():
            box.observe(self._on_pick, "value")
        self.picks.children = tuple(
            field(about.names.get(name, name), box) for name, box in self.codes.items()
        )
        years = about.codes[about.time]
        facts = {"title": about.title, "first": years[0], "last": years[-1], "count": len(years)}
        self.shown.value = str(
            framed(html.paragraph(self.language.say("lab.feed.described", **facts)))
        )

    def _on_kpi(self, change: Any) -> None:
        """Take a series for no more than a proxy, until somebody says that it is more."""
        self.relation.value = new_feed.usual_relation(change["new"])

    def _on_pick(self, _: Any) -> None:
        """Forget a preview of other codes."""
        self.found = None
        self._ready()

    def _chosen(self) -> feeds.Selection:
        return {name: [str(box.value)] for name, box in self.codes.items()}

    def _on_preview(self, _: Any) -> None:
        self.found = None
        with self._telling(), self._source() as source:
            assert self.table is not None
            who = number_of(self.data, self.who.value)
            table, chosen = self.table.at(source), self._chosen()
            self.found = table.preview(chosen, who)
            title = table.title(chosen)
            for key in ("name_nb", "name_en"):
                self.about[key].value = self.about[key].value or title
            self.shown.value = str(framed(self._figures(title, self.data.name(who), self.found)))

    def _figures(self, title: str, name: str, found: pd.DataFrame) -> Html:
        say = self.language.say
        heads = [Column(say("common.year")), Column(say("common.value"), numeric=True)]
        decimals = max(len(f"{value:.10g}".partition(".")[2]) for value in found["value"])
        rows = [
            [str(row.year), self.language.number(row.value, decimals)] for row in found.itertuples()
        ]
        caption = say("lab.feed.preview_of", title=title, name=name)
        return html.table(heads, rows, caption)

    def _on_add(self, _: Any) -> None:
        with self._telling(), self._source() as source:
            assert self.table is not None and self.found is not None
            texts = {name: box.value.strip() for name, box in self.about.items()}
            options = Namespace(
                **texts,
                data=self.data.path,
                table=self.table.feed.table,
                unit=self.unit.value,
                direction=self.direction.value,
                kpi=self.kpi.value,
                relation=self.relation.value,
                measure="",
                sum=self.sum.value,
            )
            if not options.unit:
                raise UsageError(self.language.say("lab.feed.no_unit"))
            table, chosen = self.table.at(source), self._chosen()
            with alone(self.data.path):
                row = new_feed.measure(options, self.data, None, table.title(chosen))
                table.add(self.data.path, row, chosen, self.found)
            command = f"python -m workbench update --measure {row['measure']}"
            text = self.language.say("lab.feed.added", measure=row["measure"])
            code = Markup("<code>{}</code>").format(command)
            self.found = None
            self.message.value = str(framed(html.join(html.paragraph(text), html.paragraph(code))))

"""Component libraries from npm, as they are: mini-antui and mini-ali-ui, the two that mini programs use most."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.conftest import OpenProgram
from tests.programs import Program

NODE_MODULES = Path(__file__).resolve().parent.parent / "js" / "node_modules"

NEEDED = {"mini-ali-ui": ["@babel/runtime"]}
"""What else npm installs with them."""

TAGS = {
    **{name: f"{name}/index" for name in ("badge", "calendar", "card", "collapse", "filter", "flex", "footer", "grid")},
    **{name: f"{name}/index" for name in ("list", "message", "modal", "notice", "page-result", "pagination", "popup")},
    **{name: f"{name}/index" for name in ("popover", "stepper", "steps", "search-bar", "input-item", "picker-item")},
    **{name: f"{name}/index" for name in ("amount-input", "am-icon", "am-checkbox", "swipe-action", "tabs", "vtabs")},
    "collapse-item": "collapse/collapse-item/index",
    "filter-item": "filter/filter-item/index",
    "flex-item": "flex/flex-item/index",
    "list-item": "list/list-item/index",
    "popover-item": "popover/popover-item/index",
    "tab-content": "tabs/tab-content/index",
    "vtab-content": "vtabs/vtab-content/index",
}

SCRIPT = """Page({
  data: {
    tabs: [{ title: "First" }, { title: "Second" }], tab: 0,
    vtabs: [{ title: "One", anchor: "one" }, { title: "Two", anchor: "two" }],
    count: 2, name: "", shown: false, popup: false, popover: false, filtering: false,
    grid: [{ icon: "", text: "Pay" }, { icon: "", text: "Scan" }],
    steps: [{ title: "Order", description: "it" }, { title: "Pay", description: "now" }],
    right: [{ type: "delete", text: "Remove" }],
    noted: [],
  },
  note(...args) { this.setData({ noted: [...this.data.noted, args] }); },
  counted(count) { this.setData({ count }); },
  toTab({ index }) { this.setData({ tab: index }); },
  typed({ detail }) { this.setData({ name: detail.value }); },
  searched(text) { this.note("search", text); },
  picked(dates) { this.note("date", dates); },
  open() { this.setData({ shown: true }); },
  close() { this.setData({ shown: false }); },
  openPopup() { this.setData({ popup: true }); },
  closePopup() { this.setData({ popup: false }); },
  openPopover() { this.setData({ popover: !this.data.popover }); },
  tapItem({ index, target }) { this.note("item", index, target.dataset.id); },
  tapGrid({ detail }) { this.note("grid", detail.index); },
  checked({ detail }) { this.note("checked", detail.value); },
  removed({ index, detail, done }) { this.note("removed", detail.text); done(); },
});"""


@pytest.fixture(params=["mini-antui", "mini-ali-ui"])
def library(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A library, as npm has installed it."""
    name: str = request.param
    for package in (name, *NEEDED.get(name, ())):
        shutil.copytree(NODE_MODULES / package, tmp_path / "node_modules" / package)
    return name


def program(open_program: OpenProgram, library: str, axml: str, **options: Any) -> Program:
    """Open a page that uses its components."""
    components = {tag: f"{library}/es/{path}" for tag, path in TAGS.items()}
    files = {"index.axml": axml, "index.js": SCRIPT, "index.json": {"usingComponents": components}}
    return open_program(files, **options)


def text(program: Program, selector: str) -> Locator:
    return program.shown.locator(selector)


def test_a_stepper_counts(open_program: OpenProgram, library: str) -> None:
    opened = program(
        open_program,
        library,
        '<stepper value="{{count}}" min="1" max="3" showNumber onChange="counted"/><view id="count">{{count}}</view>',
    )
    field = opened.shown.locator("input")
    expect(field).to_have_value("2")
    opened.shown.locator(".am-stepper-add").click()
    expect(field).to_have_value("3")
    opened.shown.locator(".am-stepper-add").click()
    expect(text(opened, "#count")).to_have_text("3")
    for _ in range(3):
        opened.shown.locator(".am-stepper-reduce").click()
    expect(field).to_have_value("1")
    expect(text(opened, "#count")).to_have_text("1")
    assert opened.problems == ()


def test_a_number_is_typed_into_a_stepper(open_program: OpenProgram, library: str) -> None:
    opened = program(
        open_program,
        library,
        '<stepper value="{{count}}" min="1" max="30" showNumber onChange="counted"/><view id="count">{{count}}</view>',
    )
    opened.shown.locator("input").fill("12")
    opened.shown.locator("input").blur()
    expect(text(opened, "#count")).to_have_text("12")
    assert opened.problems == ()


@pytest.mark.parametrize("swipeable", [True, False])
def test_tabs_are_switched(open_program: OpenProgram, library: str, swipeable: bool) -> None:
    of_content = "" if swipeable else 'tabId="{{index}}" activeTab="{{tab}}"'
    opened = program(
        open_program,
        library,
        f"""<tabs tabs="{{{{tabs}}}}" activeTab="{{{{tab}}}}" duration="{{{{0}}}}" tabsName="t" tabContentHeight="200px"
          swipeable="{{{{{str(swipeable).lower()}}}}}" onTabClick="toTab" onChange="toTab">
          <block a:for="{{{{tabs}}}}"><tab-content key="{{{{index}}}}" {of_content}>
            <view class="content">Content of {{{{item.title}}}}</view>
          </tab-content></block>
        </tabs>""",
    )
    expect(opened.shown.get_by_text("Content of First")).to_be_in_viewport()
    expect(opened.shown.get_by_text("Content of Second")).not_to_be_in_viewport()
    opened.shown.get_by_text("Second", exact=True).click()
    expect(opened.shown.get_by_text("Content of Second")).to_be_in_viewport()
    assert opened.data["tab"] == 1
    if swipeable:
        opened.shown.locator("swiper").press("ArrowLeft")
    else:
        opened.shown.get_by_text("First", exact=True).click()
    expect(opened.shown.get_by_text("Content of First")).to_be_in_viewport()
    expect(opened.shown.get_by_text("Content of Second")).not_to_be_in_viewport()
    assert opened.problems == ()


def test_an_input_item_has_its_label_and_is_typed_into(open_program: OpenProgram, library: str) -> None:
    opened = program(
        open_program,
        library,
        '<input-item value="{{name}}" placeholder="Your name" clear onInput="typed" onClear="typed">Name</input-item>'
        '<view id="name">{{name}}</view>',
    )
    expect(opened.shown.locator(".am-input-label")).to_have_text("Name")
    opened.shown.get_by_placeholder("Your name").press_sequentially("Ann")
    expect(text(opened, "#name")).to_have_text("Ann")
    expect(opened.shown.locator(".am-input-clear")).to_contain_class("show")
    assert opened.problems == ()


def test_a_modal_is_opened_and_closed(open_program: OpenProgram, library: str) -> None:
    opened = program(
        open_program,
        library,
        """<button onTap="open">Open</button>
        <modal show="{{shown}}" showClose onModalClick="close" onModalClose="close">
          <view slot="header">Title</view>Inner<view slot="footer">Agree</view>
        </modal>""",
    )
    expect(opened.shown.get_by_text("Inner")).to_be_hidden()
    opened.shown.get_by_text("Open").click()
    expect(opened.shown.get_by_text("Inner")).to_be_visible()
    expect(opened.shown.locator(".am-modal-header")).to_have_text("Title")
    opened.shown.get_by_text("Agree").click()
    expect(opened.shown.get_by_text("Inner")).to_be_hidden()
    opened.shown.get_by_text("Open").click()
    opened.shown.locator(".am-modal-close").click()
    expect(opened.shown.get_by_text("Inner")).to_be_hidden()
    assert opened.problems == ()


def test_a_popup_covers_the_page_until_its_mask_is_tapped(open_program: OpenProgram, library: str) -> None:
    opened = program(
        open_program,
        library,
        """<button onTap="openPopup">Open</button>
        <popup show="{{popup}}" animation="{{false}}" onClose="closePopup"><view class="inner">Inner</view></popup>""",
    )
    expect(opened.shown.locator(".inner")).not_to_be_in_viewport()
    opened.shown.get_by_text("Open").click()
    expect(opened.shown.locator(".inner")).to_be_in_viewport()
    opened.shown.locator(".am-popup-mask").click(position={"x": 20, "y": 20})
    expect(opened.shown.locator(".inner")).not_to_be_in_viewport()
    assert opened.problems == ()


def test_a_search_bar_searches(open_program: OpenProgram, library: str) -> None:
    opened = program(open_program, library, '<search-bar placeholder="Shops" showCancelButton onSubmit="searched"/>')
    field = opened.shown.locator("input")
    field.press_sequentially("tea")
    field.press("Enter")
    assert opened.data["noted"] == [["search", "tea"]]
    opened.shown.locator(".am-search-cancel").click()
    expect(field).to_have_value("")
    assert opened.problems == ()


def test_items_of_a_list_and_of_a_grid_are_tapped(open_program: OpenProgram, library: str) -> None:
    opened = program(
        open_program,
        library,
        """<list><view slot="header">Orders</view>
          <list-item a:for="{{['a', 'b']}}" key="{{item}}" index="{{index}}" data-id="{{item}}" arrow onClick="tapItem">
            Order {{item}}<view slot="extra">paid</view>
          </list-item>
        </list>
        <grid list="{{grid}}" columnNum="{{2}}" onGridItemClick="tapGrid"/>""",
    )
    expect(opened.shown.locator(".am-list-header")).to_have_text("Orders")
    expect(opened.shown.locator(".am-list-extra")).to_have_text(["paid", "paid"])
    opened.shown.get_by_text("Order b").click()
    opened.shown.get_by_text("Scan").click()
    assert opened.data["noted"] == [["item", 1, "b"], ["grid", 1]]
    assert opened.problems == ()


def test_a_date_of_a_calendar_is_picked(open_program: OpenProgram, library: str) -> None:
    opened = program(open_program, library, '<calendar type="single" onSelect="picked"/>')
    opened.shown.locator(".am-calendar-date-wrap", has_text="15").click()
    [[name, dates]] = opened.data["noted"]
    assert name == "date"
    assert "15" in str(dates)
    assert opened.problems == ()


def test_a_collapse_opens_one_item_and_closes_the_other(open_program: OpenProgram, library: str) -> None:
    opened = program(
        open_program,
        library,
        """<collapse accordion activeKey="{{['a']}}" collapseKey="c">
          <collapse-item header="First" itemKey="a" collapseKey="c"><view>Content a</view></collapse-item>
          <collapse-item header="Second" itemKey="b" collapseKey="c"><view>Content b</view></collapse-item>
        </collapse>""",
    )
    items = opened.shown.locator(".am-collapse-item-content-wrapper")
    expect(items.nth(0)).not_to_have_css("max-height", "0px")
    expect(items.nth(1)).to_have_css("max-height", "0px")
    opened.shown.get_by_text("Second").click()
    expect(items.nth(1)).not_to_have_css("max-height", "0px")
    expect(items.nth(0)).to_have_css("max-height", "0px")
    assert opened.problems == ()


def test_a_box_is_checked(open_program: OpenProgram, library: str) -> None:
    opened = program(
        open_program,
        library,
        '<am-checkbox value="yes" onChange="checked"/>',
    )
    opened.shown.locator("checkbox").click()
    assert opened.data["noted"] == [["checked", True]]
    assert opened.problems == ()


def test_what_is_only_shown_is_shown(open_program: OpenProgram, library: str) -> None:
    opened = program(
        open_program,
        library,
        """<card thumb="" title="Card" subTitle="of a shop"/>
        <badge text="{{12}}"><view slot="inner">Badge</view></badge>
        <notice mode="closable">Notice</notice>
        <steps activeIndex="{{1}}" items="{{steps}}"/>
        <message title="Done" subTitle="All is well" type="success"/>
        <page-result type="network" title="No network" brief="Try again"/>
        <flex><flex-item>left</flex-item><flex-item>right</flex-item></flex>
        <footer copyright="Copyright"/>
        <amount-input title="Amount" placeholder="0.00" value="7"/>
        <picker-item value="Blue">Color</picker-item>
        <am-icon type="check"/>
        <vtabs tabs="{{vtabs}}"><vtab-content anchor="one">One is here</vtab-content>
          <vtab-content anchor="two">Two is here</vtab-content></vtabs>
        <filter show="{{false}}" max="{{5}}"><filter-item value="Tea" id="1"/></filter>
        <popover show><view>Popover</view><view slot="items"><popover-item>An item</popover-item></view></popover>""",
    )
    for shown in ("Card", "12", "Notice", "Order", "Done", "No network", "right", "Copyright", "Amount", "Blue"):
        expect(opened.shown).to_contain_text(shown)
    for shown in ("One is here", "Tea", "An item"):
        expect(opened.shown).to_contain_text(shown)
    assert opened.problems == ()


def test_what_is_swiped_shows_what_can_be_done(open_program: OpenProgram, library: str, touch: Page) -> None:
    opened = program(
        open_program,
        library,
        """<swipe-action right="{{right}}" enableNew="{{false}}" onRightItemClick="removed">
          <view style="height: 52px; width: 100%" class="row">Swipe me</view>
        </swipe-action>""",
        tab=touch,
    )
    row = opened.shown.locator(".row")
    button = opened.shown.get_by_text("Remove")
    before = row.bounding_box()
    assert before is not None
    swipe(touch, before, -120)
    expect(button).to_be_in_viewport()
    moved = row.bounding_box()
    assert moved is not None
    assert moved["x"] < before["x"]
    button.click()
    assert opened.data["noted"] == [["removed", "Remove"]]
    assert opened.problems == ()


@pytest.fixture
def touch(browser: Any) -> Any:
    """A tab of a device with a touch screen."""
    context = browser.new_context(has_touch=True, viewport={"width": 375, "height": 667})
    yield context.new_page()
    context.close()


def swipe(page: Page, box: Any, distance: float) -> None:
    """Move a finger over an element."""
    session = page.context.new_cdp_session(page)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 7):
        point = {"x": x + distance * step / 6, "y": y}
        session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

"""`my.createSelectorQuery` and `my.createAnimation`, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.conftest import OpenPage

BOXES = """<!doctype html><link rel='icon' href='data:,'><style>
  body, p { margin: 0; height: 3000px; width: 3000px }
  .box { position: absolute; width: 100px; height: 50px; color: rgb(1, 2, 3) }
  #scroll { top: 200px; overflow: auto; }
  #scroll > i { display: block; width: 500px; height: 500px }
</style>
<p class="box" id="one" data-kind="first" data-long-name="x" style="left: 10px; top: 20px"></p>
<p class="box" style="left: 30px; top: 100px"><b id="inner">text</b></p>
<p class="box" id="scroll"><i></i></p>
<canvas id="canvas"></canvas>"""

RECT = {"x": 10, "y": 20, "left": 10, "top": 20, "right": 110, "bottom": 70, "width": 100, "height": 50}


@pytest.fixture
def boxes(open_page: OpenPage) -> Page:
    page = open_page(html=BOXES).page
    page.set_viewport_size({"width": 1280, "height": 720})
    return page


def ask(page: Page, chain: str) -> Any:
    """Return what `exec` gets for a query such as "select('#one').boundingClientRect()"."""
    return page.evaluate(f"new Promise((done) => my.createSelectorQuery().{chain}.exec(done))")


def test_the_results_stand_in_the_order_of_the_requests(boxes: Page) -> None:
    results = ask(
        boxes,
        "select('#none').boundingClientRect().select('#one').boundingClientRect().selectAll('.box').boundingClientRect()"
        ".selectAll('.none').boundingClientRect().selectViewport().boundingClientRect().selectViewport().scrollOffset()",
    )
    none, one, every, empty, window, offset = results
    assert (none, empty) == (None, [])
    assert one == every[0] == RECT
    assert [(box["left"], box["top"]) for box in every] == [(10, 20), (30, 100), (0, 200)]
    assert window == {"width": 1280, "height": 720}
    assert offset == {"id": "", "dataset": {}, "scrollLeft": 0, "scrollTop": 0}


def test_scroll_offsets_are_those_of_the_moment(boxes: Page) -> None:
    boxes.evaluate("scrollTo(40, 30), document.querySelector('#scroll').scrollTo(7, 8)")
    element, window, rect = ask(
        boxes, "select('#scroll').scrollOffset().selectViewport().scrollOffset().select('#one').boundingClientRect()"
    )
    assert element == {"id": "scroll", "dataset": {}, "scrollLeft": 7, "scrollTop": 8}
    assert (window["scrollLeft"], window["scrollTop"]) == (40, 30)
    assert (rect["left"], rect["top"]) == (-30, -10)


def test_one_selection_serves_several_requests(boxes: Page) -> None:
    rect, offset = ask(boxes, "select('#one').boundingClientRect().scrollOffset()")
    assert (rect, offset["id"]) == (RECT, "one")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("{ id: true, dataset: true }", {"id": "one", "dataset": {"kind": "first", "longName": "x"}}),
        ("{ rect: true }", {"left": 10, "top": 20, "right": 110, "bottom": 70}),
        ("{ size: true }", {"width": 100, "height": 50}),
        ("{ scrollOffset: true }", {"scrollLeft": 0, "scrollTop": 0}),
        (
            "{ computedStyle: ['color', 'width'], size: true }",
            {"color": "rgb(1, 2, 3)", "width": "100px", "height": 50},
        ),
        ("{ computedStyle: 'color' }", {"color": "rgb(1, 2, 3)"}),
        ("{ node: true, context: true }", {"node": None, "context": None}),
        ("{}", {}),
        ("", {}),
    ],
)
def test_fields_are_chosen_one_by_one(boxes: Page, fields: str, expected: dict[str, Any]) -> None:
    assert ask(boxes, f"select('#one').fields({fields})") == [expected]


def test_the_node_of_a_canvas_is_the_canvas(boxes: Page) -> None:
    node = "my.createSelectorQuery().select('#canvas').node(({ node }) => done(node)).exec()"
    assert boxes.evaluate(
        f"""async () => {{
          const node = await new Promise((done) => {{ {node} }});
          return [
            node === document.querySelector("canvas"), "fillRect" in node.getContext("2d"),
            node.createImage() instanceof Image, await new Promise((done) => node.requestAnimationFrame(done)) > 0,
          ];
        }}"""
    ) == [True, True, True, True]


def test_a_query_can_be_limited_to_an_element(boxes: Page) -> None:
    chain = "in(document.querySelectorAll('.box')[1]).selectAll('[id]').fields({ id: true })"
    assert ask(boxes, chain) == [[{"id": "inner"}]]
    assert ask(boxes, "in(null).select('#one').fields({ id: true })") == [{"id": "one"}]


def test_each_request_can_have_a_callback_of_its_own_and_none_runs_inside_the_call(boxes: Page) -> None:
    heard = boxes.evaluate(
        """async () => {
          const heard = [];
          const note = (name) => (result) => heard.push([name, result]);
          const query = my.createSelectorQuery().select("#one").fields({ id: true }, note("fields"));
          query.select("#none").boundingClientRect(note("rect"));
          query.selectViewport().scrollOffset(() => { throw new Error("mine") });
          await new Promise((done) => {
            query.exec((results) => { heard.push(results.length); done() });
            heard.push("called");
          });
          return heard;
        }"""
    )
    assert heard == ["called", ["fields", {"id": "one"}], ["rect", None], 3]


def test_a_query_works_without_any_callback_and_can_be_asked_again(boxes: Page) -> None:
    again = "my.createSelectorQuery().select('#one').fields({ id: true })"
    assert boxes.evaluate(f"(() => {{ const query = {again}; query.exec(); return new Promise(query.exec) }})()") == [
        {"id": "one"}
    ]


def test_what_is_no_selector_finds_nothing_and_is_named(open_page: OpenPage) -> None:
    page = open_page(html=BOXES)
    assert ask(page.page, "select('#1:').boundingClientRect().selectAll('[').boundingClientRect()") == [None, []]
    assert page.console[0].startswith("[bridge] my.createSelectorQuery: #1:")


# Animations.

DEFAULTS = {"duration": 400, "timeFunction": "linear", "delay": 0, "transformOrigin": "50% 50% 0"}


def test_an_animation_is_exported_step_by_step(boxes: Page) -> None:
    exported = boxes.evaluate(
        """my.createAnimation({ duration: 1000, timeFunction: "ease-in" })
          .rotate(90).scale(1, 2).step({ delay: 5 }).opacity(0.5).step({ duration: 0 }).export()"""
    )
    mine = DEFAULTS | {"duration": 1000, "timeFunction": "ease-in"}
    assert exported == [
        {"config": mine | {"delay": 5}, "animation": [["rotate", [90]], ["scale", [1, 2]]]},
        {"config": mine | {"duration": 0}, "animation": [["opacity", [0.5]]]},
    ]


def test_an_animation_begins_anew_after_it_was_exported(boxes: Page) -> None:
    exported = boxes.evaluate(
        """(() => {
          const animation = my.createAnimation();
          return [animation.top(1).step().left(2).export(), animation.export(), animation.right("3px").step().export()];
        })()"""
    )
    assert exported == [
        [{"config": DEFAULTS, "animation": [["top", [1]]]}],
        [],
        [{"config": DEFAULTS, "animation": [["right", ["3px"]]]}],
    ]


def test_an_animation_has_every_documented_method(boxes: Page) -> None:
    calls = {
        "opacity": [0], "backgroundColor": ["red"], "width": [1], "height": [1], "top": [1], "left": [1], "bottom": [1],
        "right": [1], "rotate": [1], "rotateX": [1], "rotateY": [1], "rotateZ": [1], "rotate3d": [1, 1, 1, 5],
        "scale": [2], "scaleX": [2], "scaleY": [2], "scaleZ": [2], "scale3d": [1, 2, 3], "translate": [1],
        "translateX": [1], "translateY": [1], "translateZ": [1], "translate3d": [1, 2, 3], "skew": [1], "skewX": [1],
        "skewY": [1], "matrix": [1, 0, 0, 1, 0, 0], "matrix3d": list(range(16)),
    }  # fmt: skip
    chained = "(calls) => calls.reduce((it, [name, args]) => it[name](...args), my.createAnimation()).step().export()"
    exported = boxes.evaluate(chained, list(map(list, calls.items())))
    assert exported == [{"config": DEFAULTS, "animation": list(map(list, calls.items()))}]

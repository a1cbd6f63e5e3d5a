"""Pictures and files that the page has: chosen, shown, measured, saved, and read by Python."""

from __future__ import annotations

import base64
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FileChooser, Locator, Page, expect

from bridge import Call, Outcome, succeed
from tests.conftest import Elsewhere, Opened, OpenPage

CHOOSE = """(options) => {
  window.ran = [];
  const note = (name) => (payload) => ran.push([name, payload]);
  void my.chooseImage({ ...options, success: note("success"), fail: note("fail") });
}"""

CANCELLED = ["fail", {"error": 11, "errorMessage": "The user cancelled"}]
INVALID = {"error": 2, "errorMessage": "Invalid parameters"}


def png(width: int, height: int, color: str = "c0504d") -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + bytes.fromhex(color) * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def jpeg(page: Page, direction: int, order: str = ">") -> bytes:
    """Return a picture of 4 by 2 pixels that says in which direction the camera was held."""
    data: str = page.evaluate("Object.assign(document.createElement('canvas'), { width: 4, height: 2 })"
                              ".toDataURL('image/jpeg')")  # fmt: skip
    plain = base64.b64decode(data.partition(",")[2])
    mark = b"MM" if order == ">" else b"II"
    tiff = mark + struct.pack(order + "HIHHHIHHI", 42, 8, 1, 0x112, 3, 1, direction, 0, 0)
    exif = b"Exif\0\0" + tiff
    return plain[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + plain[2:]


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    """Three pictures on the disk of the user."""
    paths = [tmp_path / f"photo{number}.png" for number in (1, 2, 3)]
    for number, path in enumerate(paths, 1):
        path.write_bytes(png(8 * number, 5))
    return paths


def choosing(page: Page, **options: Any) -> FileChooser:
    """Call chooseImage; return the browser's own dialog."""
    with page.expect_file_chooser() as chooser:
        page.evaluate(CHOOSE, options)
    return chooser.value


def chosen(page: Page) -> list[Any]:
    page.wait_for_function("ran.length === 1")
    ran: list[Any] = page.evaluate("ran[0]")
    return ran


# Choosing.


def test_chosen_pictures_come_with_their_paths_and_sizes(open_page: OpenPage, pictures: list[Path]) -> None:
    page = open_page().page
    chooser = choosing(page, count=3)
    assert chooser.is_multiple()
    assert chooser.element.get_attribute("accept") == "image/*"
    chooser.set_files(pictures[:2])
    callback, payload = chosen(page)
    assert callback == "success"
    assert payload["apFilePaths"] == payload["tempFilePaths"] == payload["filePaths"]
    assert [{**file, "path": None} for file in payload["tempFiles"]] == [
        {"path": None, "size": pictures[0].stat().st_size, "width": 8, "height": 5},
        {"path": None, "size": pictures[1].stat().st_size, "width": 16, "height": 5},
    ]
    shown = page.evaluate(
        """async (src) => {
          const image = Object.assign(new Image(), { src });
          await image.decode();
          return image.naturalWidth;
        }""",
        payload["apFilePaths"][1],
    )
    assert shown == 16


def test_no_more_pictures_are_taken_than_the_page_wants(open_page: OpenPage, pictures: list[Path]) -> None:
    page = open_page().page
    choosing(page, count=2).set_files(pictures)
    assert len(chosen(page)[1]["apFilePaths"]) == 2


@pytest.mark.parametrize("count", [None, 1, 0, "many"])
def test_by_default_it_is_one_picture(open_page: OpenPage, count: Any) -> None:
    page = open_page().page
    chooser = choosing(page, count=count)
    assert not chooser.is_multiple()
    chooser.set_files([])


@pytest.mark.parametrize(
    ("sources", "capture"), [(["camera"], "environment"), (["camera", "album"], None), (None, None)]
)
def test_a_phone_opens_its_camera_when_the_page_wants_nothing_else(
    open_page: OpenPage, sources: list[str] | None, capture: str | None
) -> None:
    chooser = choosing(open_page().page, sourceType=sources)
    assert chooser.element.get_attribute("capture") == capture
    chooser.set_files([])


def test_what_is_no_picture_after_all_comes_without_its_width(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page().page
    (tmp_path / "notes.png").write_text("no picture")
    choosing(page).set_files(tmp_path / "notes.png")
    (file,) = chosen(page)[1]["tempFiles"]
    assert file == {"path": file["path"], "size": 10}


def test_a_user_who_closes_the_browsers_dialog_has_cancelled(open_page: OpenPage) -> None:
    page = open_page().page
    chooser = choosing(page)
    chooser.element.dispatch_event("cancel")
    assert chosen(page) == CANCELLED


@pytest.fixture
def without_click() -> str:
    """What a browser says when the user's last click was long ago."""
    return "Object.defineProperty(navigator, 'userActivation', { configurable: true, value: { isActive: false } })"


def test_long_after_a_click_the_user_is_invited_to_one(
    open_page: OpenPage, pictures: list[Path], without_click: str
) -> None:
    page = open_page().page
    page.evaluate(without_click)
    page.evaluate(CHOOSE, {"count": 2})
    dialog = page.get_by_role("alertdialog", name="Choose up to 2 pictures")
    with page.expect_file_chooser() as chooser:
        dialog.get_by_role("button", name="Choose").click()
    chooser.value.set_files(pictures[0])
    assert chosen(page)[0] == "success"


def test_an_invitation_can_be_declined(open_page: OpenPage, without_click: str) -> None:
    page = open_page().page
    page.evaluate(without_click)
    page.evaluate(CHOOSE, {})
    page.get_by_role("alertdialog", name="Choose a picture").get_by_role("button", name="Cancel").click()
    assert chosen(page) == CANCELLED


# Showing.


def viewer(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Pictures")


def preview(opened: Opened, number: int = 3, **options: Any) -> Locator:
    """Show pictures with widths of 100, 200 and so on; return the viewer."""
    for picture in range(1, number + 1):
        (opened.folder / f"{picture}.png").write_bytes(png(100 * picture, 60))
    urls = [f"{opened.url}/{picture}.png" for picture in range(1, number + 1)]
    assert opened.success({"urls": urls, **options}, "previewImage") == {}
    expect(viewer(opened.page)).to_be_visible()
    return viewer(opened.page)


def is_at(shown: Locator, number: int, of: int = 3) -> None:
    expect(shown.get_by_role("status")).to_have_text(f"{number} of {of}")
    expect(shown.get_by_role("img", name=f"Picture {number} of {of}")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize(("current", "number"), [(None, 1), (1, 2), (7, 3), (-1, 1), ("url", 2)])
def test_the_pictures_are_shown_from_the_one_that_the_page_names(
    open_page: OpenPage, current: Any, number: int
) -> None:
    opened = open_page()
    named = f"{opened.url}/2.png" if current == "url" else current
    options: dict[str, Any] = {} if current is None else {"current": named}
    is_at(preview(opened, 3, **options), number)


def test_buttons_lead_from_picture_to_picture_and_out(open_page: OpenPage) -> None:
    opened = open_page()
    shown = preview(opened)
    following = shown.get_by_role("button", name="Next picture")
    following.click()
    is_at(shown, 2)
    following.click()
    is_at(shown, 3)
    expect(following).to_be_disabled()
    expect(following).to_be_focused()
    shown.get_by_role("button", name="Previous picture").click()
    is_at(shown, 2)
    shown.get_by_role("button", name="Close").click()
    expect(shown).to_have_count(0)


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_what_brings_a_button_into_view_turns_no_page(open_page: OpenPage, direction: str, width: int) -> None:
    opened = open_page(html=f"<!doctype html><html dir={direction}><title>T</title></html>")
    opened.page.set_viewport_size({"width": width, "height": 720})
    shown = preview(opened, current=1)
    is_at(shown, 2)
    # As Playwright does before it clicks, one after the other.
    for button in shown.get_by_role("button").all():
        button.evaluate("""async (button) => {
          for (const place of ["start", "center", "end", "nearest"]) {
            button.scrollIntoView({ block: place, inline: place });
            await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
          }
        }""")
        is_at(shown, 2)
    opened.page.set_viewport_size({"width": 1280, "height": 720})


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_arrow_keys_lead_on_wherever_the_focus_is(open_page: OpenPage, direction: str) -> None:
    opened = open_page(html=f"<!doctype html><html dir={direction}><title>T</title></html>")
    on, back = ("ArrowRight", "ArrowLeft") if direction == "ltr" else ("ArrowLeft", "ArrowRight")
    shown = preview(opened)
    is_at(shown, 1)
    opened.page.keyboard.press(on)
    is_at(shown, 2)
    shown.get_by_role("button", name="Next picture").click()
    is_at(shown, 3)
    shown.get_by_role("button", name="Close").focus()
    opened.page.keyboard.press(back)
    is_at(shown, 2)
    opened.page.keyboard.press("Escape")
    expect(shown).to_have_count(0)


def test_the_picture_stays_when_the_window_gets_another_size(open_page: OpenPage) -> None:
    opened = open_page()
    shown = preview(opened, current=1)
    is_at(shown, 2)
    opened.page.set_viewport_size({"width": 500, "height": 800})
    is_at(shown, 2)
    opened.page.set_viewport_size({"width": 1280, "height": 720})


def test_a_dialog_lies_over_the_viewer_which_is_there_again_after_it(open_page: OpenPage) -> None:
    opened = open_page()
    page = opened.page
    shown = preview(opened, current=1)
    is_at(shown, 2)
    page.evaluate("for (const content of ['First', 'Last']) void my.alert({ content })")
    for name in ("First", "Last"):
        alert = page.get_by_role("alertdialog")
        expect(alert).to_have_accessible_name(name)
        alert.get_by_role("button", name="OK").click()
    expect(alert).to_have_count(0)
    is_at(shown, 2)
    expect(shown.get_by_role("group", name="Pictures")).to_be_focused()
    shown.get_by_role("button", name="Next picture").click()
    is_at(shown, 3)
    page.keyboard.press("Escape")
    expect(shown).to_have_count(0)
    expect(page.locator("html > :not(head, body)")).to_have_count(0)


def test_the_viewer_waits_for_a_dialog_that_is_there(open_page: OpenPage) -> None:
    opened = open_page()
    page = opened.page
    (opened.folder / "1.png").write_bytes(png(100, 60))
    page.evaluate("void my.alert({ content: 'First' })")
    expect(page.get_by_role("alertdialog")).to_be_visible()
    page.evaluate("my.previewImage({ urls: ['1.png'] })")
    expect(viewer(page)).to_have_count(0)
    page.evaluate("void my.alert({ content: 'Last' })")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alertdialog")).to_have_accessible_name("Last")
    page.keyboard.press("Enter")
    expect(viewer(page)).to_be_visible()


ALONE = """<!doctype html><title>T</title><script>
  const tell = () => document.querySelectorAll("html > div").length === 2 && console.log("both are there");
  new MutationObserver(tell).observe(document.documentElement, { childList: true });
  my.previewImage({ urls: ["data:,"], success() { my.alert({ content: "Over it" }) } });
</script>"""


def test_escape_closes_one_at_a_time_though_the_user_has_done_nothing_yet(
    open_page: OpenPage, shared_page: Page
) -> None:
    # Not by looking at the page: to the browser, that is something that the user does.
    with shared_page.expect_console_message(lambda message: message.text == "both are there"):
        page = open_page(html=ALONE).page
    page.keyboard.press("Escape")
    expect(page.get_by_role("alertdialog")).to_have_count(0)
    expect(viewer(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(viewer(page)).to_have_count(0)


ENDS = """(counter) => {
  const [text] = counter.childNodes;
  const place = (at) => {
    const range = document.createRange();
    range.setStart(text, at);
    range.setEnd(text, at + 1);
    return range.getBoundingClientRect().x;
  };
  return [place(0), place(text.length - 1)];
}"""


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_the_number_of_a_picture_comes_before_how_many_there_are(open_page: OpenPage, direction: str) -> None:
    opened = open_page(html=f"<!doctype html><html dir={direction}><title>T</title></html>")
    shown = preview(opened)
    is_at(shown, 1)
    number, of = shown.get_by_role("status").evaluate(ENDS)
    assert number < of


def test_what_the_viewer_says_in_english_is_written_from_left_to_right(open_page: OpenPage) -> None:
    opened = open_page(html="<!doctype html><html dir=rtl><title>T</title></html>")
    opened.success({"urls": ["missing.png"]}, "previewImage")
    expect(viewer(opened.page).get_by_text("This picture could not be loaded")).to_have_css("direction", "ltr")


def test_a_single_picture_has_nothing_to_lead_on_to(open_page: OpenPage) -> None:
    shown = preview(open_page(), 1)
    expect(shown.get_by_role("img", name="Picture")).to_be_in_viewport(ratio=1)
    expect(shown.get_by_role("button")).to_have_accessible_name("Close")
    expect(shown.get_by_role("status")).to_have_count(0)


def test_a_picture_that_is_not_there_says_so(open_page: OpenPage) -> None:
    opened = open_page()
    opened.success({"urls": ["missing.png"]}, "previewImage")
    expect(viewer(opened.page)).to_contain_text("This picture could not be loaded")
    expect(viewer(opened.page)).to_contain_text(f"{opened.url}/missing.png")


@pytest.mark.parametrize("urls", [None, [], "a.png", [None], [5], ["javascript:alert(1)"]])
def test_only_addresses_of_pictures_can_be_shown(open_page: OpenPage, urls: Any) -> None:
    opened = open_page()
    assert opened.fail({"urls": urls}, "previewImage") == INVALID
    expect(viewer(opened.page)).to_have_count(0)


def test_the_viewer_is_drawn_under_a_strict_content_security_policy(open_page: OpenPage) -> None:
    policy = "default-src 'none'; connect-src 'self'; img-src 'self'; script-src 'nonce-x'"
    html = f"<meta http-equiv='Content-Security-Policy' content=\"{policy}\"><script nonce='x' src='my.js'></script>"
    opened = open_page()
    opened.page.route("**/strict.html", lambda route: route.fulfill(body=html, content_type="text/html"))
    opened.page.goto(f"{opened.url}/strict.html")
    shown = preview(opened)
    shown.get_by_role("button", name="Next picture").click()
    is_at(shown, 2)
    assert not [text for text in opened.console if "Content Security Policy" in text]


# Measuring and saving.


def test_a_pictures_size_and_format_are_told(open_page: OpenPage) -> None:
    opened = open_page()
    (opened.folder / "wide.png").write_bytes(png(40, 30))
    info = opened.success({"src": "wide.png"}, "getImageInfo")
    assert info["path"].startswith("blob:")
    assert {**info, "path": ""} == {"width": 40, "height": 30, "path": "", "orientation": "up", "type": "png"}


def test_a_picture_of_another_site_is_told_as_far_as_it_can_be(open_page: OpenPage, elsewhere: Elsewhere) -> None:
    opened = open_page()
    svg = "<svg xmlns='http://www.w3.org/2000/svg' width='7' height='9'/>"
    src = elsewhere.serve(svg, {"Content-Type": "image/svg+xml"}) + "?file=a.svg"
    expected = {"width": 7, "height": 9, "path": src, "orientation": "up", "type": "svg"}
    assert opened.success({"src": src}, "getImageInfo") == expected
    assert opened.console == []


def test_a_picture_of_another_site_that_may_not_be_shown_is_told_as_a_wallet_does(
    open_page: OpenPage, elsewhere: Elsewhere
) -> None:
    policy = "<meta http-equiv='Content-Security-Policy' content=\"img-src 'self' blob:\">"
    opened = open_page(html=policy)
    svg = "<svg xmlns='http://www.w3.org/2000/svg' width='7' height='9'/>"
    info = opened.success({"src": elsewhere.serve(svg, {"Content-Type": "image/svg+xml"})}, "getImageInfo")
    assert info["path"].startswith("blob:")
    assert {**info, "path": ""} == {"width": 7, "height": 9, "path": "", "orientation": "up", "type": "svg"}


@pytest.mark.parametrize("order", ["<", ">"], ids=["little-endian", "big-endian"])
@pytest.mark.parametrize(("tag", "direction"), [(1, "up"), (3, "down"), (5, "left-mirrored"), (6, "right"), (9, "up")])
def test_the_direction_in_which_the_camera_was_held_is_told(
    open_page: OpenPage, order: str, tag: int, direction: str
) -> None:
    opened = open_page()
    src = "data:image/jpeg;base64," + base64.b64encode(jpeg(opened.page, tag, order)).decode()
    info = opened.success({"src": src}, "getImageInfo")
    assert (info["orientation"], info["type"], info["path"]) == (direction, "jpg", src)


def test_a_picture_cannot_be_told_that_is_not_there(open_page: OpenPage) -> None:
    opened = open_page(files={"text.png": "no picture"})
    for src in ("missing.png", "text.png"):
        assert opened.fail({"src": src}, "getImageInfo") == {
            "error": 12,
            "errorMessage": "The picture could not be read",
        }
    assert opened.fail(api="getImageInfo") == INVALID


def test_a_picture_is_saved_as_a_download(open_page: OpenPage) -> None:
    opened = open_page()
    (opened.folder / "photo.png").write_bytes(png(3, 3))
    with opened.page.expect_download() as download:
        assert opened.success({"url": "photo.png?v=2"}, "saveImage") == {}
    assert download.value.suggested_filename == "photo.png"
    assert download.value.path().read_bytes() == png(3, 3)


def test_a_picture_in_a_data_url_is_saved_with_a_name_of_ours(open_page: OpenPage) -> None:
    opened = open_page()
    url = "data:image/png;base64," + base64.b64encode(png(2, 2)).decode()
    with opened.page.expect_download() as download:
        opened.success({"url": url}, "saveImage")
    assert download.value.suggested_filename == "picture.png"


def test_a_picture_of_another_site_is_saved_though_that_has_no_cors(open_page: OpenPage, elsewhere: Elsewhere) -> None:
    opened = open_page()
    url = elsewhere.serve("<svg/>", {"Content-Type": "image/svg+xml"})
    with opened.page.expect_download() as download:
        assert opened.success({"url": url}, "saveImage") == {}
    assert download.value.path().read_text() == "<svg/>"
    assert opened.bridge.wait_for_call("downloadFile").params == {"url": url}


def test_a_picture_cannot_be_saved_that_is_not_there_or_not_to_be_reached(
    open_page: OpenPage, elsewhere: Elsewhere
) -> None:
    opened = open_page()
    failure = {"error": 17, "errorMessage": "The picture could not be saved"}
    for url in ("missing.png", f"{elsewhere.url}/missing.png", "http://pictures.example/1.png"):
        assert opened.fail({"url": url}, "saveImage") == failure
    assert opened.console[-1].endswith("cannot read http://pictures.example/1.png: No permission")
    assert opened.fail(api="saveImage") == INVALID


# Files between the page and Python.


async def read_it(call: Call) -> Outcome:
    """Tell about a file of the page."""
    assert call.desk is not None
    file = await call.desk.read(call.params["filePath"])
    return succeed(
        {"size": len(file.content), "sum": zlib.crc32(file.content), "type": file.media_type, "name": file.name}
    )


def test_python_reads_a_chosen_file_in_pieces(open_page: OpenPage, tmp_path: Path) -> None:
    opened = open_page({"saveFile": read_it})
    content = bytes(range(256)) * 2000
    (tmp_path / "large.png").write_bytes(content)
    choosing(opened.page).set_files(tmp_path / "large.png")
    (path,) = chosen(opened.page)[1]["apFilePaths"]
    told = opened.success({"filePath": path}, "saveFile")
    assert told == {"size": 512000, "sum": zlib.crc32(content), "type": "image/png", "name": "large.png"}


@pytest.mark.parametrize("path", ["URL.createObjectURL(new Blob(['hello'], { type: 'text/plain' }))",
                                  "'data:text/plain,hello'"], ids=["blob", "data"])  # fmt: skip
def test_python_reads_what_the_page_has_made_itself(open_page: OpenPage, path: str) -> None:
    opened = open_page({"saveFile": read_it})
    told = opened.success({"filePath": opened.page.evaluate(path)}, "saveFile")
    assert told == {"size": 5, "sum": zlib.crc32(b"hello"), "type": "text/plain", "name": ""}


def test_a_file_that_is_fetched_has_a_path_of_ours_and_one_of_the_pages(open_page: OpenPage) -> None:
    opened = open_page({"saveFile": read_it})
    (opened.folder / "logo.png").write_bytes(png(30, 20))
    options = {"url": f"{opened.url}/logo.png", "filePath": "https://usr/logo.png"}
    got = opened.success(options, "downloadFile")
    assert got["apFilePath"] == got["tempFilePath"]
    assert got["filePath"] == "https://usr/logo.png"
    for path in (got["apFilePath"], got["filePath"]):
        told = opened.success({"filePath": path}, "saveFile")
        assert (told["size"], told["name"]) == (len(png(30, 20)), "logo.png")
        info = opened.success({"src": path}, "getImageInfo")
        assert (info["width"], info["path"]) == (30, path)
    opened.success({"urls": [got["filePath"]]}, "previewImage")
    expect(viewer(opened.page).get_by_role("img", name="Picture")).to_be_visible()
    opened.page.keyboard.press("Escape")


def test_bytes_that_a_server_sends_arrive_as_bytes(open_page: OpenPage) -> None:
    opened = open_page()
    (opened.folder / "data.bin").write_bytes(b"\x00\xff\x80")
    got = opened.page.evaluate(
        """(url) => my.request({ url, dataType: "arraybuffer" })
          .then(({ data, status }) => [data instanceof ArrayBuffer, [...new Uint8Array(data)], status])""",
        f"{opened.url}/data.bin",
    )
    assert got == [True, [0, 255, 128], 200]

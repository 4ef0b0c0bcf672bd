"""A real browser opens the demo's page and sees the board's clock move."""

import shutil

import pytest
from lab import eventually

DRIVER = shutil.which("chromedriver")
webdriver = pytest.importorskip("selenium.webdriver")


@pytest.fixture
def browser(tmp_path):
    assert DRIVER, "chromedriver is not installed; see the Makefile's APT_TEST"
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.add_argument("--user-data-dir=%s" % (tmp_path / "profile"))
    browser = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    try:
        yield browser
    finally:
        browser.quit()


def test_the_clock_moves(lab, browser):
    demo = lab.demo()
    demo.wait()
    browser.get("http://demo.localhost:%d/" % demo.port)
    assert browser.title == "A board behind Boardwalk"
    seen = []

    def look():
        text = browser.find_element("id", "time").text
        if text not in seen:
            seen.append(text)
        return len(seen) > 4

    eventually(look, "the clock has changed three times")
    times = [text for text in seen if text != "--:--:--"]
    assert len(times) >= 4
    assert all(len(text) == 8 and text[2] == text[5] == ":" for text in times)
    assert browser.get_log("browser") == [] or all(
        "favicon" in entry["message"] for entry in browser.get_log("browser")
    )
    browser.save_screenshot("/tmp/boardwalk-demo.png")
    browser.get("http://demo.localhost:%d/api/date" % demo.port)
    assert '"year"' in browser.page_source

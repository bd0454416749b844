"""Time from Enter to the first paint of an answer, in Chromium against the real server.

    python -m tests.benchmarks.first_paint --snapshot HOME

Prints the median and the slowest of 20 questions, none asked before, and the share of the time
that the server took.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import FLAGS

QUESTIONS = 20
JUDGMENTS = Path(__file__).parents[1] / "judgments/dev.jsonl"
# Resolves with the milliseconds from now to the frame after the status line tells an outcome.
PAINTED = """() => new Promise((painted) => {
  const status = document.getElementById("status"), started = performance.now();
  new MutationObserver((_, seen) => {
    if (!/passages in/.test(status.textContent)) return;
    seen.disconnect();
    requestAnimationFrame(() => setTimeout(() => painted(performance.now() - started)));
  }).observe(status, { childList: true });
  document.getElementById("ask").requestSubmit();
})"""


def asked(page: Page, question: str) -> tuple[float, float]:
    """(milliseconds to the paint, milliseconds that the server says it took)."""
    page.locator("#question").fill(question)
    with page.expect_response("**/v1/search") as replied:
        took = float(page.evaluate(PAINTED))
    return took, float(replied.value.json()["took_ms"])


def main() -> None:
    """Serve, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--snapshot", required=True, help="home folder of a snapshot")
    home = parser.parse_args().snapshot
    command = [sys.executable, "-m", "search_api.cli", "serve", "--port", "0", "--snapshot", home]
    questions = [json.loads(line)["question"] for line in JUDGMENTS.open()][: QUESTIONS + 1]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert server.stderr is not None
        address = next(line.split()[-5] for line in server.stderr if "running on" in line)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=FLAGS
            )
            page = browser.new_page()
            page.goto(address)
            times = [asked(page, question) for question in questions][1:]
            browser.close()
    finally:
        server.terminate()
        server.communicate(timeout=20)
    paints, served = zip(*times, strict=True)
    sys.stdout.write(
        f"Enter to first paint, {len(paints)} questions: "
        f"median {statistics.median(paints):.0f} ms, "
        f"slowest {max(paints):.0f} ms; the server's share {sum(served) / sum(paints):.0%}\n"
    )


if __name__ == "__main__":
    main()

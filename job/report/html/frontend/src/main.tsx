/** Opens the packed data and shows the page; says plainly what is wrong when it cannot. */

import { options, render } from "preact";
import { open } from "./data/container";
import { type Extra, Report } from "./state/report";
import { ReportContext } from "./state/use";
import { App } from "./view/App";

function failed(root: HTMLElement, error: unknown): void {
  root.replaceChildren();
  const old = typeof DecompressionStream === "undefined";
  const reason = old ? "This browser is too old to open the report (it lacks DecompressionStream)." : String(error);
  render(
    <main class="broken">
      <div role="alert">
        <h1>The report could not be opened</h1>
        <p>{reason}</p>
        <p>The same data is in the CSV and Parquet files beside this one.</p>
      </div>
    </main>,
    root,
  );
}

async function start(root: HTMLElement): Promise<void> {
  const report = new Report(await open<Extra>("data"));
  root.replaceChildren();
  render(
    <ReportContext.Provider value={report}>
      <App />
    </ReportContext.Provider>,
    root,
  );
}

// Printing takes its picture right after the event: what the page changes for paper must be drawn by then.
addEventListener("beforeprint", () => (options.debounceRendering = (draw) => draw()), { capture: true });
addEventListener("afterprint", () => (options.debounceRendering = undefined), { capture: true });

const root = document.getElementById("page")!;
start(root).catch((error: unknown) => failed(root, error));

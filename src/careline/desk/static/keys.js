// The desk by keyboard; the list is in templates/dialogs/keys.html.j2.

import { $, $$, conversation, toast, visit } from "./page.js";
import { choose } from "./composer.js";
import { openDialog } from "./dialogs.js";
import { act } from "./actions.js";

const DIALOGS = { b: "hand-back", e: "resolve", p: "pass", m: "merge" };

const isField = (one) => one.matches?.("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]");

function step(by) {
  const rows = $$("[data-open]");
  if (!rows.length) return;
  const at = rows.findIndex((one) => one.dataset.open === conversation());
  const next = rows[Math.max(0, Math.min(at === -1 ? 0 : at + by, rows.length - 1))];
  if (next.dataset.open !== conversation()) visit(next.getAttribute("href"));
}

async function claim() {
  const own = $('#talk [data-post$="/claim"], #talk [data-post$="/take-over"]');
  if (own) return own.click();
  if (conversation()) return;
  const first = $("[data-open]");
  if (!first) return toast("Nobody waits for a person.");
  if (await act(`/desk/conversations/${first.dataset.open}/claim`, { quiet: true })) {
    await visit(first.getAttribute("href"));
    choose("reply");
  }
}

function press(selector) {
  const found = $(selector);
  if (found) found.click();
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && isField(event.target) && !$("#dialog")?.open) {
    event.target.blur();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || $("#dialog")?.open || isField(event.target)) return;
  if (document.body.dataset.desk === undefined && event.key !== "?") return;
  const talk = `#talk .talk-does`;
  const does = {
    j: () => step(1),
    k: () => step(-1),
    c: claim,
    r: () => choose("reply"),
    n: () => choose("note"),
    s: () => press(`${talk} [data-dialog$="/snooze"], ${talk} [data-post$="/wake"]`),
    u: () => press(`${talk} [data-post$="/release"]`),
    "/": () => $("#search")?.focus(),
    "?": () => openDialog("/desk/dialogs/keys"),
  }[event.key];
  if (does) {
    event.preventDefault();
    does();
  } else if (DIALOGS[event.key]) {
    event.preventDefault();
    press(`${talk} [data-dialog$="/${DIALOGS[event.key]}"]`);
  } else if (/^[1-9]$/.test(event.key)) {
    press(`[data-view]:nth-of-type(${event.key})`);
  }
});

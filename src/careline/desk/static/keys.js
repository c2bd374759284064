// The desk by keyboard; the list is in templates/dialogs/keys.html.j2.
//
// A key that comes while something is under way waits for it, and is played in its order: `c`, `j`
// and a word typed at once mean the same on a slow line as on a fast one. If what it waited for did
// not come to pass, it is dropped, for it was meant for what is not there.

import {
  $, $$, conversation, during, filtersAsQuery, isUnderWay, post, refreshQueue, toast, took,
  visit,
} from "./page.js";
import { choose } from "./composer.js";
import { openDialog } from "./dialogs.js";

const DIALOGS = { b: "hand-back", e: "resolve", p: "pass", m: "merge" };

const isField = (one) => one.matches?.("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]");

let heading = ""; // the conversation that j and k are on their way to

async function step(by) {
  const rows = $$("[data-open]");
  if (!rows.length) return;
  const at = rows.findIndex((one) => one.dataset.open === (heading || conversation()));
  const next = rows[Math.max(0, Math.min(at === -1 ? 0 : at + by, rows.length - 1))];
  if (next.dataset.open === (heading || conversation())) return;
  const own = (heading = next.dataset.open);
  await visit(next.getAttribute("href"));
  if (heading === own) heading = "";
}

async function claim() {
  const own = $('#talk [data-post$="/claim"], #talk [data-post$="/take-over"]');
  if (own) return own.click();
  if (conversation()) return;
  await during("place", claimNext);
}

/** Which one is the server's to say: the list here may be another view, or old. */
async function claimNext() {
  const wanted = filtersAsQuery();
  let given;
  try {
    given = await post("/desk/claim-next", wanted);
  } catch (error) {
    toast(error.message, true);
    await refreshQueue();
    return false;
  }
  if (!given.open) {
    toast(given.said);
    return false;
  }
  took(given.open);
  if (!(await visit(`/desk/conversations/${given.open}?${wanted}`))) return false;
  choose("reply");
  return true;
}

function press(selector) {
  const found = $(selector);
  if (found) found.click();
}

function does(key) {
  const talk = "#talk .talk-does";
  if (DIALOGS[key]) return () => press(`${talk} [data-dialog$="/${DIALOGS[key]}"]`);
  if (/^[1-9]$/.test(key)) return () => press(`[data-view]:nth-of-type(${key})`);
  return {
    j: () => step(1),
    k: () => step(-1),
    c: claim,
    r: () => choose("reply"),
    n: () => choose("note"),
    s: () => press(`${talk} [data-dialog$="/snooze"], ${talk} [data-post$="/wake"]`),
    u: () => press(`${talk} [data-post$="/release"]`),
    "/": () => $("#search")?.focus(),
    "?": () => openDialog("/desk/dialogs/keys"),
  }[key];
}

const held = []; // keys that wait

function mustWait(event) {
  const { key, target } = event;
  if (!event.isTrusted || event.repeat || isField(target)) return false;
  if (key === "Enter" ? target.closest("a, button, summary") : !/^[^ ]$|^Escape$/u.test(key)) return false;
  if (key === "Escape" && $("#dialog")?.open) return false;
  if (held.length) return true;
  if (!isUnderWay()) return false;
  if ("jk".includes(key) && heading) return false;
  return !("nr/".includes(key) && !isUnderWay("place"));
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !mustWait(event)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  held.push(event.key);
}, true);

/** As if it were pressed now, with what the browser itself does at it. */
function strike(key) {
  const at = document.activeElement ?? document.body;
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
  if (!at.dispatchEvent(event)) return;
  const dialog = $("#dialog");
  if (dialog?.open && key === "Escape") dialog.close();
  else if (dialog?.open && key === "Enter") at.matches("button") ? at.click() : at.form?.requestSubmit();
  else if (at.matches("textarea, input[type=text], input[type=search]")) type(at, key);
}

function type(field, key) {
  const text = { Enter: "\n", Escape: "" }[key] ?? key;
  field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

function play() {
  while (held.length && !isUnderWay()) strike(held.shift());
}

document.addEventListener("desk:settled", ({ detail }) => {
  if (!detail.came) held.length = 0;
  play();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && isField(event.target) && !$("#dialog")?.open) {
    event.target.blur();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || $("#dialog")?.open || isField(event.target)) return;
  if (document.body.dataset.desk === undefined && event.key !== "?") return;
  const deed = does(event.key);
  if (!deed) return;
  event.preventDefault();
  deed();
});

/** The page is ready: what was pressed before its scripts were here, see ahead.js. */
export function playWhatCameAhead() {
  held.push(...(window.keysAhead ?? []));
  window.keysAhead = null;
  play();
}

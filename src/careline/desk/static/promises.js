// The ribbon below a field whose words may promise something: what and by when, or that it is none.
//
// The rows are the state: a form takes their fields along as they stand. What the ribbon does not
// speak of is read by the server when the words are sent, so that no quick key loses a promise.

import { $, $$, conversation, post } from "./page.js";

const READ_AFTER = 300; // milliseconds without a key
const MAY_SPEAK_OF_A_DAY = /\d|day|week|month|morrow|night|hour|minute|mon\b|tue|wed|thu|fri|christmas|year|\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)|morning|afternoon|evening|eod|cob/i;

let reading = 0; // the latest one counts
let later = 0;

export const ribbonOf = (field) => $("[data-ribbon]", field.closest("form"));

const rowsOf = (ribbon) => $$(".promise", ribbon);
const value = (row, name) => $(`[name=${name}]`, row).value;
const refusedBy = (ribbon) => $$("[name=not_promised]", ribbon).map((one) => one.value);

/** What a draft keeps: {rows: [[what, by, words, edited]], refused: [words]}. */
export const ribbonSays = (ribbon) => ({
  rows: rowsOf(ribbon).map((row) => [
    value(row, "promise"), value(row, "promise_by"), value(row, "promise_words"), "edited" in row.dataset,
  ]).filter(([what, by]) => what || by),
  refused: refusedBy(ribbon),
});

export function fillRibbon(ribbon, { rows = [], refused = [] } = {}) {
  ribbon.replaceChildren();
  for (const [what, by, words, edited] of rows) addRow(ribbon, { what, by, words, edited });
  for (const words of refused) refuse(ribbon, words);
  ribbon.hidden = !rows.length;
}

/** For what is sent with these words: as the fields of the form would be. */
export function putInto(body, { rows = [], refused = [] } = {}) {
  for (const [what, by, words] of rows) {
    body.append("promise", what);
    body.append("promise_by", by);
    body.append("promise_words", words);
  }
  for (const words of refused) body.append("not_promised", words);
}

/** One that the writer wants to say, or a ready reply says. */
export function addRow(ribbon, { what = "", by = "", words = "", edited = true } = {}) {
  const row = $("[data-promise-row]", ribbon.parentElement).content.firstElementChild.cloneNode(true);
  $("[name=promise]", row).value = what;
  $("[name=promise_by]", row).value = by;
  $("[name=promise_words]", row).value = words;
  if (edited) row.dataset.edited = "";
  ribbon.append(row);
  ribbon.hidden = false;
  return row;
}

function refuse(ribbon, words) {
  if (!words) return;
  const note = document.createElement("input");
  Object.assign(note, { type: "hidden", name: "not_promised", value: words });
  ribbon.append(note);
}

const plain = (text) => text.replaceAll("’", "'").split(/\s+/).join(" ").trim();

// Typed on since, it is the same sentence; the server compares in the same way.
const isSame = (one, other) => Boolean(one && other) && (one.startsWith(other) || other.startsWith(one));

/** A suggestion whose words are gone goes with them; what somebody put in stays. */
function dropStale(ribbon, text) {
  const now = plain(text);
  for (const row of rowsOf(ribbon)) {
    if (!("edited" in row.dataset) && !now.includes(value(row, "promise_words"))) row.remove();
  }
  ribbon.hidden = !rowsOf(ribbon).length;
}

/** Read what the field says now, and suggest what it promises. */
export async function readField(field) {
  const own = ++reading;
  const text = field.value;
  const ribbon = ribbonOf(field);
  const id = conversation();
  let found = [];
  if (MAY_SPEAK_OF_A_DAY.test(text)) {
    try {
      found = (await post(`/desk/conversations/${id}/promised`, new URLSearchParams({ text }))).promises;
    } catch {
      return; // a help, not a duty: the server reads the words again when they are sent
    }
  }
  if (own !== reading || !ribbon.isConnected || field.value !== text) return;
  suggest(ribbon, found);
  field.form.dispatchEvent(new CustomEvent("desk:promises", { bubbles: true }));
}

function suggest(ribbon, found) {
  const rows = rowsOf(ribbon);
  const taken = new Set();
  const news = [];
  for (const one of found) {
    if (refusedBy(ribbon).some((words) => isSame(one.words, words))) continue;
    const row = rowFor(rows.filter((each) => !taken.has(each)), one);
    taken.add(row ?? addRow(ribbon, { ...one, edited: false }));
    if (row) update(row, one);
    else news.push(`${one.what} by ${one.by}`);
  }
  for (const row of rows) if (!taken.has(row) && !("edited" in row.dataset)) row.remove();
  ribbon.hidden = !rowsOf(ribbon).length;
  $("[data-promises-said]", ribbon.parentElement).textContent = news.length ? `Promised: ${news.join(", ")}.` : "";
}

/** The row that speaks of these words already; one without words speaks of its day. */
function rowFor(rows, one) {
  return rows.find((row) => isSame(one.words, value(row, "promise_words")))
    ?? rows.find((row) => !value(row, "promise_words") && value(row, "promise_by") === one.by)
    ?? rows.find((row) => !value(row, "promise_words") && value(row, "promise"));
}

function update(row, { what, by, words }) {
  $("[name=promise_words]", row).value = words;
  if ("edited" in row.dataset) return;
  $("[name=promise]", row).value = what;
  $("[name=promise_by]", row).value = by;
}

/** "your money back by Friday 4 December": for what the server wrote down by itself. */
export function inWords(promised) {
  const day = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });
  return promised.map(({ what, by }) => `${what} by ${day.format(new Date(by))}`).join(", ");
}

const mayPromise = (field) => field.matches?.("[data-may-promise]") && !field.closest(".is-note");

document.addEventListener("input", (event) => {
  const row = event.target.closest(".promise");
  if (row) row.dataset.edited = "";
  const field = event.target;
  if (!mayPromise(field)) return;
  dropStale(ribbonOf(field), field.value);
  clearTimeout(later);
  later = setTimeout(() => readField(field), READ_AFTER);
}, true); // before the draft is kept

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-promise]");
  if (!button) return;
  const form = button.closest("form");
  const ribbon = $("[data-ribbon]", form);
  if (button.dataset.promise === "on") {
    $("[name=promise]", rowsOf(ribbon).find((row) => !value(row, "promise")) ?? addRow(ribbon)).focus();
    return;
  }
  const row = button.closest(".promise");
  refuse(ribbon, value(row, "promise_words"));
  row.remove();
  ribbon.hidden = !rowsOf(ribbon).length;
  $("[data-may-promise]", form).focus();
  form.dispatchEvent(new CustomEvent("desk:promises", { bubbles: true }));
});

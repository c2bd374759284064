// Fetch parts of the desk from the server, and put them into the page without losing the place.

const trusted = window.trustedTypes
  ? // Only what this server made for these pages goes through here: its templates escape everything.
    window.trustedTypes.createPolicy("careline-desk", { createHTML: (html) => html })
  : { createHTML: (html) => html };

export const $ = (selector, within = document) => within.querySelector(selector);
export const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];

/** What the server said no to; `code` is stable, the message is for people. */
export class Refused extends Error {
  constructor(error, status) {
    super(error.message);
    Object.assign(this, { code: error.code, field: error.field, status });
  }
}

async function answerOf(response) {
  if (response.ok) return response;
  if (response.status === 401) {
    // The session has ended; what is written stays in the drafts, and this page is opened again.
    location.assign(`/desk/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
    return new Promise(() => {});
  }
  const body = await response.json().catch(() => null);
  throw new Refused(body?.error ?? { code: "error", message: `The server answered ${response.status}.` }, response.status);
}

async function ask(url, options) {
  try {
    return await answerOf(await fetch(url, options));
  } catch (error) {
    if (error instanceof Refused) throw error;
    const words = options.method === "POST"
      ? "No answer came, so it may be done or not. Look at what the page shows, and try again."
      : "The connection is gone. Try again.";
    throw new Refused({ code: "offline", message: words }, 0);
  }
}

/** What the page asks by itself does not keep a session alive that nobody uses. */
export async function get(url, { byItself = false } = {}) {
  const headers = { Accept: "text/html", ...(byItself ? { "X-By-Itself": "1" } : {}) };
  return (await ask(url, { headers })).text();
}

/** Gives the answer's JSON, its HTML as {html}, or {} when there is none. */
export async function post(url, body = new URLSearchParams()) {
  const csrf = $('meta[name="csrf"]')?.content ?? "";
  const response = await ask(url, { method: "POST", body, headers: { "X-CSRF-Token": csrf } });
  if (response.status === 204) return {};
  const kind = response.headers.get("Content-Type") ?? "";
  return kind.includes("json") ? response.json() : { html: await response.text() };
}

// --- what is under way: keys.js lets keys wait for it ---

const underWay = { place: 0, deed: 0 }; // on the way to another place or dialog; something being done

export const isUnderWay = (kind) => (kind ? underWay[kind] : underWay.place + underWay.deed) > 0;

/** Gives what the work gives; false, or an error, means that it did not come to pass. */
export async function during(kind, work) {
  underWay[kind] += 1;
  document.body.dataset.underWay = "";
  let came = false;
  try {
    const given = await work();
    came = given !== false;
    return given;
  } finally {
    underWay[kind] -= 1;
    if (!isUnderWay()) delete document.body.dataset.underWay;
    document.dispatchEvent(new CustomEvent("desk:settled", { detail: { came } }));
  }
}

export const took = (id) => document.dispatchEvent(new CustomEvent("desk:took", { detail: { id } }));

export function parsed(html) {
  return new DOMParser().parseFromString(trusted.createHTML(html), "text/html");
}

const NAMED_BY = ["open", "dialog", "post", "view", "more"]; // what says which control it is

function addressOf(one) {
  if (one.id) return `#${CSS.escape(one.id)}`;
  const name = NAMED_BY.find((each) => each in one.dataset);
  if (name) return `[data-${name}="${CSS.escape(one.dataset[name])}"]`;
  return one.matches("summary") ? `details[class="${one.parentElement.className}"] > summary` : null;
}

/** Put the fresh element in place of the old one; scroll, focus and what was unfolded stay. */
export function replace(old, fresh) {
  const scrolled = $$("[id]", old).concat(old).filter((one) => one.scrollTop > 0)
    .map((one) => [one.id, one.scrollTop]);
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const focus = focused && addressOf(focused);
  const caret = focused?.matches("input[type=search], input:not([type]), textarea") ? focused.selectionStart : null;
  const typed = $$("input[id]:not([type=checkbox], [type=radio]), textarea[id]", old)
    .filter((one) => one === focused || one.value !== one.defaultValue).map((one) => [one.id, one.value]);
  const unfolded = new Map($$("details", old).map((one) => [one.className, one.open]));
  const adopted = document.adoptNode(fresh);
  old.replaceWith(adopted);
  for (const one of $$("details", adopted)) {
    if (unfolded.has(one.className)) one.open = unfolded.get(one.className);
  }
  for (const [id, top] of scrolled) if (document.getElementById(id)) document.getElementById(id).scrollTop = top;
  for (const [id, value] of typed) {
    const field = document.getElementById(id);
    if (field) field.value = value;
  }
  const again = focus && $(focus, adopted);
  if (again) {
    again.focus({ preventScroll: true });
    if (caret !== null) again.setSelectionRange(caret, caret);
  }
  return adopted;
}

// A part that is replaced between the press and the release of the mouse would swallow the click.
let released = Promise.resolve();

document.addEventListener("pointerdown", () => {
  released = new Promise((done) => {
    for (const name of ["pointerup", "pointercancel"]) {
      document.addEventListener(name, () => setTimeout(done), { once: true, capture: true });
    }
  });
}, true);

export function toast(words, urgent = false) {
  const note = document.createElement("p");
  note.className = "toast";
  note.textContent = words;
  $(urgent ? "#alerts" : "#toasts").append(note);
  setTimeout(() => note.remove(), urgent ? 9000 : 4000);
}

const running = new Map();

/** Fetch a part again; asked meanwhile, it is fetched once more afterwards. */
export async function refresh(id, more = {}) {
  if (running.has(id)) {
    running.set(id, true);
    return;
  }
  running.set(id, false);
  try {
    const old = document.getElementById(id);
    const address = old?.dataset.part;
    if (!address) return;
    const url = new URL(address, location.href);
    for (const [name, value] of Object.entries(more)) url.searchParams.set(name, value);
    const html = await get(url, { byItself: true });
    await released;
    const now = document.getElementById(id);
    if (now?.dataset.part !== address) return; // another conversation was opened meanwhile
    const thread = $("#thread", now);
    const atEnd = thread && thread.scrollHeight - thread.scrollTop - thread.clientHeight < 60;
    const fresh = replace(now, parsed(html).getElementById(id));
    if (atEnd) toEnd(fresh);
    document.dispatchEvent(new CustomEvent("desk:part", { detail: { id, old: now, fresh } }));
  } catch (error) {
    if (error.code !== "offline") toast(error.message, true);
  } finally {
    const again = running.get(id);
    running.delete(id);
    if (again) await refresh(id, more);
  }
}

export function toEnd(within = document) {
  const thread = $("#thread", within);
  if (thread) thread.scrollTop = thread.scrollHeight;
}

export function filtersAsQuery() {
  const wanted = new URLSearchParams(new FormData($("#filters")));
  for (const [name, value] of [...wanted]) if (!value) wanted.delete(name);
  return wanted;
}

export const refreshQueue = () => refresh("queue", { selected: conversation() });
export const refreshTalk = () => refresh("talk");
export const conversation = () => document.body.dataset.conversation ?? "";

let visits = 0; // the latest one counts; what comes late for an earlier one is left out

/** Open an address of the desk in this page; the queue keeps its place. */
export const visit = (url, options) => during("place", () => go(url, options));

async function go(url, { push = true } = {}) {
  const own = ++visits;
  let html;
  try {
    html = await get(url);
  } catch (error) {
    if (own === visits) toast(error.message, true);
    return false;
  }
  if (own !== visits) return true;
  const fresh = parsed(html);
  const rows = $("#rows")?.scrollTop ?? 0;
  document.dispatchEvent(new Event("desk:leave"));
  $("#main").replaceWith(document.adoptNode(fresh.getElementById("main")));
  for (const name of ["pane", "conversation"]) document.body.dataset[name] = fresh.body.dataset[name] ?? "";
  document.title = fresh.title;
  if (push) history.pushState({}, "", url);
  if ($("#rows")) $("#rows").scrollTop = rows;
  document.dispatchEvent(new Event("desk:opened"));
  return true;
}

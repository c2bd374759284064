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
    throw new Refused({ code: "offline", message: "The connection is gone; nothing was changed. Try again." }, 0);
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

export function parsed(html) {
  return new DOMParser().parseFromString(trusted.createHTML(html), "text/html");
}

/** Put the fresh element in place of the old one; scroll, focus and what was unfolded stay. */
export function replace(old, fresh) {
  const scrolled = $$("[id]", old).concat(old).filter((one) => one.scrollTop > 0)
    .map((one) => [one.id, one.scrollTop]);
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const focus = focused && (focused.id ? `#${focused.id}` : focused.dataset.open && `[data-open="${focused.dataset.open}"]`);
  const typed = focused?.matches("input[type=search]") ? [focused.value, focused.selectionStart] : null;
  const unfolded = $$("details", old).map((one) => one.open);
  const adopted = document.adoptNode(fresh);
  old.replaceWith(adopted);
  $$("details", adopted).forEach((one, place) => {
    if (place < unfolded.length && !one.classList.contains("menu")) one.open = unfolded[place];
  });
  for (const [id, top] of scrolled) if (document.getElementById(id)) document.getElementById(id).scrollTop = top;
  const again = focus && $(focus);
  if (again) {
    if (typed) again.value = typed[0];
    again.focus({ preventScroll: true });
    if (typed) again.setSelectionRange(typed[1], typed[1]);
  }
  return adopted;
}

export function toast(words, urgent = false) {
  const note = document.createElement("p");
  note.className = "toast";
  note.textContent = words;
  $(urgent ? "#alerts" : "#toasts").append(note);
  setTimeout(() => note.remove(), urgent ? 9000 : 4000);
}

const running = new Map();

/** Fetch a part again; asked meanwhile, it is fetched once more afterwards. */
export async function refresh(id, more = "") {
  if (running.has(id)) {
    running.set(id, true);
    return;
  }
  running.set(id, false);
  try {
    const old = document.getElementById(id);
    const address = old?.dataset.part;
    if (!address) return;
    const html = await get(address + more, { byItself: true });
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

export const refreshQueue = () => refresh("queue", `&selected=${conversation()}`);
export const refreshTalk = () => refresh("talk");
export const conversation = () => document.body.dataset.conversation ?? "";

/** Open an address of the desk in this page; the queue keeps its place. */
export async function visit(url, { push = true } = {}) {
  let html;
  try {
    html = await get(url);
  } catch (error) {
    toast(error.message, true);
    return false;
  }
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

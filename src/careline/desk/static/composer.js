// What a staff member writes: drafts that nothing loses, ready replies, files, promises.

import { $, $$, conversation, get, parsed, post, refreshQueue, refreshTalk, toast, toEnd } from "./page.js";
import { openDialog } from "./dialogs.js";

const TYPING_EVERY = 3000; // milliseconds
const TYPING_ENDS = 5000;

let tab = "reply";
let choices = 0; // how often somebody chose what to write
let typingSaid = 0;
let typingEnds = 0;
let typingIn = "";
let sending = false;

const key = () => `careline:draft:${conversation()}:${tab}`;
const field = () => $("#words");
const talk = () => $("#talk");
export const isMine = () => Boolean(talk()?.dataset.mine);

function draft() {
  try {
    return JSON.parse(localStorage.getItem(key()) ?? "{}");
  } catch {
    return {};
  }
}

/** Written down at every key, with the id under which it will be sent: sent twice, it is one. */
function keep() {
  const known = draft();
  const files = $$("#files [data-file]").map((one) => [one.dataset.file, one.dataset.name]);
  const now = {
    text: field().value,
    files: tab === "reply" ? files : [],
    promise: $("[name=promise]").value,
    by: $("[name=promise_by]").value,
    id: known.id ?? crypto.randomUUID(),
  };
  if (now.text || now.files.length || now.promise) localStorage.setItem(key(), JSON.stringify(now));
  else localStorage.removeItem(key());
  return now;
}

function show() {
  const kept = draft();
  field().value = kept.text ?? "";
  $("#files").replaceChildren();
  if (tab === "reply") for (const [id, name] of kept.files ?? []) showFile(id, name);
  $("[name=promise]").value = kept.promise ?? "";
  $("[name=promise_by]").value = kept.by ?? "";
  $("#promise").hidden = tab !== "reply" || !(kept.promise || kept.by);
  stand();
  grow();
}

/** What may be written now, and what will happen on Enter, said beside it. */
export function stand() {
  if (!$("#composer")) return;
  const note = tab === "note";
  const may = note || isMine();
  $("#composer").classList.toggle("is-note", note);
  for (const one of $$("textarea, input, button", $("#composer-body"))) one.disabled = !may;
  $("#hint").textContent = note
    ? "Enter: new line · Ctrl+Enter: keep the note; the customer never sees it"
    : "Enter: new line · Ctrl+Enter: send to the customer";
  $("#send").textContent = note ? "Keep note" : "Send";
  for (const one of ["#send-back", "[data-promise=on]"]) $(one).hidden = note;
  $("#attach").closest("label").hidden = note;
  field().placeholder = note ? "For colleagues only" : "Write to the customer. / for ready replies";
  $("label[for=words]").textContent = note ? "Your note for colleagues" : "Your words to the customer";
  const mode = talk()?.dataset.mode;
  const words = {
    queued: "Claim it to reply (c). A note (n) can be written by anybody.",
    bot: "The bot is answering. Take it over to reply (c).",
    person: "A colleague has this conversation. You can write a note for them (n).",
    closed: "This conversation is closed. Take it up again to reply (c).",
  }[mode];
  $("#not-mine").hidden = may;
  $("#not-mine").textContent = may ? "" : words ?? "";
}

export const choicesSoFar = () => choices;

/** With `since`, only if nobody chose meanwhile: a note that is begun must not become a reply. */
export function choose(name, { focus = true, since = choices } = {}) {
  if (!$("#composer") || since !== choices) return;
  choices += 1;
  tab = name;
  for (const one of $$("[data-tab]")) {
    const chosen = one.dataset.tab === tab;
    one.setAttribute("aria-selected", chosen);
    one.tabIndex = chosen ? 0 : -1;
  }
  $("#composer-body").setAttribute("aria-labelledby", `tab-${tab}`);
  complain("");
  show();
  if (focus) field().focus();
}

export function opened() {
  tab = "reply";
  if ($("#composer")) choose("reply", { focus: false });
}

function complain(words) {
  const notice = $("#composer-notice");
  notice.textContent = words;
  notice.hidden = !words;
}

function grow() {
  const rows = field().value.split("\n").length;
  const least = window.innerWidth > 800 ? 3 : 1;
  field().rows = Math.min(Math.max(least, rows + (rows > 1 ? 1 : 0)), 12);
}

/** Gives true when it was taken. What was refused stays in the field. */
export async function send() {
  if (sending || field().disabled) return false;
  const id = conversation();
  const kept = keep();
  if (!kept.text.trim() && !kept.files.length) {
    field().focus();
    return false;
  }
  const body = new URLSearchParams({ client_id: kept.id, text: kept.text });
  const kind = tab;
  if (kind === "reply") {
    body.set("seen_up_to", talk().dataset.customer);
    for (const [file] of kept.files) body.append("attachments", file);
    if (kept.promise || kept.by) {
      body.set("promise", kept.promise);
      body.set("promise_by", kept.by);
    }
  }
  sending = true;
  $("#send").disabled = true;
  try {
    await post(`/desk/conversations/${id}/${kind}`, body);
    localStorage.removeItem(`careline:draft:${id}:${kind}`);
    typingIn = "";
    if (conversation() === id) {
      complain("");
      show();
      await refreshTalk();
      toEnd();
    }
    return true;
  } catch (error) {
    complain(error.code === "newer_message" ? `${error.message} Your words are still here.` : error.message);
    if (error.status === 409) await Promise.all([refreshTalk(), refreshQueue()]);
    if (error.code === "newer_message") toEnd();
    field().focus();
    return false;
  } finally {
    sending = false;
    if ($("#send")) stand();
  }
}

/** Send what is written, if anything is, then ask what was decided. */
export async function sendAndHandBack() {
  const written = tab === "reply" && (field().value.trim() || $("#files").children.length);
  if (written && !(await send())) return;
  await openDialog(`/desk/conversations/${conversation()}/dialogs/hand-back`);
}

function typing() {
  if (tab !== "reply" || !isMine()) return;
  const now = Date.now();
  if (now - typingSaid > TYPING_EVERY) tellTyping(conversation(), true);
  clearTimeout(typingEnds);
  typingEnds = setTimeout(stopTyping, TYPING_ENDS);
}

function stopTyping() {
  clearTimeout(typingEnds);
  if (typingIn) tellTyping(typingIn, false);
}

function tellTyping(id, on) {
  typingSaid = on ? Date.now() : 0;
  typingIn = on ? id : "";
  post(`/desk/conversations/${id}/typing`, new URLSearchParams({ on })).catch(() => {}); // a sign, not a promise
}

// --- ready replies ---

let canned = [];
let chosen = 0;

async function offerCanned() {
  const list = $("#canned");
  const text = field().value;
  if (tab !== "reply" || !/^\/\S*$/.test(text)) {
    list.hidden = true;
    return;
  }
  try {
    const found = parsed(await get(`/desk/conversations/${conversation()}/canned?name=${encodeURIComponent(text.slice(1))}`));
    if (field().value !== text) return; // typed on meanwhile
    list.replaceChildren(...$$("li", found).map((one) => document.adoptNode(one)));
  } catch (error) {
    toast(error.message, true);
    return;
  }
  canned = $$("li[data-text], li[data-problem]", list);
  list.hidden = !list.children.length;
  point(0);
}

function point(place) {
  chosen = Math.max(0, Math.min(place, canned.length - 1));
  canned.forEach((one, n) => one.setAttribute("aria-selected", n === chosen));
  canned[chosen]?.scrollIntoView({ block: "nearest" });
  if (canned[chosen]) field().setAttribute("aria-activedescendant", canned[chosen].id);
}

function take(item) {
  if (!item) return;
  if (item.dataset.problem) {
    complain(item.dataset.problem);
    return;
  }
  field().value = item.dataset.text;
  if (item.dataset.promises) {
    $("[name=promise]").value = item.dataset.promises;
    $("[name=promise_by]").value = item.dataset.by;
    $("#promise").hidden = false;
  }
  $("#canned").hidden = true;
  keep();
  grow();
  field().focus();
}

// --- files ---

function showFile(id, name) {
  const item = document.createElement("li");
  item.dataset.file = id;
  item.dataset.name = name;
  const words = document.createElement("bdi");
  words.textContent = name;
  const remove = document.createElement("button");
  remove.type = "button";
  remove.className = "quiet";
  remove.textContent = "Remove";
  remove.setAttribute("aria-label", `Remove ${name}`);
  remove.addEventListener("click", () => {
    item.remove();
    keep();
  });
  item.append(words, remove);
  $("#files").append(item);
}

async function attach(files) {
  const id = conversation();
  for (const file of files) {
    const body = new FormData();
    body.set("file", file);
    complain(`Sending ${file.name}…`);
    try {
      const kept = await post(`/desk/conversations/${id}/attachments`, body);
      if (conversation() !== id) return;
      showFile(kept.id, kept.name);
      keep();
      complain("");
    } catch (error) {
      complain(`${file.name}: ${error.message}`);
      return;
    }
  }
}

document.addEventListener("input", (event) => {
  if (!event.target.closest("#composer")) return;
  keep();
  if (event.target.id !== "words") return;
  grow();
  typing();
  offerCanned();
});

document.addEventListener("change", (event) => {
  if (event.target.id !== "attach") return;
  attach([...event.target.files]);
  event.target.value = "";
});

document.addEventListener("paste", (event) => {
  const files = [...(event.clipboardData?.files ?? [])];
  if (event.target.id !== "words" || !files.length || tab !== "reply") return;
  event.preventDefault();
  attach(files);
});

document.addEventListener("submit", (event) => {
  if (event.target.id !== "composer") return;
  event.preventDefault();
  if (event.submitter?.id === "send-back") sendAndHandBack();
  else send();
});

document.addEventListener("click", (event) => {
  const to = event.target.closest("[data-tab]");
  if (to) choose(to.dataset.tab);
  const item = event.target.closest("#canned li");
  if (item) take(item);
  const promise = event.target.closest("[data-promise]")?.dataset.promise;
  if (promise) {
    $("#promise").hidden = promise === "off";
    if (promise === "on") $("[name=promise]").focus();
    else {
      $("[name=promise]").value = $("[name=promise_by]").value = "";
      keep();
    }
  }
});

document.addEventListener("keydown", (event) => {
  if (event.target.matches?.("[data-tab]") && ["ArrowLeft", "ArrowRight"].includes(event.key)) {
    event.preventDefault();
    choose(tab === "reply" ? "note" : "reply", { focus: false });
    $(`#tab-${tab}`).focus();
    return;
  }
  if (event.target.id !== "words") return;
  if (!$("#canned").hidden && canned.length) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      point(chosen + step);
      return;
    }
    if (event.key === "Enter" && !event.ctrlKey) {
      event.preventDefault();
      take(canned[chosen]);
      return;
    }
  }
  if (event.key === "Escape" && !$("#canned").hidden) {
    event.stopImmediatePropagation();
    $("#canned").hidden = true;
    return;
  }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    if (event.shiftKey && tab === "reply") sendAndHandBack();
    else send();
  }
});

document.addEventListener("desk:leave", stopTyping);
window.addEventListener("pagehide", stopTyping);

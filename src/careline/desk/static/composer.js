// What a staff member writes: drafts that nothing loses, ready replies, files, promises.

import {
  $, $$, conversation, during, get, parsed, post, refreshQueue, refreshTalk, toast, toEnd,
} from "./page.js";
import { openDialog } from "./dialogs.js";
import { addRow, fillRibbon, inWords, putInto, readField, ribbonOf, ribbonSays } from "./promises.js";

const TYPING_EVERY = 3000; // milliseconds
const TYPING_ENDS = 5000;

let tab = "reply";
let typingSaid = 0;
let typingEnds = 0;
let typingIn = "";
let claimed = null; // {id, done}: a claim on its way; what is written meanwhile is a draft

const me = () => $('meta[name="member"]')?.content ?? "";
const MINE = () => `careline:draft:${me()}:`; // drafts are their writer's: a browser may be shared
const draftKey = (id, kind) => `${MINE()}${id}:${kind}`;
const sentKey = (id, kind) => `${draftKey(id, kind)}:sent`; // given to the server, not answered yet
const key = () => draftKey(conversation(), tab);
const field = () => $("#words");
const ribbon = () => ribbonOf(field());
const talk = () => $("#talk");
export const isMine = () => Boolean(talk()?.dataset.mine);

const mayWrite = () => tab === "note" || isMine() || claimed?.id === conversation();

function kept(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

function put(name, what) {
  if (what.length === 0) localStorage.removeItem(name);
  else localStorage.setItem(name, JSON.stringify(what));
}

const draft = () => kept(key(), {});

/** Written down at every key, with the id under which it will be sent: sent twice, it is one. */
function keep() {
  const known = draft();
  const files = $$("#files [data-file]").map((one) => [one.dataset.file, one.dataset.name]);
  const now = {
    text: field().value,
    files: tab === "reply" ? files : [],
    ribbon: tab === "reply" ? ribbonSays(ribbon()) : {},
    id: known.id ?? crypto.randomUUID(),
  };
  if (now.text || now.files.length || now.ribbon.rows?.length) localStorage.setItem(key(), JSON.stringify(now));
  else localStorage.removeItem(key());
  return now;
}

function show() {
  bringBackUnanswered();
  const written = draft();
  field().value = written.text ?? "";
  $("#files").replaceChildren();
  if (tab === "reply") for (const [id, name] of written.files ?? []) showFile(id, name);
  fillRibbon(ribbon(), tab === "reply" ? written.ribbon : {});
  stand();
  grow();
  showOutgoing();
}

/** What may be written now, and what will happen on Enter, said beside it. */
export function stand() {
  if (!$("#composer")) return;
  const note = tab === "note";
  const may = mayWrite();
  $("#composer").classList.toggle("is-note", note);
  for (const one of $$("textarea, input, button", $("#composer-body"))) {
    // Taken away under somebody's fingers, the rest of the word would be keys of the desk.
    one.disabled = !may && !(one === field() && one === document.activeElement);
  }
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

export function choose(name, { focus = true } = {}) {
  if (!$("#composer")) return;
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

/** The field is ready before the claim is answered; what is sent meanwhile waits for it. */
export function writeAhead(done) {
  const own = (claimed = { id: conversation(), done });
  choose("reply");
  done.finally(() => {
    if (claimed === own) claimed = null;
    stand();
  });
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

// --- sending: the field is free at once, and what was refused comes back into it ---

const outgoing = []; // in their order, one on its way at a time
let line = Promise.resolve();

/** Gives true when it was taken. */
export async function send() {
  if (!mayWrite()) {
    complain($("#not-mine").textContent);
    return false;
  }
  const words = keep();
  if (!words.text.trim() && !words.files.length) {
    field().focus();
    return false;
  }
  const one = { ...words, conversation: conversation(), kind: tab, seen: talk().dataset.customer };
  const place = sentKey(one.conversation, tab);
  put(place, [...kept(place, []), words]);
  localStorage.removeItem(key());
  outgoing.push(one);
  complain("");
  show();
  typingIn = "";
  const done = line.then(() => deliver(one));
  line = done.catch(() => {});
  return during("deed", () => done);
}

async function deliver(one) {
  if (claimed?.id === one.conversation) await claimed.done;
  if (!outgoing.includes(one)) return false; // came back with the one before it
  let answer;
  try {
    answer = await post(`/desk/conversations/${one.conversation}/${one.kind}`, asForm(one));
  } catch (error) {
    await refused(one, error);
    return false;
  }
  leave(one);
  tellPromised(one, answer.promised ?? []);
  if (conversation() === one.conversation) {
    await refreshTalk();
    toEnd();
  }
  return true;
}

/** What was read in the words only: nobody has seen it in the ribbon. */
function tellPromised(one, promised) {
  const seen = new Set((one.ribbon.rows ?? []).map(([, by]) => by));
  const unseen = promised.filter((each) => !seen.has(each.by));
  if (unseen.length) toast(`Written down as promised: ${inWords(unseen)}.`);
}

function asForm(one) {
  const body = new URLSearchParams({ client_id: one.id, text: one.text });
  if (one.kind !== "reply") return body;
  body.set("seen_up_to", one.seen);
  for (const [file] of one.files) body.append("attachments", file);
  putInto(body, one.ribbon);
  return body;
}

function leave(one) {
  outgoing.splice(outgoing.indexOf(one), 1);
  const place = sentKey(one.conversation, one.kind);
  put(place, kept(place, []).filter((each) => each.id !== one.id));
  showOutgoing();
}

async function refused(one, error) {
  const back = outgoing.filter((each) => each.conversation === one.conversation && each.kind === one.kind);
  back.forEach(leave);
  if (error.code === "already_sent") back[0] = { ...back[0], id: crypto.randomUUID() };
  backIntoDraft(one.conversation, one.kind, back);
  if (conversation() !== one.conversation) {
    toast(`Not sent: ${error.message} Your words are still in that conversation.`, true);
    return;
  }
  if (tab !== one.kind) choose(one.kind, { focus: false });
  else show();
  complain(error.code === "newer_message" ? `${error.message} Your words are still here.` : error.message);
  if (document.activeElement === document.body) field().focus();
  if (error.status === 409) await Promise.all([refreshTalk(), refreshQueue()]);
  if (error.code === "newer_message" || error.code === "already_sent") toEnd();
}

/** Before what was begun since; under its own id, for the answer alone may have been lost. */
function backIntoDraft(id, kind, back) {
  const place = draftKey(id, kind);
  const all = [...back, kept(place, null)].filter(Boolean);
  put(place, {
    text: all.map((each) => each.text).filter(Boolean).join("\n"),
    files: all.flatMap((each) => each.files),
    ribbon: {
      rows: all.flatMap((each) => each.ribbon?.rows ?? []),
      refused: all.flatMap((each) => each.ribbon?.refused ?? []),
    },
    id: all[0].id,
  });
}

/** Of a page that was left before the server answered. */
function bringBackUnanswered() {
  const place = sentKey(conversation(), tab);
  const ours = new Set(outgoing.map((each) => each.id));
  const [own, lost] = [true, false].map((is) => kept(place, []).filter((each) => ours.has(each.id) === is));
  if (!lost.length) return;
  put(place, own);
  backIntoDraft(conversation(), tab, lost);
}

function showOutgoing() {
  const sign = $("#sending");
  if (!sign) return;
  const here = outgoing.filter((each) => each.conversation === conversation() && each.kind === tab);
  sign.textContent = here.length ? `Sending: ${here.map((each) => each.text || "a file").join(" · ")}` : "";
  sign.hidden = !here.length;
}

/** Send what is written, if anything is, then ask what was decided. */
export async function sendAndHandBack() {
  const id = conversation();
  const written = tab === "reply" && (field().value.trim() || $("#files").children.length);
  field().blur(); // what is typed next is for the dialog
  const done = await during("place", async () => !written || (await send()));
  if (!done) field().focus();
  else if (conversation() === id) await openDialog(`/desk/conversations/${id}/dialogs/hand-back`);
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
  fillRibbon(ribbon());
  if (item.dataset.promises) addRow(ribbon(), { what: item.dataset.promises, by: item.dataset.by });
  readField(field());
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
});

document.addEventListener("desk:promises", (event) => {
  if (event.target.id === "composer") keep();
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

document.addEventListener("focusout", (event) => {
  if (event.target.id === "words") queueMicrotask(stand);
});

document.addEventListener("submit", (event) => {
  if (!event.target.action.endsWith("/desk/sign-out")) return;
  for (const name of Object.keys(localStorage)) if (name.startsWith(MINE())) localStorage.removeItem(name);
});

document.addEventListener("desk:leave", stopTyping);
window.addEventListener("pagehide", stopTyping);

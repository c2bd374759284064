// The conversation from top to bottom: days, messages, what waits, who is writing.

import { html, nothing, type TemplateResult } from "lit";
import type { Chat } from "./chat.ts";
import { entryView, messageView, typingView, type MessageUse } from "./message-view.ts";
import type { Message } from "./types.ts";
import { locale, words } from "./words.ts";

const RUN_MS = 5 * 60_000; // messages by one author closer than this belong together

export function logView(chat: Chat, use: MessageUse): TemplateResult {
  const { messages, waiting, spentChoices } = chat;
  const mine = messages.findLast((each) => each.author === "customer");
  const empty = messages.length === 0 && waiting.length === 0;
  return html`
    ${empty && !chat.loading ? welcome(use) : nothing}
    ${empty && chat.loading ? html`<p class="loading">${words.loading}</p>` : nothing}
    ${messages.map((message, index) => {
      const before = messages[index - 1];
      const newDay = !before || dayOf(before) !== dayOf(message);
      const place = {
        first: newDay || !sameRun(before, message),
        last: !sameRun(message, messages[index + 1]),
        newest: message === mine,
        spent: spentChoices.get(message.id),
      };
      return html`${newDay ? html`<div class="day">${dayInWords(message)}</div>` : nothing}
      ${messageView(message, place, use)}`;
    })}
    ${waiting.map((entry) => entryView(entry, chat.reachable, use))}
    ${chat.typing ? typingView(chat.mode === "person" ? "staff" : "bot") : nothing}
  `;
}

function welcome(use: MessageUse): TemplateResult {
  return html`<div class="welcome">
    <p class="first">${words.welcome}</p>
    <p class="more">${words.welcomeMore}</p>
    <div class="choices" role="group" aria-label=${words.choices}>
      ${words.starters.map(
        (title) => html`<button class="choice" @click=${() => use.choose({ title, payload: "" })}>${title}</button>`,
      )}
    </div>
  </div>`;
}

function sameRun(one: Message | undefined, next: Message | undefined): boolean {
  if (!one || !next || one.author !== next.author || one.name !== next.name) return false;
  return Date.parse(next.at) - Date.parse(one.at) < RUN_MS && dayOf(one) === dayOf(next);
}

function dayOf(message: Message): string {
  return new Date(message.at).toDateString();
}

function dayInWords(message: Message): string {
  const day = new Date(message.at);
  const daysAgo = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(day).setHours(0, 0, 0, 0)) / 86_400_000);
  if (daysAgo < 2) {
    const relative = new Intl.RelativeTimeFormat(locale(), { numeric: "auto" }).format(-daysAgo, "day");
    return relative.charAt(0).toLocaleUpperCase(locale()) + relative.slice(1);
  }
  return day.toLocaleDateString(locale(), { weekday: "long", day: "numeric", month: "long" });
}

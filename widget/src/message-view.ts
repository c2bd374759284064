// One message as it stands in the conversation, and one that still waits to be sent.

import { html, nothing, type TemplateResult } from "lit";
import { icons } from "./icons.ts";
import { renderText } from "./text.ts";
import type { Attachment, Author, Card, Choice, Entry, Message } from "./types.ts";
import { locale, nameOf, words } from "./words.ts";

export interface MessageUse {
  choose(choice: Choice): void;
  retry(id: string): void;
  discard(id: string): void;
  fetcher: (url: string) => Promise<Blob>;
}

export interface Place {
  first: boolean; // of a run of messages by the same author
  last: boolean;
  newest: boolean; // the customer's newest: says "Delivered" in words
  spent: string | undefined; // the choice that was used, "" for another answer, undefined if open
}

export function messageView(message: Message, place: Place, use: MessageUse): TemplateResult {
  const { author } = message;
  return html`<div class="message ${author} ${place.first ? "first" : ""}" data-id=${message.id}>
    ${authorLine(author, place.first, message.name)} ${textOf(author, message.text)}
    ${message.card ? cardView(message.card) : nothing}
    ${(message.attachments ?? []).map((each) => fileView(each, use))}
    ${place.last ? below(message, place) : nothing}
    ${choicesView(message.buttons ?? [], place.spent, use)}
  </div>`;
}

export function entryView(entry: Entry, reachable: boolean, use: MessageUse): TemplateResult {
  return html`<div class="message customer unsent first" data-client-id=${entry.id}>
    ${authorLine("customer", true)} ${textOf("customer", entry.text)}
    ${entry.attachments.map((each) => html`<div class="file">${icons.file}<span dir="auto">${each.name}</span></div>`)}
    ${entry.failure === undefined
      ? html`<div class="below">${icons.clock} ${reachable ? words.sending : words.kept}</div>`
      : html`<div class="below failed">
          ${icons.alert} <bdi>${words.notSent} ${entry.failure}</bdi>
          <div>
            <button class="text-button" @click=${() => use.retry(entry.id)}>${words.again}</button>
            <button class="text-button" @click=${() => use.discard(entry.id)}>${words.remove}</button>
          </div>
        </div>`}
  </div>`;
}

export function typingView(author: "bot" | "staff"): TemplateResult {
  return html`<div class="message first typing ${author}">
    ${authorLine(author, true)}
    <div class="bubble dots" role="img" aria-label=${words.typing(nameOf[author])}><i></i><i></i><i></i></div>
  </div>`;
}

function authorLine(author: Author, first: boolean, name = nameOf[author]): TemplateResult {
  if (author === "customer" || !first) return html`<span class="hidden">${name}:</span>`;
  const icon = { bot: icons.bot, staff: icons.person, system: icons.shop }[author];
  return html`<div class="author ${author}">${icon}<bdi>${name}</bdi></div>`;
}

function textOf(author: Author, text: string) {
  if (!text) return nothing;
  const pieces = author === "customer" ? text : renderText(text);
  return html`<div class="bubble" dir="auto">${pieces}</div>`;
}

function fileView(attachment: Attachment, use: MessageUse): TemplateResult {
  return html`<careline-attachment .attachment=${attachment} .fetcher=${use.fetcher}></careline-attachment>`;
}

function cardView(card: Card): TemplateResult {
  return html`<div class="card">
    <div class="picture">
      ${card.image
        ? html`<img src=${card.image} alt="" width="48" height="48" loading="lazy" referrerpolicy="no-referrer" />`
        : icons.parcel}
    </div>
    <div class="lines">
      <div class="small">${card.kind === "order" ? words.order : card.kind} ${card.number}</div>
      <div class="title" dir="auto">${card.title}</div>
      ${card.subtitle ? html`<div class="small" dir="auto">${card.subtitle}</div>` : nothing}
    </div>
    ${card.state ? html`<span class="state">${card.state}</span>` : nothing}
  </div>`;
}

function choicesView(choices: Choice[], spent: string | undefined, use: MessageUse) {
  if (choices.length === 0) return nothing;
  const over = spent !== undefined;
  return html`<div class="choices" role="group" aria-label=${words.choices}>
    ${choices.map((choice) => {
      const used = over && choice.title === spent;
      return html`<button class="choice ${used ? "used" : ""}" dir="auto" ?disabled=${over} @click=${() => use.choose(choice)}>
        ${used ? icons.tick : nothing}${choice.title}${used ? html`<span class="hidden"> (${words.chosen})</span>` : nothing}
      </button>`;
    })}
  </div>`;
}

function below(message: Message, place: Place): TemplateResult {
  const at = new Date(message.at);
  const time = at.toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit" });
  const ticked = html`${icons.tick}<span class=${place.newest ? "" : "hidden"}>${words.delivered}</span>`;
  return html`<div class="below">
    <time datetime=${message.at}>${time}</time>${message.author === "customer" ? ticked : nothing}
  </div>`;
}

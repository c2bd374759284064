// Where the customer writes: text, files, Enter; what is typed survives a change of page.

import { html, nothing, type TemplateResult } from "lit";
import { icons } from "./icons.ts";
import { Store } from "./storage.ts";
import type { Attachment } from "./types.ts";
import { ACCEPTED, Uploads, type Upload } from "./uploads.ts";
import { locale, words } from "./words.ts";

const LIMIT = 20_000; // characters; the server refuses more
const COUNT_FROM = 18_000;

export interface ComposerUse {
  send(text: string, attachments: Attachment[]): void;
  upload: ConstructorParameters<typeof Uploads>[0];
  changed(): void;
  typed(): void;
}

export class Composer {
  #text: string;
  #drafts: Store; // each tab has its own
  #uploads: Uploads;

  constructor(
    key: string,
    private use: ComposerUse,
  ) {
    this.#drafts = new Store(key, "sessionStorage");
    this.#text = this.#drafts.get<string>("draft") ?? "";
    this.#uploads = new Uploads(use.upload, use.changed);
  }

  /** Put this into the field, unless the customer has begun to write. */
  suggest(text: string): void {
    if (!this.#text.trim()) this.#write(text);
  }

  add(files: Iterable<File>): void {
    this.#uploads.add(files);
  }

  view(): TemplateResult {
    const length = lengthOf(this.#text);
    return html`
      ${this.#uploads.list.length
        ? html`<ul class="uploads">${this.#uploads.list.map((each) => this.#uploadView(each))}</ul>`
        : nothing}
      <div class="row">
        <button class="plain" type="button" @click=${pick} aria-label=${words.attach} title=${words.attach}>${icons.clip}</button>
        <input type="file" hidden multiple accept=${ACCEPTED} @change=${this.#picked} />
        <textarea
          rows="1"
          dir="auto"
          aria-label=${words.message}
          aria-describedby="hint"
          placeholder=${words.placeholder}
          .value=${this.#text}
          @input=${this.#typed}
          @keydown=${this.#key}
          @paste=${this.#pasted}
        ></textarea>
        <button class="send" type="button" ?disabled=${!this.#ready} @click=${this.#submit} aria-label=${words.send} title=${words.send}>
          ${icons.send}
        </button>
      </div>
      ${this.#hint(length)}
      <span id="hint" class="hidden">${words.keys}</span>
    `;
  }

  #uploadView(upload: Upload): TemplateResult {
    const { file, part, failure, final, attachment } = upload;
    const percent = Math.floor(part * 100);
    return html`<li class="upload">
      ${failure ? icons.alert : attachment ? icons.tick : icons.file}
      <div class="lines">
        <div class="name" title=${file.name}><bdi>${file.name}</bdi></div>
        ${failure ? html`<bdi class="bad">${failure}</bdi>` : nothing}
      </div>
      ${failure || attachment
        ? nothing
        : html`<progress max="100" .value=${percent} aria-label=${file.name}></progress>${words.uploadPart(percent)}`}
      ${failure && !final
        ? html`<button class="text-button" type="button" @click=${() => this.#uploads.retry(upload.id)}>${words.again}</button>`
        : nothing}
      <button class="plain" type="button" @click=${() => this.#uploads.remove(upload.id)} aria-label="${words.remove} ${file.name}">
        ${icons.close}
      </button>
    </li>`;
  }

  #hint(length: number) {
    const said = (text: string, bad: boolean) =>
      html`<p class="hint ${bad ? "bad" : ""}" role="status"><bdi>${text}</bdi></p>`;
    if (length > LIMIT) return said(words.tooLong(figure(length - LIMIT)), true);
    if (this.#uploads.notice) return said(this.#uploads.notice, true);
    if (this.#uploads.failed) return said(words.filesFirst, false);
    if (this.#uploads.busy) return said(words.uploading, false);
    // Not a live region: it changes with every key.
    if (length > COUNT_FROM) return html`<p class="hint">${words.counted(figure(length), figure(LIMIT))}</p>`;
    return nothing;
  }

  get #ready(): boolean {
    const something = this.#text.trim() !== "" || this.#uploads.list.length > 0;
    return something && lengthOf(this.#text) <= LIMIT && !this.#uploads.busy && !this.#uploads.failed;
  }

  #typed = (event: Event): void => {
    const field = event.target as HTMLTextAreaElement;
    this.#write(field.value);
    fit(field);
    this.use.typed();
  };

  #key = (event: KeyboardEvent): void => {
    // While an input method is composing, Enter belongs to it.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#submit(event);
  };

  #submit = (event: Event): void => {
    if (!this.#ready) return;
    const field = (event.target as HTMLElement).closest(".row")!.querySelector("textarea")!;
    const text = this.#text.trim();
    this.#write("");
    this.use.send(text, this.#uploads.takeAll());
    field.value = "";
    fit(field);
    field.focus();
  };

  #picked = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    this.#uploads.add([...(input.files ?? [])]);
    input.value = ""; // so that the same file can be picked again
  };

  #pasted = (event: ClipboardEvent): void => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    this.#uploads.add(files);
  };

  #write(text: string): void {
    this.#text = text;
    this.#drafts.set("draft", text);
    this.use.changed();
  }
}

function pick(event: Event): void {
  const button = event.currentTarget as HTMLElement;
  (button.nextElementSibling as HTMLInputElement).click();
}

/** As tall as what is written, up to the style sheet's limit. */
export function fit(field: HTMLTextAreaElement): void {
  field.style.height = "";
  if (field.value) field.style.height = `${field.scrollHeight + 2}px`;
}

function lengthOf(text: string): number {
  return text.length > COUNT_FROM ? Array.from(text).length : text.length; // as the server counts
}

function figure(number: number): string {
  return number.toLocaleString(locale());
}

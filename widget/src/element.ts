// <careline-chat>: the launcher, the panel, and who has the keyboard's attention.

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { Chat } from "./chat.ts";
import { Composer, fit } from "./composer.ts";
import { icons } from "./icons.ts";
import { logView } from "./log-view.ts";
import type { MessageUse } from "./message-view.ts";
import { styles } from "./styles.ts";
import { Store } from "./storage.ts";
import type { Message, Mode } from "./types.ts";
import { spoken, standing, words } from "./words.ts";

const NEAR_END_PX = 48;
const phone = window.matchMedia("(max-width: 479px)");
const mouse = window.matchMedia("(pointer: fine)");

export class CarelineChat extends LitElement {
  static override styles = styles;
  static override properties = {
    open: { type: Boolean, reflect: true },
    dragging: { state: true },
    newBelow: { state: true },
  };
  declare open: boolean;
  declare dragging: boolean;
  declare newBelow: boolean;
  heading = words.title;
  #chat: Chat | null = null;
  #composer: Composer | null = null;
  #use: MessageUse | null = null;
  #tab = new Store("careline:", "sessionStorage");
  #stick = true;
  #told = false; // something was announced: the count that waits at the start, or what came
  #listening = new AbortController();

  /** Show this conversation; the one before, if any, is put away. */
  attach(chat: Chat, key: string): void {
    this.#chat?.stop();
    this.#chat = chat;
    chat.addEventListener("change", () => this.requestUpdate());
    chat.addEventListener("arrived", (event) => this.#announce((event as CustomEvent<Message[]>).detail));
    this.#composer = new Composer(key, {
      send: (text, attachments) => this.#sent(() => chat.send(text, attachments)),
      upload: (file, progress, signal) => chat.upload(file, progress, signal),
      changed: () => this.requestUpdate(),
      typed: () => chat.typed(),
    });
    this.#use = {
      choose: (choice) => this.#sent(() => chat.send(choice.title, [], choice), true),
      retry: (id) => chat.retry(id),
      discard: (id) => chat.discard(id),
      fetcher: (url) => chat.download(url),
    };
    this.#look();
    this.requestUpdate();
  }

  show(draft = ""): void {
    this.#setOpen(true);
    if (draft) this.#composer?.suggest(draft);
    void this.updateComplete.then(() => this.#field?.focus());
  }

  hide(): void {
    this.#setOpen(false);
    void this.updateComplete.then(() => this.#find<HTMLElement>(".launcher")?.focus());
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    document.addEventListener("visibilitychange", () => this.#look(), { signal });
    window.visualViewport?.addEventListener("resize", () => this.#fitToKeyboard(), { signal });
    // Open on the page before: open here too, but without taking the focus or covering a phone.
    if (this.#tab.get("open") && !phone.matches) this.#setOpen(true);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#listening.abort();
  }

  protected override willUpdate(): void {
    // Measured before the new messages are in: afterwards it would always look scrolled up.
    const log = this.#find(".log");
    if (log) this.#stick = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_END_PX;
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has("open") && this.open) {
      this.#stick = true;
      if (this.#field) fit(this.#field);
    }
    if (this.#stick) this.#toEnd();
    const unread = this.#unread;
    if (unread && !this.#told) this.#speak(words.openUnread(unread)); // it came while they were away
  }

  protected override render(): TemplateResult {
    const unread = this.#unread;
    return html`
      ${this.open && this.#chat ? this.#panel(this.#chat) : nothing}
      <button
        class="launcher"
        type="button"
        aria-expanded=${this.open ? "true" : "false"}
        aria-label=${this.open ? words.close : unread ? words.openUnread(unread) : words.open}
        @click=${() => (this.open ? this.hide() : this.show())}
      >
        ${this.open ? icons.down : icons.chat}
        ${unread ? html`<span class="badge" aria-hidden="true">${unread > 99 ? "99+" : unread}</span>` : nothing}
      </button>
      <div class="hidden live" role="log" aria-live="polite" aria-label=${words.announcements}></div>
    `;
  }

  #panel(chat: Chat): TemplateResult {
    return html`<div
      class="panel"
      role="dialog"
      aria-modal=${phone.matches ? "true" : nothing}
      aria-label=${this.heading}
      @keydown=${this.#keydown}
      @dragenter=${this.#dragged}
      @dragover=${this.#dragged}
      @dragleave=${this.#dragLeft}
      @drop=${this.#dropped}
    >
      <div class="head">
        <div class="who">
          <h2><bdi>${this.heading}</bdi></h2>
          <div class="standing ${chat.mode}">${standingIcon(chat.mode)}<span>${standing[chat.mode]}</span></div>
        </div>
        <button class="plain" type="button" @click=${this.hide} aria-label=${words.close} title=${words.close}>${icons.close}</button>
      </div>
      ${chat.reachable ? nothing : html`<div class="notice" role="status">${icons.alert}<span>${words.unreachable}</span></div>`}
      <div class="log" role="region" aria-label=${words.conversation} tabindex="0" @scroll=${this.#scrolled} @grown=${this.#grown}>
        ${logView(chat, this.#use!)}
      </div>
      <div class="composer">
        ${this.newBelow ? html`<button class="to-end" type="button" @click=${this.#toEnd}>${icons.down}${words.newBelow}</button>` : nothing}
        ${this.#composer!.view()}
      </div>
      ${this.dragging ? html`<div class="drop">${words.drop}</div>` : nothing}
    </div>`;
  }

  #setOpen(open: boolean): void {
    this.open = open;
    this.#tab.set("open", open);
    this.#look();
    this.#fitToKeyboard();
  }

  #look(): void {
    this.#chat?.look(this.open && document.visibilityState === "visible");
  }

  #sent(send: () => void, byChoice = false): void {
    send();
    this.#stick = true;
    void this.updateComplete.then(() => {
      this.#toEnd();
      // The pressed button is gone or disabled: keep the focus here, without calling up a
      // phone's keyboard for somebody who prefers to press buttons.
      if (byChoice) (mouse.matches ? this.#field : this.#find<HTMLElement>(".log"))?.focus();
    });
  }

  #announce(messages: Message[]): void {
    for (const { author, text, buttons } of messages) {
      this.#speak(spoken(author, text, (buttons ?? []).map((choice) => choice.title)));
    }
    if (!this.#stick) this.newBelow = true;
  }

  #speak(text: string): void {
    const live = this.#find(".live");
    if (!live) return;
    this.#told = true;
    live.append(Object.assign(document.createElement("p"), { textContent: text }));
    if (live.children[5]) live.firstChild!.remove(); // five are enough to read back
  }

  #toEnd = (): void => {
    const log = this.#find(".log");
    if (log) log.scrollTop = log.scrollHeight;
    this.newBelow = false;
  };

  #grown = (): void => {
    if (this.#stick) this.#toEnd(); // a photo was drawn and pushed the end down
  };

  #scrolled = (event: Event): void => {
    const log = event.target as HTMLElement;
    this.#stick = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_END_PX;
    if (this.#stick) this.newBelow = false;
  };

  #keydown = (event: KeyboardEvent): void => {
    if (event.key === "Escape") {
      event.stopPropagation();
      this.hide();
    }
    if (event.key === "Tab" && phone.matches) this.#keepInside(event);
  };

  /** On a phone the panel covers the page, so Tab goes round within it. */
  #keepInside(event: KeyboardEvent): void {
    const all = [...this.renderRoot.querySelectorAll<HTMLElement>(
      ".panel button:enabled, .panel a, .panel textarea, .panel [tabindex='0']",
    )];
    const [edge, other] = event.shiftKey ? [all[0], all.at(-1)] : [all.at(-1), all[0]];
    if ((this.renderRoot as ShadowRoot).activeElement !== edge) return;
    event.preventDefault();
    other?.focus();
  }

  #dragged = (event: DragEvent): void => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.dragging = true;
  };

  #dragLeft = (event: DragEvent): void => {
    if (!(event.currentTarget as Node).contains(event.relatedTarget as Node | null)) this.dragging = false;
  };

  #dropped = (event: DragEvent): void => {
    event.preventDefault();
    this.dragging = false;
    this.#composer?.add([...(event.dataTransfer?.files ?? [])]);
  };

  /** A phone's keyboard shrinks what is seen, not the page: the panel follows what is seen. */
  #fitToKeyboard(): void {
    const seen = window.visualViewport;
    if (seen && phone.matches) this.style.setProperty("--seen-height", `${seen.height}px`);
    else this.style.removeProperty("--seen-height");
  }

  #find<T extends Element>(selector: string): T | null {
    return this.renderRoot.querySelector<T>(selector);
  }

  get #unread(): number {
    return this.open ? 0 : (this.#chat?.unread ?? 0);
  }

  get #field(): HTMLTextAreaElement | null {
    return this.#find("textarea");
  }
}

function standingIcon(mode: Mode) {
  return { bot: icons.bot, queued: icons.clock, person: icons.person, closed: nothing }[mode];
}

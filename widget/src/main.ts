// Start: read the script tag that loaded us, put the chat on the page, give the page its handle.

import { Api } from "./api.ts";
import { AttachmentView } from "./attachment-view.ts";
import { Chat } from "./chat.ts";
import { CarelineChat } from "./element.ts";
import { Session } from "./session.ts";
import { words } from "./words.ts";

interface Handle {
  /** Say who is signed in, by the shop's signed identity; null after signing out. */
  identify(identity: string | null): void;
  /** Open the panel; with a text, that stands in the field to be finished and sent. */
  open(draft?: string): void;
  close(): void;
}

declare global {
  interface Window {
    Careline?: Handle;
  }
}

// Read now: `currentScript` is gone as soon as this file has run.
const script =
  (document.currentScript as HTMLScriptElement | null) ??
  document.querySelector<HTMLScriptElement>("script[data-careline]");

function start(tag: HTMLScriptElement): void {
  const base = new URL(tag.dataset.base || new URL(tag.src).origin, location.href).href.replace(/\/+$/, "");
  customElements.define("careline-attachment", AttachmentView);
  customElements.define("careline-chat", CarelineChat);
  const element = document.createElement("careline-chat") as CarelineChat;
  element.heading = tag.dataset.title || words.title;
  const identify = (identity: string | null) => {
    const api = new Api(base);
    const session = new Session(api, identity);
    element.attach(new Chat(api, session), session.key);
  };
  identify(tag.dataset.identity || null);
  window.Careline = { identify, open: (draft) => element.show(draft), close: () => element.hide() };
  document.body.append(element);
  if ("open" in tag.dataset) element.show();
  window.dispatchEvent(new CustomEvent("careline:ready"));
}

// Twice the same tag on a page is one chat.
if (script && !customElements.get("careline-chat")) {
  if (document.body) start(script);
  else document.addEventListener("DOMContentLoaded", () => start(script));
}

// Every word of the widget's own that a customer reads or hears.

import type { Author, Mode } from "./types.ts";

export const words = {
  title: "Chat with us",
  open: "Open chat",
  openUnread: (count: number) => `Open chat, ${count} new ${count === 1 ? "message" : "messages"}`,
  close: "Close chat",
  conversation: "Conversation",

  welcome: "Hello, what can we do for you?",
  welcomeMore: "Our assistant is a bot. It can put most things right itself, and a colleague takes over whenever you ask.",
  starters: ["Where is my order?", "Something is wrong with an item", "I want to return something", "Talk to a person"],
  loading: "Fetching the conversation…",

  unreachable: "We can't reach the shop just now. What you write is kept here and goes out as soon as we can.",
  refused: "This message was not accepted.",

  message: "Your message",
  placeholder: "Write a message",
  send: "Send",
  attach: "Add a photo or PDF",
  drop: "Drop photos or a PDF here",
  keys: "Enter sends, Shift and Enter starts a new line. At most 20,000 characters.",
  counted: (count: string, limit: string) => `${count} of ${limit} characters`,
  tooLong: (over: string) => `${over} characters too many`,
  filesFirst: "Try the file again or remove it, then send.",
  uploading: "Goes out when the file is uploaded.",

  uploadFailed: "Not uploaded.",
  uploadPart: (percent: number) => `${percent}%`,
  wrongKind: "Only photos (JPEG, PNG, WebP, HEIC) and PDF.",
  tooBig: "Larger than 10 MB.",
  tooMany: "At most 5 files in one message.",
  remove: "Remove",
  again: "Try again",

  sending: "Sending",
  kept: "Kept, waiting for the connection",
  delivered: "Delivered",
  notSent: "Not sent.",
  chosen: "chosen",
  choices: "Choices",
  newBelow: "New message",
  announcements: "New chat messages",
  openPhoto: (name: string) => `Open photo ${name}`,
  saveFile: (name: string) => `Save ${name}`,
  fileGone: "could not be fetched",
  order: "Order",
  typing: (who: string) => `${who} is writing`,
  opensNewTab: "(opens in a new tab)",
};

export const nameOf: Record<Author, string> = {
  customer: "You",
  bot: "Assistant",
  staff: "Colleague",
  system: "Shop",
};

export const standing: Record<Mode, string> = {
  bot: "Assistant · a bot",
  queued: "A colleague will answer here",
  person: "You are talking to a person",
  closed: "Ended · write to start again",
};

/** What the live region says of a message: the whole of it, once, with its choices. */
export function spoken(author: Author, text: string, choices: string[]): string {
  const said = `${nameOf[author]}: ${text.replaceAll("**", "")}`;
  return choices.length ? `${said} ${words.choices}: ${choices.join(", ")}.` : said;
}

/** The page's language in the customer's own manner: en-GB for an "en" page, if that is theirs. */
export function locale(): string | undefined {
  const { lang } = document.documentElement;
  return navigator.languages.find((each) => each.startsWith(lang)) ?? (lang || undefined);
}

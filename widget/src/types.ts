// What the web chat API sends and takes (see /docs of the server).

export type Author = "customer" | "bot" | "staff" | "system";
export type Mode = "bot" | "queued" | "person" | "closed";

export interface Choice {
  title: string;
  payload: string;
}

export interface Attachment {
  id: string;
  name: string;
  type: string;
  url?: string;
}

export interface Card {
  kind: string;
  number: string;
  title: string;
  subtitle?: string;
  state?: string;
  image?: string;
}

export interface Message {
  id: string;
  client_id?: string | null;
  author: Author;
  name?: string; // of the colleague who wrote it
  text: string;
  buttons?: Choice[];
  attachments?: Attachment[];
  card?: Card | null;
  at: string;
  delivery?: string;
}

export interface History {
  messages: Message[];
  mode: Mode;
}

/** A message of the customer's that the server has not acknowledged yet. */
export interface Entry {
  id: string; // made here; the server takes the same id twice as one message
  text: string;
  payload?: string;
  attachments: Attachment[];
  at: string;
  failure?: string; // why the server refused it; absent while it waits to be sent
}

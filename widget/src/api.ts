// The web chat API, one function a route; every failure is one of errors.ts.

import { failureFrom, Refused, SessionEnded, Unreachable } from "./errors.ts";
import type { Attachment, Entry, History, Message } from "./types.ts";

const ANSWER_WITHIN_MS = 20_000;

export interface SessionGiven {
  token: string;
  conversation: string;
}

export class Api {
  constructor(readonly base: string) {} // without a slash at its end; may have a path

  /** With `existing` only the conversation that goes on already; where none does, it throws. */
  async startSession(identity: string | null, existing?: true): Promise<SessionGiven> {
    const body = JSON.stringify({ identity, existing });
    return json(await this.#call("/api/chat/sessions", null, { method: "POST", body }));
  }

  async send(token: string, entry: Entry): Promise<Message> {
    const { id, text, payload, attachments } = entry;
    const body = JSON.stringify({
      id,
      ...(text && { text }),
      ...(payload && { payload }),
      ...(attachments.length > 0 && { attachments: attachments.map((each) => each.id) }),
    });
    const response = await this.#call("/api/chat/messages", token, { method: "POST", body });
    return (await json<{ message: Message }>(response)).message;
  }

  async history(token: string, after: string): Promise<History> {
    const query = after ? `?after=${encodeURIComponent(after)}` : "";
    return json(await this.#call(`/api/chat/messages${query}`, token));
  }

  /** Opens the stream of events; it stays open until `signal` aborts or a side closes it. */
  async stream(token: string, after: string, signal: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = { Accept: "text/event-stream" };
    if (after) headers["Last-Event-ID"] = after;
    return this.#call("/api/chat/stream", token, { headers, signal, cache: "no-store" });
  }

  /** What the colleague who answers may know: read, or only arrived. Lost, it is not repeated. */
  async seen(token: string, message: string, read: boolean): Promise<void> {
    await this.#call("/api/chat/seen", token, { method: "POST", body: JSON.stringify({ message, read }) });
  }

  async typing(token: string, on: boolean): Promise<void> {
    await this.#call("/api/chat/typing", token, { method: "POST", body: JSON.stringify({ on }) });
  }

  async download(token: string, url: string): Promise<Blob> {
    return (await this.#call(url, token)).blob();
  }

  /** By XMLHttpRequest: fetch does not tell how far an upload has come. */
  upload(
    token: string,
    file: File,
    progress: (part: number) => void,
    signal: AbortSignal,
  ): Promise<Attachment> {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("POST", this.#address("/api/chat/attachments"));
      request.setRequestHeader("Authorization", `Bearer ${token}`);
      request.upload.onprogress = (event) => {
        if (event.lengthComputable) progress(event.loaded / event.total);
      };
      request.onload = () => {
        if (request.status === 201) resolve(JSON.parse(request.responseText) as Attachment);
        else reject(failureFrom(request.status, request.responseText));
      };
      request.onerror = () => reject(new Unreachable("the upload was cut"));
      request.onabort = () => reject(new Unreachable("the upload was taken back"));
      signal.addEventListener("abort", () => request.abort());
      const form = new FormData();
      form.append("file", file, file.name);
      request.send(form);
    });
  }

  #address(path: string): string {
    const url = path.startsWith("/") ? this.base + path : path;
    // The token goes along, so it goes nowhere else, whatever a message's attachment says.
    if (!url.startsWith(this.base + "/")) throw new Refused(0, "elsewhere", "");
    return url;
  }

  async #call(path: string, token: string | null, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (token) headers.set("Authorization", `Bearer ${token}`);
    if (typeof init.body === "string") headers.set("Content-Type", "application/json");
    const signal = init.signal ?? AbortSignal.timeout(ANSWER_WITHIN_MS);
    const address = this.#address(path);
    let response: Response;
    try {
      response = await fetch(address, {
        ...init,
        headers,
        signal,
        credentials: "omit", // the token says who we are; no cookie of the shop's leaves the page
      });
    } catch (error) {
      throw new Unreachable(String(error));
    }
    if (!response.ok) throw failureFrom(response.status, await text(response));
    return response;
  }
}

async function json<T>(response: Response): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch (error) {
    throw new Unreachable(String(error)); // cut in the middle of the answer
  }
}

async function text(response: Response): Promise<string> {
  return response.text().catch(() => "");
}

export { Refused, SessionEnded, Unreachable };

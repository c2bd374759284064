// Server-sent events read from a fetch answer (EventSource cannot carry our Bearer token).

export interface ServerEvent {
  type: string;
  data: string;
}

const SILENCE_MS = 75_000; // the server says keep-alive more often; longer means a dead connection

export class EventParser {
  #rest = "";
  #type = "";
  #data: string[] = [];

  push(chunk: string): ServerEvent[] {
    const lines = (this.#rest + chunk).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? "";
    return lines.map((line) => this.#line(line)).filter((event) => event !== null);
  }

  #line(line: string): ServerEvent | null {
    if (line === "") return this.#finish();
    const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (field === "event") this.#type = value ?? "";
    if (field === "data") this.#data.push(value ?? "");
    return null;
  }

  #finish(): ServerEvent | null {
    const event = { type: this.#type || "message", data: this.#data.join("\n") };
    const empty = this.#data.length === 0;
    this.#type = "";
    this.#data = [];
    return empty ? null : event;
  }
}

/** Yields events until the stream ends; gives up on a connection that has gone silent. */
export async function* eventsOf(response: Response, silenceMs = SILENCE_MS): AsyncGenerator<ServerEvent> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const parser = new EventParser();
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    for (;;) {
      timer = setTimeout(() => void reader.cancel(), silenceMs);
      const { done, value } = await reader.read();
      clearTimeout(timer);
      if (done) return;
      yield* parser.push(value);
    }
  } finally {
    clearTimeout(timer);
    void reader.cancel().catch(() => undefined); // already closed or aborted
  }
}

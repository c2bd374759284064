// Files on their way from the customer's device, before they belong to a message.

import { Refused } from "./errors.ts";
import type { Attachment } from "./types.ts";
import { newUuid } from "./uuid.ts";
import { words } from "./words.ts";

export const ACCEPTED = "image/jpeg,image/png,image/webp,image/heic,image/heif,.heic,.heif,application/pdf";
const LARGEST_BYTES = 10 * 1024 * 1024;
const MOST_FILES = 5;
const KNOWN_NAME = /\.(jpe?g|png|webp|hei[cf]|pdf)$/i; // some systems give HEIC no type

type Send = (file: File, progress: (part: number) => void, signal: AbortSignal) => Promise<Attachment>;

export interface Upload {
  id: string;
  file: File;
  part: number; // 0 to 1
  attachment?: Attachment; // once it is up
  failure?: string;
  final?: boolean; // trying again would not help
  aborter: AbortController;
}

export class Uploads {
  list: Upload[] = [];
  notice = ""; // why something was not taken at all

  constructor(
    private send: Send,
    private changed: () => void,
  ) {}

  add(files: Iterable<File>): void {
    const all = [...files];
    const room = MOST_FILES - this.list.length;
    this.notice = all.length > room ? words.tooMany : "";
    for (const file of all.slice(0, room)) {
      const failure = objection(file);
      const upload: Upload = { id: newUuid(), file, part: 0, aborter: new AbortController() };
      this.list = [...this.list, upload];
      if (failure) Object.assign(upload, { failure, final: true });
      else void this.#start(upload);
    }
    this.changed();
  }

  retry(id: string): void {
    const upload = this.list.find((each) => each.id === id);
    if (upload) void this.#start(upload);
  }

  remove(id: string): void {
    this.list.find((each) => each.id === id)?.aborter.abort();
    this.list = this.list.filter((each) => each.id !== id);
    this.notice = "";
    this.changed();
  }

  get busy(): boolean {
    return this.list.some((each) => !each.attachment && !each.failure);
  }

  get failed(): boolean {
    return this.list.some((each) => each.failure !== undefined);
  }

  /** Hands over what is up, leaving nothing behind. */
  takeAll(): Attachment[] {
    const done = this.list.flatMap((each) => each.attachment ?? []);
    this.list = [];
    this.notice = "";
    return done;
  }

  async #start(upload: Upload): Promise<void> {
    delete upload.failure;
    upload.part = 0;
    this.changed();
    const progress = (part: number) => {
      upload.part = part;
      this.changed();
    };
    try {
      upload.attachment = await this.send(upload.file, progress, upload.aborter.signal);
    } catch (error) {
      const refused = error instanceof Refused;
      upload.failure = (refused && explained(error)) || words.uploadFailed;
      upload.final = refused && (error.status === 413 || error.status === 415);
    }
    this.changed();
  }
}

function objection(file: File): string {
  const known = file.type ? ACCEPTED.split(",").includes(file.type) : KNOWN_NAME.test(file.name);
  if (!known) return words.wrongKind;
  return file.size > LARGEST_BYTES ? words.tooBig : "";
}

function explained(error: Refused): string {
  if (error.status === 413) return words.tooBig;
  return error.status === 415 ? words.wrongKind : error.message;
}

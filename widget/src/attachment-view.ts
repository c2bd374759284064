// One attachment of a message: a photo shown, a PDF to save. Fetched with the customer's token.

import { html, LitElement, nothing } from "lit";
import { icons } from "./icons.ts";
import type { Attachment } from "./types.ts";
import { words } from "./words.ts";

// A file opened from a blob address runs with the rights of the shop's page, so it is only ever
// given one of these types, whatever the server or the sender called it.
const SHOWN = ["image/jpeg", "image/png", "image/webp"];
const WIDEST = 640;

export class AttachmentView extends LitElement {
  static override properties = {
    attachment: { attribute: false },
    fetcher: { attribute: false },
    bitmap: { state: true },
    failed: { state: true },
  };
  declare attachment: Attachment;
  declare fetcher: (url: string) => Promise<Blob>;
  declare bitmap: ImageBitmap | null;
  declare failed: boolean;
  #blob: Blob | null = null;
  #shown = ""; // the id of the attachment that the rest is about

  protected override createRenderRoot(): this {
    return this; // styled by the widget's own sheet
  }

  protected override willUpdate(): void {
    const { id, type } = this.attachment;
    if (this.#shown === id) return; // Lit may give this element to another message's file
    this.#shown = id;
    this.#blob = this.bitmap = null;
    this.failed = false;
    if (SHOWN.includes(type)) void this.#show();
  }

  protected override render() {
    const { name } = this.attachment;
    if (this.bitmap) {
      // Drawn, not an <img>: works also where the page's policy forbids blob: pictures.
      return html`<button class="photo" @click=${this.#open} aria-label=${words.openPhoto(name)}>
        <canvas></canvas>
      </button>`;
    }
    return html`<button class="file" @click=${this.#save} aria-label=${words.saveFile(name)}>
      ${icons.file}<span dir="auto">${name}${this.failed ? ` · ${words.fileGone}` : nothing}</span>
    </button>`;
  }

  protected override updated(): void {
    const canvas = this.querySelector("canvas");
    if (!canvas || !this.bitmap || canvas.dataset.drawn === this.#shown) return;
    const scale = Math.min(1, WIDEST / Math.max(this.bitmap.width, this.bitmap.height));
    canvas.width = Math.max(1, this.bitmap.width * scale);
    canvas.height = Math.max(1, this.bitmap.height * scale);
    canvas.getContext("2d")?.drawImage(this.bitmap, 0, 0, canvas.width, canvas.height);
    canvas.dataset.drawn = this.#shown;
    this.dispatchEvent(new Event("grown", { bubbles: true }));
  }

  async #show(): Promise<void> {
    const id = this.#shown;
    try {
      const bitmap = await createImageBitmap(await this.#fetched());
      if (id === this.#shown) this.bitmap = bitmap;
    } catch {
      this.failed = this.#blob === null; // not fetched, or not a picture after all: stays a file
    }
  }

  async #fetched(): Promise<Blob> {
    this.#blob ??= await this.fetcher(this.attachment.url ?? "");
    return this.#blob;
  }

  #open(): void {
    if (!this.#blob) return;
    const address = URL.createObjectURL(new Blob([this.#blob], { type: this.attachment.type }));
    window.open(address, "_blank", "noopener");
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  }

  async #save(): Promise<void> {
    try {
      const type = this.attachment.type === "application/pdf" ? "application/pdf" : "application/octet-stream";
      const address = URL.createObjectURL(new Blob([await this.#fetched()], { type }));
      const link = document.createElement("a");
      link.href = address;
      link.download = this.attachment.name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(address), 60_000);
      this.failed = false;
    } catch {
      this.failed = true; // said beside the name; a click tries again
    }
  }
}

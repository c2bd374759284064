// Message text as nodes: text stays text; only **bold** and http(s) links mean anything.

import { html, type TemplateResult } from "lit";
import { words } from "./words.ts";

export interface Piece {
  kind: "text" | "bold" | "link";
  text: string;
  url?: string;
}

// **bold** | [label](https://…) | https://… (without the full stop or bracket that follows it)
const MARKS = /\*\*(.+?)\*\*|\[([^\]\n]+)\]\((https?:\/\/[^\s)]+)\)|(https?:\/\/[^\s<>"]*[^\s<>"'.,;:!?)\]}*])/g;

export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const found of text.matchAll(MARKS)) {
    const [all, bold, label, target, bare] = found;
    if (found.index > from) pieces.push({ kind: "text", text: text.slice(from, found.index) });
    if (bold !== undefined) pieces.push({ kind: "bold", text: bold });
    else pieces.push(linkOr(all, label ?? bare ?? all, target ?? bare ?? ""));
    from = found.index + all.length;
  }
  if (from < text.length) pieces.push({ kind: "text", text: text.slice(from) });
  return pieces;
}

function linkOr(all: string, label: string, target: string): Piece {
  try {
    return { kind: "link", text: label, url: new URL(target).href };
  } catch {
    return { kind: "text", text: all }; // looks like an address, and is none
  }
}

/** No line breaks around the pieces: the text is shown with its own white space. */
export function renderText(text: string): TemplateResult[] {
  return piecesOf(text).map((piece) => {
    if (piece.kind === "bold") return html`<strong>${piece.text}</strong>`;
    if (piece.kind === "text") return html`${piece.text}`;
    return html`<a href=${piece.url!} target="_blank" rel="noopener noreferrer nofollow">${piece.text}<span class="hidden"> ${words.opensNewTab}</span></a>`;
  });
}

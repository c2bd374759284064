// Drawn icons: emoji would depend on the customer's fonts.

import { svg, html, type TemplateResult } from "lit";

function icon(shape: TemplateResult): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${shape}</svg>`;
}

export const icons = {
  chat: icon(svg`<path d="M4 5.5h16v11H10.5L6 20v-3.5H4z"/>`),
  close: icon(svg`<path d="M6 6l12 12M18 6L6 18"/>`),
  down: icon(svg`<path d="M6 10l6 6 6-6"/>`),
  send: icon(svg`<path d="M12 19V5M6 11l6-6 6 6"/>`),
  clip: icon(svg`<path d="M20 11.5l-7.8 7.8a5 5 0 01-7-7l8.4-8.5a3.3 3.3 0 014.7 4.7l-8.4 8.5a1.7 1.7 0 01-2.4-2.4l7.2-7.2"/>`),
  bot: icon(svg`<path d="M5 9h14v10H5zM12 9V5M9 13.2v1.6M15 13.2v1.6M2.5 13v3M21.5 13v3"/><circle cx="12" cy="4" r="1"/>`),
  person: icon(svg`<circle cx="12" cy="8" r="4"/><path d="M4.5 20c.8-4 3.7-6 7.5-6s6.7 2 7.5 6"/>`),
  shop: icon(svg`<path d="M4 10v10h16V10M3 10l2-6h14l2 6zM10 20v-5h4v5"/>`),
  clock: icon(svg`<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5l3.5 2"/>`),
  tick: icon(svg`<path d="M5 12.500l4.5 4.500L19 7.5"/>`),
  alert: icon(svg`<path d="M12 4l9 16H3zM12 10v4.500M12 17.300v.2"/>`),
  file: icon(svg`<path d="M6 3h8l4 4v14H6zM14 3v4h4M9 13h6M9 16.500h6"/>`),
  parcel: icon(svg`<path d="M4 8l8-4 8 4v8.500l-8 4-8-4zM4 8l8 4 8-4M12 12v8.5"/>`),
};

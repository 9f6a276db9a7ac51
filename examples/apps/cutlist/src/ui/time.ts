import { html, type SafeHtml } from './html.ts';

/** In UTC and says so: the server does not know the reader's time zone. */
export const formatTime = (at: Date): SafeHtml =>
  html`<time datetime="${at.toISOString()}">${at.toISOString().slice(0, 16).replace('T', ' ')} UTC</time>`;

import type { NamedArtifact } from '../core/artifact-names.ts';
import { type Html, html } from './html.ts';

/** By the name it was given, which may be empty. Only web addresses become links: a `javascript:` one is text. */
export function renderArtifact({ file, link, name, step }: NamedArtifact): Html {
  const shown = name.trim() === '' ? `Unnamed, of step ${step}` : name;
  if (file !== null) return html`<a href="${file}" download>${shown}</a>`;
  if (link === null || !/^https?:\/\//i.test(link)) return html`${shown}: ${link}`;
  return html`${shown}: <a href="${link}" rel="noreferrer noopener">${link}</a>`;
}

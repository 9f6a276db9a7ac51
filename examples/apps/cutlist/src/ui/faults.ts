import { type Fault, Refusal } from '../refusal.ts';
import { html, type SafeHtml } from './html.ts';

/** Everything that is wrong with a form, above it; read out when the page loads. */
export function renderFaults(refusal: Refusal | undefined): SafeHtml | undefined {
  if (refusal === undefined) return undefined;
  const items = refusal.faults.map((fault) => html`<li>${whereOf(fault)}${fault.message}</li>`);
  return html`<div class="faults" role="alert"><p>${refusal.message}</p>${
    items.length === 0 ? undefined : html`<ul>${items}</ul>`
  }</div>`;
}

const WORDS: Readonly<Record<string, string>> = {
  lengthMm: 'length',
  kerfMm: 'kerf',
  keepOffcutMm: 'smallest offcut to keep',
  fullName: 'name',
  email: 'e-mail address',
  currentPassword: 'present password',
  newPassword: 'new password',
  tenant: 'workshop',
};

/** `boards[0].lengthMm` -> `Boards, line 1, length: ` */
function whereOf({ path }: Fault): string {
  const words = path.split('.').map((part) => {
    const [, name = part, index] = /^(\w+)\[(\d+)\]$/.exec(part) ?? [];
    const word = WORDS[name] ?? name;
    return index === undefined ? word : `${word}, line ${Number(index) + 1}`;
  });
  const text = words.join(', ');
  return text === '' ? '' : `${text.charAt(0).toUpperCase()}${text.slice(1)}: `;
}

/** What a form does with a refusal it can show itself; anything else goes on. */
export function toFormRefusal(error: unknown): Refusal {
  if (error instanceof Refusal && error.status < 500) return error;
  throw error;
}

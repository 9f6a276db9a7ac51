import { createHash } from 'node:crypto';
import { Html, html } from '../../../connectors/kit/index.ts';
import { readableScheme } from '../core/readable-color.ts';
import type { Messages } from './messages.ts';

/** Whose page it is, as people see it. */
export interface Brand {
  /** Name of the product, or of the application. */
  readonly product: string;
  readonly tenant?: string | undefined;
  /** `#rrggbb` */
  readonly color?: string | undefined;
}

export interface Page {
  readonly title: string;
  readonly body: Html;
  readonly brand: Brand;
  readonly messages: Messages;
  /** Origins that sending the form may lead to in the end: browsers check redirects against `form-action` too. */
  readonly leadsTo?: readonly string[];
}

export interface RenderedPage {
  readonly markup: string;
  readonly headers: Readonly<Record<string, string>>;
}

const LIGHT = '#ffffff';
const DARK = '#12161c';
const DEFAULT_COLOR = '#1f4e79';

const RULES = `
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);font:1rem/1.55 system-ui,sans-serif;overflow-wrap:anywhere}
main{max-width:26rem;margin:0 auto;padding:2rem 1rem 4rem}
main:focus{outline:none}
.brand{max-width:26rem;margin:0 auto;padding:2rem 1rem 0;font-weight:600}
.brand small{display:block;font-weight:400;color:var(--quiet)}
.skip{position:absolute;left:-100rem}
.skip:focus{left:1rem;top:.5rem;padding:.5rem;background:var(--ground)}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 1rem}
a{color:var(--press)}
:focus-visible{outline:3px solid var(--press);outline-offset:2px}
label{display:block;margin:1rem 0 .3rem;font-weight:600}
input{width:100%;min-height:2.75rem;padding:.5rem .7rem;border:1px solid var(--edge);border-radius:.4rem;background:var(--ground);color:var(--text);font:inherit}
input[aria-invalid="true"]{border-color:var(--bad);border-width:2px}
button{width:100%;min-height:2.75rem;margin-top:1.5rem;padding:.5rem 1.25rem;border:1px solid var(--press);border-radius:.4rem;background:var(--press);color:var(--on-press);font:inherit;font-weight:600;cursor:pointer}
button.quiet{width:auto;margin-top:1rem;background:none;color:var(--press);font-weight:400;border-color:transparent;padding:.5rem 0;text-decoration:underline}
.hint{margin:.3rem 0 0;color:var(--quiet);font-size:.9rem}
.fault{padding:.7rem .9rem;border-left:4px solid var(--bad);background:var(--tint)}
.fault:focus{outline:none}
.picture{width:14rem;max-width:100%;padding:.75rem;background:#fff;border-radius:.4rem}
.picture svg{display:block;width:100%;height:auto}
code{font:.95rem/1.5 ui-monospace,monospace}
.codes{columns:2;padding-left:1.5rem}
dl{margin:1.5rem 0 0}
dt{color:var(--quiet);font-size:.9rem}
dd{margin:0 0 .75rem}
@media print{button{display:none}}
`;

/** One page, its narrow policy included: no script, one style sheet known by its hash, framed by nobody. */
export function renderPage(page: Page): RenderedPage {
  const style = styleOf(page.brand.color ?? DEFAULT_COLOR);
  const { brand, messages } = page;
  const { text: markup } = html`<!doctype html>
<html lang="${messages.lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${page.title} · ${brand.product}</title>
<style>${new Html(style)}</style>
</head>
<body>
<a class="skip" href="#main">${messages.skip}</a>
<header class="brand">${brand.product}${brand.tenant === undefined ? undefined : html`<small>${brand.tenant}</small>`}</header>
<main id="main" tabindex="-1">
<h1>${page.title}</h1>
${page.body}
</main>
</body>
</html>
`;
  return { markup, headers: { ...HEADERS, 'content-security-policy': policyOf(style, page.leadsTo ?? []) } };
}

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  // Not `no-referrer`: browsers then send `Origin: null` with our own forms. Nothing leaves this origin either way.
  'referrer-policy': 'same-origin',
};

const policyOf = (style: string, leadsTo: readonly string[]): string =>
  [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
    `form-action ${["'self'", ...leadsTo].join(' ')}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

function styleOf(color: string): string {
  const light = readableScheme(color, LIGHT, 'light');
  const dark = readableScheme(color, DARK, 'dark');
  return `:root{color-scheme:light dark;--ground:${LIGHT};--text:#1b1f24;--quiet:#57606a;--edge:#6e7781;--tint:#f6f8fa;--bad:#a40e26;--press:${light.press};--on-press:${light.onPress}}
@media (prefers-color-scheme:dark){:root{--ground:${DARK};--text:#e6edf3;--quiet:#9aa4af;--edge:#8b949e;--tint:#1c222b;--bad:#ff8b85;--press:${dark.press};--on-press:${dark.onPress}}}${RULES}`;
}

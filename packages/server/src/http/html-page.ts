import { createHash } from 'node:crypto';
import type { FastifyReply } from 'fastify';

export interface HtmlPage {
  /** Markup, as `body` is: the caller escapes what comes from outside. */
  readonly title: string;
  /** Markup of what stands inside `<main>`. */
  readonly body: string;
  /** Address of the page's one script, of this server, relative to the page. */
  readonly script?: string;
  /** Whether the page shows another page of this server in a frame. */
  readonly frames?: boolean;
  /** Whether the page has a form; its address is of this server. */
  readonly forms?: boolean;
  /** Where an answer to the form may lead the browser besides this server, such as `http://127.0.0.1:8123`. */
  readonly leadsTo?: string;
}

/** Contrast is at least 4.5 to 1 in both schemes, and what is pressed is at least 44 pixels high. */
const STYLE = `
:root{color-scheme:light dark;--ground:#fff;--text:#1b1f24;--quiet:#57606a;--line:#d0d7de;--tint:#f6f8fa;--link:#0550ae;--press:#0550ae;--on-press:#fff;--bad:#a40e26}
@media (prefers-color-scheme:dark){:root{--ground:#0d1117;--text:#e6edf3;--quiet:#9aa4af;--line:#3d444d;--tint:#161b22;--link:#79b8ff;--press:#79b8ff;--on-press:#0d1117;--bad:#ff8b85}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:46rem;padding:2rem 1rem 4rem;background:var(--ground);color:var(--text);font:1rem/1.6 system-ui,sans-serif;overflow-wrap:anywhere}
[hidden]{display:none!important}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 1rem}
a{color:var(--link)}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
[tabindex="-1"]:focus{outline:none}
button{min-height:2.75rem;padding:.5rem 1.25rem;border:1px solid var(--press);border-radius:.4rem;background:var(--press);color:var(--on-press);font:inherit;font-weight:600;cursor:pointer}
button:disabled{opacity:.6;cursor:progress}
label{display:block;margin:0 0 1rem;font-weight:600}
input{display:block;width:100%;min-height:2.75rem;margin-top:.3rem;padding:.4rem .7rem;border:1px solid var(--quiet);border-radius:.4rem;background:var(--ground);color:var(--text);font:inherit;font-weight:400}
button.small{background:none;color:var(--link);font-weight:400;padding:.25rem .9rem}
dl{margin:1.25rem 0}
dt{color:var(--quiet);font-size:.9rem}
dd{display:flex;gap:.75rem;align-items:center;justify-content:space-between;margin:0 0 1rem;padding:.6rem .8rem;border:1px solid var(--line);border-radius:.4rem;background:var(--tint)}
code,pre{font:.95rem/1.5 ui-monospace,monospace;white-space:pre-wrap;min-width:0}
pre{padding:.8rem;border:1px solid var(--line);border-radius:.4rem;background:var(--tint)}
table{width:100%;border-collapse:collapse}
th,td{padding:.5rem .75rem .5rem 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
iframe{width:100%;height:70vh;border:1px solid var(--line);border-radius:.4rem;background:#fff}
.quiet{color:var(--quiet)}
.bad{color:var(--bad)}
.facts dd{display:block;border:0;padding:0;background:none;margin:0 0 .5rem}
`;

const STYLE_SOURCE = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;

/** One page in the look all small pages of the server share, under the narrowest policy it works with. */
export function sendPage(reply: FastifyReply, page: HtmlPage): FastifyReply {
  return (
    reply
      .header('content-security-policy', policyOf(page))
      // Under no-referrer a form is sent with the origin `null`, and could not be told from another site's.
      .headers(page.forms === true ? { 'referrer-policy': 'same-origin' } : {})
      .type('text/html; charset=utf-8')
      .send(
        `<!doctype html>\n<html lang="en"><head><meta charset="utf-8">` +
          `<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">` +
          `<title>${page.title}</title><style>${STYLE}</style>` +
          `${page.script === undefined ? '' : `<script src="${page.script}" defer></script>`}` +
          `</head><body><main>${page.body}</main></body></html>\n`,
      )
  );
}

const policyOf = ({ script, frames = false, forms = false, leadsTo = '' }: HtmlPage): string =>
  [
    "default-src 'none'",
    `style-src ${STYLE_SOURCE}`,
    ...(script === undefined ? [] : ["script-src 'self'", "connect-src 'self'", "require-trusted-types-for 'script'"]),
    ...(frames ? ["frame-src 'self'"] : []),
    "base-uri 'none'",
    `form-action ${forms ? `'self' ${leadsTo}`.trim() : "'none'"}`,
    "frame-ancestors 'none'",
  ].join('; ');

import { escapeHtml } from '../kit/index.ts';

/** Dark text on white, at least 7:1; readable on paper; no outside resource, so that it opens anywhere for ever. */
const STYLE = `
:root { color-scheme: light; }
body { margin: 0 auto; max-width: 44rem; padding: 2rem 1rem 4rem; color: #1b1f24; background: #fff;
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; overflow-wrap: break-word; }
h1, h2, h3 { line-height: 1.25; margin: 2em 0 .5em; }
h1 { font-size: 1.75rem; margin-top: 0; }
a { color: #0b4f9e; }
table { border-collapse: collapse; width: 100%; margin: 1em 0; }
th, td { border: 1px solid #6b7480; padding: .4em .6em; text-align: left; vertical-align: top; }
th { background: #eef1f4; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .9em; background: #f3f5f7; }
code { padding: .1em .3em; }
pre { padding: 1em; overflow-x: auto; }
pre code { padding: 0; }
blockquote { margin: 1em 0; padding-left: 1em; border-left: .25em solid #6b7480; }
img { max-width: 100%; }
@media print { body { max-width: none; padding: 0; } a { color: inherit; } }
`.trim();

interface Page {
  /** HTML that is safe already. */
  readonly body: string;
  readonly fallbackTitle: string;
  readonly language: string;
}

/** A whole page: language, title, one landmark, its own style, and nothing that could run or load. */
export function htmlPage({ body, fallbackTitle, language }: Page): string {
  return `<!doctype html>
<html lang="${escapeHtml(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${titleOf(body) ?? escapeHtml(fallbackTitle)}</title>
<style>
${STYLE}
</style>
</head>
<body>
<main>
${withColumnScopes(body).trim()}
</main>
</body>
</html>
`;
}

/** The first heading, without its markup; its text is escaped already. */
function titleOf(body: string): string | undefined {
  const heading = /<h1>(.*?)<\/h1>/s
    .exec(body)?.[1]
    ?.replaceAll(/<[^>]*>/g, '')
    .trim();
  return heading === undefined || heading === '' ? undefined : heading;
}

/** Screen readers read a table's headings with its cells only when they know what a heading is for. */
const withColumnScopes = (body: string): string => body.replaceAll(/<th(?=[ >])/g, '<th scope="col"');

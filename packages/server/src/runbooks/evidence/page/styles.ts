/** The whole stylesheet: no font, image or script is fetched. Contrast is at least 4.5 to 1 in both schemes. */
export const STYLES = `
:root { color-scheme: light dark; --ground: #fff; --text: #1b1f24; --quiet: #57606a; --line: #d0d7de; --tint: #f6f8fa;
  --link: #0550ae; --good: #116329; --bad: #a40e26; --open: #7d4e00; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #0d1117; --text: #e6edf3; --quiet: #9aa4af; --line: #3d444d; --tint: #161b22;
    --link: #79b8ff; --good: #56d364; --bad: #ff8b85; --open: #e3b341; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 62rem; background: var(--ground); color: var(--text);
  font: 1rem/1.55 system-ui, "Segoe UI", sans-serif; overflow-wrap: anywhere; }
a { color: var(--link); }
a:focus-visible, summary:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: 1rem; padding: .5rem; background: var(--ground); }
h1 { margin: 0 0 .5rem; font-size: 1.75rem; line-height: 1.25; }
h2 { margin: 2.5rem 0 .75rem; padding-bottom: .25rem; border-bottom: 1px solid var(--line); font-size: 1.3rem; }
h3 { margin: 0 0 .25rem; font-size: 1.05rem; }
h4 { margin: .75rem 0 .25rem; font-size: .95rem; }
dl { display: grid; grid-template-columns: minmax(8rem, max-content) 1fr; gap: .15rem 1rem; margin: .25rem 0; }
dt { color: var(--quiet); }
dd { margin: 0; min-width: 0; }
ul.plain { margin: 0; padding: 0; list-style: none; }
ul.values { margin: 0; padding-left: 1.1rem; }
table { width: 100%; border-collapse: collapse; font-size: .925rem; }
caption { padding: .25rem 0; text-align: left; color: var(--quiet); }
th, td { padding: .35rem .6rem .35rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
.wide { overflow-x: auto; }
article { margin: .75rem 0; padding: .75rem 1rem; border: 1px solid var(--line); border-left-width: 4px;
  border-radius: 4px; background: var(--tint); }
article.good { border-left-color: var(--good); }
article.bad { border-left-color: var(--bad); }
article.open { border-left-color: var(--open); }
.status { font-weight: 600; }
.good > .status, .status.good { color: var(--good); }
.bad > .status, .status.bad { color: var(--bad); }
.open > .status, .status.open { color: var(--open); }
.quiet { color: var(--quiet); }
.text { white-space: pre-wrap; }
code, .hash { font-family: ui-monospace, "Cascadia Mono", monospace; font-size: .85em; }
@media print {
  :root { --ground: #fff; --text: #000; --quiet: #333; --line: #999; --tint: #fff; --link: #000; --good: #000;
    --bad: #000; --open: #000; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  article, tr { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  .skip { display: none; }
}
`;

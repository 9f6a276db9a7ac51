// Draws PDF documents in a thread of its own: laying out 200 pages takes seconds of computing, and no request shall
// wait for them. It is JavaScript because Node 20 starts no thread from TypeScript; sources and build run this file.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { openSync } from 'fontkit';
import pdfmake from 'pdfmake';

const require = createRequire(import.meta.url);
const ROBOTO = join(dirname(require.resolve('pdfmake/package.json')), 'fonts/Roboto');
const MONO = require.resolve('@fontsource/roboto-mono/files/roboto-mono-latin-400-normal.woff');
const FONTS = {
  Roboto: {
    normal: join(ROBOTO, 'Roboto-Regular.ttf'),
    bold: join(ROBOTO, 'Roboto-Medium.ttf'),
    italics: join(ROBOTO, 'Roboto-Italic.ttf'),
    bolditalics: join(ROBOTO, 'Roboto-MediumItalic.ttf'),
  },
  Mono: { normal: MONO, bold: MONO, italics: MONO, bolditalics: MONO },
};
const FONT_FILES = new Set(Object.values(FONTS).flatMap((family) => Object.values(family)));
const text = openSync(FONTS.Roboto.normal);
const mono = openSync(MONO);
const MISSING_MAX = 10;
const NEAR_CHARACTERS = 20;

pdfmake.setFonts(FONTS);
// Nothing in a document may make this process fetch an address or read a file.
pdfmake.setUrlAccessPolicy(() => false);
pdfmake.setLocalAccessPolicy((path) => FONT_FILES.has(path));
pdfmake.setTableLayouts({
  ruled: {
    hLineWidth: () => 0.5,
    vLineWidth: () => 0.5,
    hLineColor: () => '#6b7480',
    vLineColor: () => '#6b7480',
    paddingTop: () => 4,
    paddingBottom: () => 4,
    paddingLeft: () => 5,
    paddingRight: () => 5,
  },
  bare: { hLineWidth: () => 0, vLineWidth: () => 0, paddingLeft: () => 8, paddingRight: () => 8 },
  quoted: {
    hLineWidth: () => 0,
    vLineWidth: (line) => (line === 0 ? 3 : 0),
    vLineColor: () => '#6b7480',
    paddingLeft: () => 10,
  },
});

parentPort.on('message', async (job) => {
  try {
    parentPort.postMessage(await draw(job));
  } catch (error) {
    parentPort.postMessage({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});

async function draw(job) {
  const missing = new Map();
  for (const node of [job.content, job.title, job.product]) settleFonts(node, missing);
  if (missing.size > 0) return { missing: [...missing].slice(0, MISSING_MAX) };
  const bytes = await pdfmake.createPdf(definitionOf(job)).getBuffer();
  return { bytes: new Uint8Array(bytes) };
}

/** Code that the code font cannot show is set in the text font; what that cannot show either is told. */
function settleFonts(node, missing) {
  if (typeof node === 'string') return note(node, missing);
  if (Array.isArray(node)) {
    for (const part of node) settleFonts(part, missing);
    return undefined;
  }
  if (typeof node !== 'object' || node === null) return undefined;
  if (node.font === 'Mono') {
    if ([...node.text].every((character) => shows(mono, character))) return undefined;
    node.font = 'Roboto';
  }
  for (const part of [node.text, node.stack, node.ul, node.ol, node.table?.body]) settleFonts(part, missing);
  return undefined;
}

function note(shown, missing) {
  for (const character of shown) {
    if (missing.has(character) || shows(text, character)) continue;
    const at = shown.indexOf(character);
    missing.set(character, shown.slice(Math.max(0, at - NEAR_CHARACTERS), at + NEAR_CHARACTERS));
  }
}

const shows = (font, character) => character === '\n' || font.hasGlyphForCodePoint(character.codePointAt(0));

function definitionOf({ content, title, product, color, language, at, password }) {
  return {
    // AES with a key of 256 bits; the readers of the last ten years open it.
    ...(password === undefined ? { version: '1.7' } : { version: '1.7ext3', userPassword: password }),
    info: { title, author: product, producer: 'Tenantry', creator: 'Tenantry', creationDate: new Date(at) },
    language,
    displayTitle: true,
    pageSize: 'A4',
    pageMargins: [50, 64, 50, 60],
    defaultStyle: { font: 'Roboto', fontSize: 10, lineHeight: 1.3, color: '#1b1f24' },
    styles: {
      h1: { fontSize: 20, bold: true },
      h2: { fontSize: 15, bold: true },
      h3: { fontSize: 12, bold: true },
      h4: { fontSize: 10.5, bold: true },
      code: { fontSize: 9 },
      link: { color: '#0b4f9e', decoration: 'underline' },
      heading: { bold: true },
    },
    content,
    header: () => [
      { canvas: [{ type: 'rect', x: 0, y: 0, w: 596, h: 8, color }] },
      { text: product, fontSize: 8.5, margin: [50, 16, 50, 0] },
    ],
    footer: (page, pages) => ({
      margin: [50, 20, 50, 0],
      fontSize: 8.5,
      columns: [
        { text: title, width: '*' },
        { text: `${page} / ${pages}`, width: 70, alignment: 'right' },
      ],
    }),
  };
}

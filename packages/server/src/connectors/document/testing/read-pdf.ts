import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs';

/** What a PDF shows to a reader that shares no code with what wrote it. */
export interface ReadPdf {
  readonly pages: readonly string[];
  readonly text: string;
  readonly links: readonly string[];
  readonly language: string | null;
  readonly info: Readonly<Record<string, unknown>>;
}

/** @throws a `PasswordException` for a file that does not open with this password */
export async function readPdf(bytes: Buffer, password?: string): Promise<ReadPdf> {
  const task = getDocument({
    data: new Uint8Array(bytes),
    verbosity: 0,
    ...(password === undefined ? {} : { password }),
  });
  try {
    const document = await task.promise;
    const pages: string[] = [];
    const links = new Set<string>();
    for (let number = 1; number <= document.numPages; number += 1) {
      const page = await document.getPage(number);
      const { items } = await page.getTextContent();
      pages.push(items.map((item) => ('str' in item ? item.str : '')).join(''));
      for (const note of await page.getAnnotations()) if (typeof note.url === 'string') links.add(note.url);
    }
    const { info } = await document.getMetadata();
    const language = 'Language' in info ? String(info.Language) : null;
    return { pages, text: pages.join('\n'), links: [...links], language, info: { ...info } };
  } finally {
    await task.destroy();
  }
}

/** Gives the reader a file by an address: one of this page's own, or one of the server's. */
export function saveFile(name: string, url: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken hold of it by then; one of the server's is no object of this page.
  if (url.startsWith('blob:')) setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Gives a text that is on the page to the reader as a file. */
export const saveText = (name: string, type: string, text: string): void =>
  saveFile(name, URL.createObjectURL(new Blob([text], { type })));

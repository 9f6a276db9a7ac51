import { openTerminal, type Terminal } from '../terminal/terminal.ts';

export interface WrittenTerminal {
  readonly terminal: Terminal;
  /** Everything written so far. */
  text(): string;
}

/** A terminal that keeps what is written to it. */
export function writtenTerminal({
  columns,
  isTTY = false,
  noColor = true,
}: {
  columns?: number;
  isTTY?: boolean;
  noColor?: boolean;
} = {}): WrittenTerminal {
  const chunks: Buffer[] = [];
  const stream = {
    isTTY,
    ...(columns === undefined ? {} : { columns }),
    write: (chunk: string | Uint8Array) => chunks.push(Buffer.from(chunk as string)),
  };
  return { terminal: openTerminal(stream, { noColor }), text: () => Buffer.concat(chunks).toString('utf8') };
}

import { openTerminal, type Terminal } from '../terminal/terminal.ts';

export interface WrittenTerminal {
  readonly terminal: Terminal;
  /** Everything written so far. */
  text(): string;
}

export interface WrittenTerminalOptions {
  readonly columns?: number;
  readonly isTTY?: boolean;
  readonly noColor?: boolean;
  /** Told each text as it is written. */
  readonly onWrite?: ((text: string) => void) | undefined;
}

/** A terminal that keeps what is written to it. */
export function writtenTerminal({
  columns,
  isTTY = false,
  noColor = true,
  onWrite,
}: WrittenTerminalOptions = {}): WrittenTerminal {
  const chunks: Buffer[] = [];
  const stream = {
    isTTY,
    ...(columns === undefined ? {} : { columns }),
    write: (chunk: string | Uint8Array) => {
      const bytes = Buffer.from(chunk as string);
      onWrite?.(bytes.toString('utf8'));
      return chunks.push(bytes);
    },
  };
  return { terminal: openTerminal(stream, { noColor }), text: () => Buffer.concat(chunks).toString('utf8') };
}

import { colorStyle, plainStyle, type Style } from './style.ts';
import { fitText } from './text-width.ts';

/** Where people read: a terminal, or a file or pipe that stands in for one. */
export interface Terminal {
  readonly isTty: boolean;
  /** Cells to wrap text at. */
  readonly columns: number;
  readonly style: Style;
  /** Whole lines, kept. */
  line(text?: string): void;
  /** Bytes as they are: JSON, archives. */
  raw(bytes: string | Uint8Array): void;
  /** The same for what does not fit into memory: answers when there is room for more. */
  pour(bytes: Uint8Array): Promise<void>;
  /** One line that is replaced by whatever comes next; undefined takes it away. Shown on a TTY only. */
  status(text: string | undefined): void;
}

/** The part of `process.stdout` that is used. */
export interface TerminalStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(chunk: string | Uint8Array): unknown;
  once?(event: 'drain', call: () => void): unknown;
}

export interface TerminalOptions {
  /** NO_COLOR or TERM=dumb. */
  readonly noColor: boolean;
}

const COLUMNS_MAX = 120;
const COLUMNS_OF_FILES = 100;
const COLUMNS_MIN = 40;
const CLEAR_LINE = '\r\u001b[2K';

export function openTerminal(stream: TerminalStream, { noColor }: TerminalOptions): Terminal {
  const isTty = stream.isTTY === true;
  const columns = (): number =>
    isTty ? Math.min(COLUMNS_MAX, Math.max(COLUMNS_MIN, stream.columns ?? 80)) : COLUMNS_OF_FILES;
  let hasStatus = false;
  const clear = (): void => {
    if (hasStatus) stream.write(CLEAR_LINE);
    hasStatus = false;
  };
  return {
    isTty,
    // Asked each time: people resize their windows.
    get columns() {
      return columns();
    },
    style: isTty && !noColor ? colorStyle : plainStyle,
    line: (text = '') => {
      clear();
      stream.write(`${text}\n`);
    },
    raw: (bytes) => {
      clear();
      stream.write(bytes);
    },
    pour: async (bytes) => {
      clear();
      if (stream.write(bytes) === false)
        await new Promise<void>((resolve) => stream.once?.('drain', resolve) ?? resolve());
    },
    status: (text) => {
      if (!isTty) return;
      clear();
      if (text === undefined) return;
      stream.write(fitText(text, columns() - 1));
      hasStatus = true;
    },
  };
}

import { type DestinationStream, type Logger, pino } from 'pino';

const REDACTED = '[redacted]';

// Lines hold text from outside, so every repetition below is bounded: no text may make a pattern take long.

/** Keys of ours and credentials of headers, wherever they stand: in messages and stacks too. */
const SECRET_TEXT = /tnt_[a-z0-9]{8}_[A-Za-z0-9_-]{1,64}|\b(?:Bearer|Basic) {1,8}[A-Za-z0-9+/=._~-]{8,4096}/g;

/** The password of an address: `postgres://user:password@host`. */
const SECRET_IN_ADDRESS = /(:\/\/[^\s:/@"\\]{0,256}:)[^\s/@"\\]{1,512}(?=@)/g;

/**
 * JSON members whose name ends like a secret's, with a scalar or a flat array as value. On the finished line, at any
 * depth: the logger's own redaction by path costs several times as much and ends at the depth it was told.
 */
const SECRET_MEMBER =
  /("[\w-]{0,64}(?:authorization|cookie|password|secret|token|api_?key)":)(?:"[^"\\]*(?:\\.[^"\\]*)*"|\[[^\]]{0,1024}\]|-?\d[\d.eE+-]{0,32})/gi;

/** Takes out of a line of JSON, or of any text, what looks like a credential. */
export const redactText = (text: string): string =>
  text
    .replace(SECRET_TEXT, REDACTED)
    .replace(SECRET_IN_ADDRESS, `$1${REDACTED}`)
    .replace(SECRET_MEMBER, `$1"${REDACTED}"`);

export interface LoggerOptions {
  readonly logLevel: string;
  /** Where lines go; standard output unless told. */
  readonly destination?: DestinationStream;
}

/**
 * The one logger: JSON lines, in which members named like secrets, values of type Secret and texts that look like
 * credentials are `[redacted]`.
 */
export const createLogger = ({ logLevel, destination }: LoggerOptions): Logger =>
  pino(
    {
      level: logLevel,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      hooks: { streamWrite: redactText },
    },
    destination ?? pino.destination(1),
  );

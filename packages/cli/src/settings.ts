import { homedir } from 'node:os';
import { join } from 'node:path';

/** What the environment says. Read once, by `main.ts`, and handed down. */
export interface Settings {
  readonly url: string | undefined;
  readonly key: string | undefined;
  readonly noColor: boolean;
  /** Where `tenantry login` keeps its keys; XDG_CONFIG_HOME is honoured as the XDG base directories have it. */
  readonly userFile: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** An empty variable counts as not set. NO_COLOR is honoured as no-color.org has it. */
export function readSettings(env: Environment): Settings {
  return {
    url: given(env.TENANTRY_URL),
    key: given(env.TENANTRY_KEY),
    noColor: given(env.NO_COLOR) !== undefined || env.TERM === 'dumb',
    userFile: join(given(env.XDG_CONFIG_HOME) ?? join(homedir(), '.config'), 'tenantry', 'logins.json'),
  };
}

const given = (value: string | undefined): string | undefined => {
  const text = value?.trim();
  return text === '' ? undefined : text;
};

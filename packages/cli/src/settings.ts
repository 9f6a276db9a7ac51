/** What the environment says. Read once, by `main.ts`, and handed down. */
export interface Settings {
  readonly url: string | undefined;
  readonly key: string | undefined;
  readonly noColor: boolean;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** An empty variable counts as not set. NO_COLOR is honoured as no-color.org has it. */
export function readSettings(env: Environment): Settings {
  return {
    url: given(env.TENANTRY_URL),
    key: given(env.TENANTRY_KEY),
    noColor: given(env.NO_COLOR) !== undefined || env.TERM === 'dumb',
  };
}

const given = (value: string | undefined): string | undefined => {
  const text = value?.trim();
  return text === '' ? undefined : text;
};

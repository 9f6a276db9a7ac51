/** A command of the README's first `sh` block. */
export interface ReadmeCommand {
  readonly text: string;
  /** Fetching the repository, which the test has done its own way. */
  readonly isFetch: boolean;
  /** Ends in `npm start`, which goes on serving. */
  readonly isServer: boolean;
}

const FIRST_BLOCK = /^```sh\n(?<body>[\s\S]*?)^```$/m;

/**
 * The commands of the first fenced `sh` block, word for word, without comments and without `npm test` (the test that
 * runs them is part of it).
 */
export function readmeCommands(readme: string): readonly ReadmeCommand[] {
  const body = FIRST_BLOCK.exec(readme)?.groups?.body ?? '';
  return body
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((line) => line.replace(/(?:^|\s)#.*$/, '').trim())
    .filter((line) => line !== '' && !/^(?:npm ci && )?npm test$/.test(line))
    .map((text) => ({
      text,
      isFetch: /^(?:git clone|cd) /.test(text),
      isServer: /(?:^|&& )npm start$/.test(text),
    }));
}

import type { RecordedArtifact } from './recorded-run.ts';

/** An artifact with its place in the pack; `file` is null for one that is only a link. */
export interface NamedArtifact extends RecordedArtifact {
  readonly file: string | null;
}

const LENGTH_MAX = 100;
const EXTENSION = /\.[A-Za-z0-9]{1,10}$/;
/** Names that Windows keeps for devices, whatever their extension. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/**
 * Gives each artifact a file name that every system can unpack: no path, no odd characters, none twice, also where
 * case does not count. The name as it was given stays in `name`.
 */
export function nameArtifacts(artifacts: readonly RecordedArtifact[]): readonly NamedArtifact[] {
  const taken = new Set<string>();
  return artifacts.map((artifact) => ({
    ...artifact,
    file: artifact.bytes === null ? null : `artifacts/${freeName(safeName(artifact.name), taken)}`,
  }));
}

function safeName(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^A-Za-z0-9._-]+/g, '_')
    .replaceAll(/\.{2,}/g, '.')
    .replaceAll(/^[._-]+|[._]+$/g, '');
  const extension = EXTENSION.exec(plain)?.[0] ?? '';
  const base = plain.slice(0, plain.length - extension.length).slice(0, LENGTH_MAX - extension.length);
  const safe = `${base === '' ? 'file' : base}${extension}`;
  return DEVICE.test(safe) ? `file_${safe}` : safe;
}

function freeName(name: string, taken: Set<string>): string {
  const extension = EXTENSION.exec(name)?.[0] ?? '';
  const base = name.slice(0, name.length - extension.length);
  let free = name;
  for (let count = 2; taken.has(free.toLowerCase()); count += 1) free = `${base}-${count}${extension}`;
  taken.add(free.toLowerCase());
  return free;
}

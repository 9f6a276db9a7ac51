export type { Account, ImportCounts, ImportEntry } from './account.ts';
export {
  IMPORT_CHARACTERS_MAX,
  type ImportedMarkdown,
  type ImportOptions,
  type ImportReport,
  importMarkdown,
} from './import-markdown.ts';

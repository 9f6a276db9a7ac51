export const VERSION_TABS = ['graph', 'lint', 'difference', 'source', 'approval'] as const;
export type VersionTab = (typeof VERSION_TABS)[number];

/** The operator console and the client portal. An empty shell: its pages come with the console's own release. */
export {};

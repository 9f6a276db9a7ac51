export interface PackProblem {
  /**
   * `unreadable`: no pack, or a document out of form. `unsafe_name`: an entry that could be unpacked elsewhere.
   * `missing`, `unexpected`, `altered`: a file against the manifest. `signature`: the manifest is not signed as it must
   * be. `runbook`: the definition is not the one pinned. `replay`: the events lead to another state. `audit`: the rows
   * or their links do not fit.
   */
  readonly kind:
    | 'unreadable'
    | 'unsafe_name'
    | 'missing'
    | 'unexpected'
    | 'altered'
    | 'signature'
    | 'runbook'
    | 'replay'
    | 'audit';
  /** Name in the pack; undefined for the archive as a whole. */
  readonly file: string | undefined;
  readonly message: string;
}

export const problem = (kind: PackProblem['kind'], file: string | undefined, message: string): PackProblem => ({
  kind,
  file,
  message,
});

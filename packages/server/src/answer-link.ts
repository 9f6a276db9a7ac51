import { toWireId } from '@tenantry/contract';
import type { Ctx } from './access/index.ts';
import type { SecretRef } from './connectors/kit/index.ts';

export interface AnswerLinkRequest {
  readonly publicUrl: string;
  /** Bare id of the run. */
  readonly runId: string;
  /** Where the role that is asked or told acts. */
  readonly party: 'vendor' | 'client';
  /** Whom the mail goes to. */
  readonly address: string;
}

/**
 * Where whoever is asked of a run answers it: every mail about runs takes its link from here. A link that opens the portal
 * by itself is sealed, and then a reference into the vault, which is opened when the mail is sent.
 */
export const answerLink = async (
  _ctx: Ctx,
  { publicUrl, runId, party }: AnswerLinkRequest,
): Promise<string | SecretRef> =>
  party === 'client' ? `${publicUrl}/portal` : `${publicUrl}/console/runs/${toWireId('run', runId)}`;

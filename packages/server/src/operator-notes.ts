/** Notes to the people who look after a product: something waits for one of them, or they should know of it. */
import type { Ctx } from './access/index.ts';
import type { Config } from './config.ts';
import { addressesOfRole } from './people/index.ts';
import { digest, writeMail } from './tell-people.ts';

export type TellLog = (message: string, facts: Readonly<Record<string, unknown>>) => void;

export interface NoteDeps {
  readonly config: Pick<Config, 'publicUrl' | 'mode' | 'smtpUrl'>;
  readonly log: TellLog;
}

export interface Note {
  readonly productId: string;
  readonly clientId: string | null;
  /** One mail for each person under it, however often it is told. */
  readonly key: string;
  readonly subject: string;
  readonly text: string;
  /** The command that goes on. */
  readonly next: string;
}

/** Who hears of it: the runbook role that takes clients through their life. */
const ROLE = 'customer_success';

/** Answers how many were written to. */
export async function tellOperators(ctx: Ctx, { config, log }: NoteDeps, note: Note): Promise<number> {
  const development = config.mode === 'development' && config.smtpUrl === undefined;
  const { productId, clientId, key, subject, text, next } = note;
  const addresses = await addressesOfRole(ctx.tx, { role: ROLE, productId, clientId, development });
  for (const address of addresses) {
    await writeMail(
      ctx,
      { publicUrl: config.publicUrl, tellsDevelopment: development, log },
      {
        to: address,
        template: 'operator-note',
        key: `note:${key}/${digest(address)}`,
        values: { subject, text, next },
      },
    );
  }
  return addresses.length;
}

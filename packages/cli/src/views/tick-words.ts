import type { StepView } from '@tenantry/contract';
import { plainText } from '../terminal/plain-text.ts';
import { timeText } from '../terminal/time-text.ts';

type Tick = Omit<StepView['ticks'][number], 'item' | 'text'>;

/** Who ticked it, when, and what they left: `Ada (engineer), 20 Nov 09:00: all there`. */
export const tickWords = ({ name, role, at, note, link, hash }: Tick): string => {
  const left = [note, link, hash === undefined ? undefined : `sha256 ${hash}`].filter((part) => part !== undefined);
  return plainText(`${name} (${role}), ${timeText(at)}${left.length === 0 ? '' : `: ${left.join('; ')}`}`);
};

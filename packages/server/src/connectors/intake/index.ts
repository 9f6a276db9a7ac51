import { defineConnector } from '../kit/index.ts';
import { recordCheck } from './record.ts';

/** Records that people made before a run and that an intake file carries: handoff, discovery, contract. */
export const intakeConnector = defineConnector({ name: 'intake', checks: [recordCheck] });

/** What a client file says of the client, for the form. The server checks it by its own rules. */
import type { Schema } from '../../parts/schema-form/schema.ts';

const contact: Schema = {
  type: 'object',
  required: ['role', 'email'],
  properties: {
    role: { type: 'string' },
    name: { type: 'string' },
    email: { type: 'string', format: 'email' },
    phone: { type: 'string', format: 'phone' },
  },
};

const contract: Schema = {
  type: 'object',
  properties: {
    starts_on: { type: 'string', format: 'date' },
    ends_on: { type: 'string', format: 'date' },
    term: { type: 'string' },
    sla_tier: { type: 'string', title: 'Service level' },
    signed_on: { type: 'string', format: 'date' },
    reference: { type: 'string' },
  },
};

export const CLIENT_SCHEMA: Schema = {
  type: 'object',
  required: ['reference', 'legal_name'],
  properties: {
    reference: { type: 'string', description: 'A name that never changes, such as the number in your CRM' },
    legal_name: { type: 'string' },
    language: { type: 'string', description: 'Such as en or pt-PT; the portal speaks it' },
    time_zone: { type: 'string', description: 'Such as Europe/Lisbon' },
    contacts: { type: 'array', items: contact },
    contract,
  },
};

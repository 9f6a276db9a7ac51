/** Billing as operators see it: keys of a product, events that came, what a tenant owes. */
import {
  assignBillingEventSchema,
  billingEventPageSchema,
  billingEventQuerySchema,
  billingEventSchema,
  billingReasonSchema,
  billingSetUpSchema,
  newBillingKeySchema,
  setBillingCustomerSchema,
  tenantBillingSchema,
} from '@tenantry/contract';
import { z } from 'zod';
import { Secret } from '../connectors/kit/index.ts';
import { type HttpServer, read, write } from '../http/index.ts';
import { loadTenant, readTenant } from '../tenants/index.ts';
import type { Keyring } from '../vault/index.ts';
import { setBillingCustomer } from './customers.ts';
import { addBillingKey, retireBillingKey } from './keys.ts';
import { assignEvent, listBillingEvents, replayEvent, settleEvent } from './settle-event.ts';
import { viewEvent, viewSetUp, viewTenantBilling } from './view-billing.ts';

export interface BillingRouteDeps {
  readonly keyring: Keyring;
  /** No slash at its end. */
  readonly publicUrl: string;
}

const tags = ['billing'];
const product = z.object({ product: z.string().max(50) });
const event = product.extend({ event: z.string().max(255).describe('As the billing system names it: evt_…') });
const tenantParams = z.object({ tenant: z.string().max(100).describe('Id or slug') });
const reading = { scope: 'tenants:read' } as const;
const writing = { scope: 'tenants:write' } as const;

export function billingRoutes(server: HttpServer, deps: BillingRouteDeps): void {
  setUpRoutes(server, deps);
  eventRoutes(server);
  tenantRoutes(server);
}

function setUpRoutes(server: HttpServer, { keyring, publicUrl }: BillingRouteDeps): void {
  const config = { scope: 'runbooks:write' } as const;
  const response = { 200: billingSetUpSchema };
  server.get(
    '/api/v1/products/:product/billing',
    {
      config: reading,
      schema: {
        summary: 'How events of the billing system are taken, and how many wait',
        tags,
        params: product,
        response,
      },
    },
    read(async (ctx, { params }) => viewSetUp(ctx, params.product, publicUrl)),
  );
  server.post(
    '/api/v1/products/:product/billing/keys',
    {
      config,
      schema: {
        summary: 'Seal a signing secret beside those that hold, or another API key',
        tags,
        params: product,
        body: newBillingKeySchema,
        response,
      },
    },
    write(async (ctx, { params, body: { kind, label, secret } }) => {
      await addBillingKey({ ...ctx, keyring }, { productId: params.product, kind, label, secret: new Secret(secret) });
      return { body: await viewSetUp(ctx, params.product, publicUrl) };
    }),
  );
  server.post(
    '/api/v1/products/:product/billing/keys/:billing_key/retire',
    {
      config,
      schema: {
        summary: 'End a signing secret or an API key at once',
        tags,
        params: product.extend({ billing_key: z.string().max(100) }),
        response,
      },
    },
    write(async (ctx, { params }) => {
      await retireBillingKey({ ...ctx, keyring }, { productId: params.product, id: params.billing_key });
      return { body: await viewSetUp(ctx, params.product, publicUrl) };
    }),
  );
}

function eventRoutes(server: HttpServer): void {
  server.get(
    '/api/v1/products/:product/billing/events',
    {
      config: reading,
      schema: {
        summary: 'Events of the billing system, newest first, and what came of each',
        tags,
        params: product,
        querystring: billingEventQuerySchema,
        response: { 200: billingEventPageSchema },
      },
    },
    read(async (ctx, { params, query: { tenant, ...query } }) => {
      const tenantId = tenant === undefined ? undefined : (await readTenant(ctx, tenant)).id;
      const page = await listBillingEvents(ctx, { ...query, productId: params.product, tenantId });
      return { items: page.events.map(viewEvent), next_cursor: page.cursor ?? null };
    }),
  );
  const response = { 200: billingEventSchema };
  server.post(
    '/api/v1/products/:product/billing/events/:event/assign',
    {
      config: writing,
      schema: {
        summary: 'Say whose an event is, and apply it',
        tags,
        params: event,
        body: assignBillingEventSchema,
        response,
      },
    },
    write(async (ctx, { params: { product: productId, event: id }, body }) => ({
      body: viewEvent(await assignEvent(ctx, { productId, id, ...body })),
    })),
  );
  server.post(
    '/api/v1/products/:product/billing/events/:event/replay',
    {
      config: writing,
      schema: { summary: 'Look at an event once more', tags, params: event, body: billingReasonSchema, response },
    },
    write(async (ctx, { params: { product: productId, event: id }, body }) => ({
      body: viewEvent(await replayEvent(ctx, { productId, id, ...body })),
    })),
  );
  server.post(
    '/api/v1/products/:product/billing/events/:event/settle',
    {
      config: writing,
      schema: {
        summary: 'Say that an event was dealt with by hand',
        tags,
        params: event,
        body: billingReasonSchema,
        response,
      },
    },
    write(async (ctx, { params: { product: productId, event: id }, body }) => ({
      body: viewEvent(await settleEvent(ctx, { productId, id, ...body })),
    })),
  );
}

function tenantRoutes(server: HttpServer): void {
  const response = { 200: tenantBillingSchema };
  server.get(
    '/api/v1/tenants/:tenant/billing',
    {
      config: reading,
      schema: { summary: 'What a tenant owes, and what will come of it', tags, params: tenantParams, response },
    },
    read(async (ctx, { params }) => viewTenantBilling(ctx.tx, await readTenant(ctx, params.tenant))),
  );
  server.post(
    '/api/v1/tenants/:tenant/billing/customer',
    {
      config: writing,
      schema: {
        summary: 'Say as which customer of the billing system a tenant pays',
        tags,
        params: tenantParams,
        body: setBillingCustomerSchema,
        response,
      },
    },
    write(async (ctx, { params, body: { customer: customerId, reason } }) => {
      const { id: tenantId } = await readTenant(ctx, params.tenant);
      await setBillingCustomer(ctx, { tenantId, customerId, reason });
      return { body: await viewTenantBilling(ctx.tx, await loadTenant(ctx.tx, tenantId)) };
    }),
  );
}

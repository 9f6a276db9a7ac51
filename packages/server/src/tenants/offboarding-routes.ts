/** How a tenant leaves: announced, called off, held, hastened, and told of afterwards. */
import {
  eraseTenantSchema,
  foundOffboardingSchema,
  legalHoldSchema,
  offboardingReasonSchema,
  offboardingSchema,
  offboardTenantSchema,
  TenantryError,
} from '@tenantry/contract';
import { z } from 'zod';
import { type HttpServer, read, write } from '../http/index.ts';
import { hastenDeletion } from './lifecycle/delete-tenant-data.ts';
import { cancelOffboarding, offboardTenant, setLegalHold } from './lifecycle/offboard-tenant.ts';
import { readOffboarding } from './lifecycle/read-offboarding.ts';
import { viewOffboarding } from './lifecycle/view-offboarding.ts';
import { readTenant } from './load.ts';

const params = z.object({ tenant: z.string().max(100).describe('Id or slug') });
const config = { scope: 'tenants:write' } as const;
const tags = ['lifecycle'];
const response = { 200: offboardingSchema };

export function offboardingRoutes(server: HttpServer): void {
  server.get(
    '/api/v1/tenants/:tenant/offboarding',
    {
      config: { scope: 'tenants:read' },
      schema: {
        summary: 'How a tenant leaves or has left, with the certificate of its deletion',
        tags,
        params,
        response: { 200: foundOffboardingSchema },
      },
    },
    read(async (ctx, { params: { tenant } }) => {
      const found = await readOffboarding(ctx, tenant);
      return { offboarding: found === undefined ? null : viewOffboarding(found) };
    }),
  );
  server.post(
    '/api/v1/tenants/:tenant/offboard',
    { config, schema: { summary: 'Announce the end of a tenant', tags, params, body: offboardTenantSchema, response } },
    write(async (ctx, { params: { tenant }, body }) => {
      const { id: tenantId } = await readTenant(ctx, tenant);
      const {
        second_authority: secondAuthority,
        delete_data: deleteData,
        erasure_request: erasureRequest,
        ...rest
      } = body;
      return {
        body: viewOffboarding(
          await offboardTenant(ctx, { tenantId, secondAuthority, deleteData, erasureRequest, ...rest }),
        ),
      };
    }),
  );
  server.post(
    '/api/v1/tenants/:tenant/cancel-offboarding',
    {
      config,
      schema: { summary: 'Call the end of a tenant off', tags, params, body: offboardingReasonSchema, response },
    },
    write(async (ctx, { params: { tenant }, body }) => {
      const { id: tenantId } = await readTenant(ctx, tenant);
      return { body: viewOffboarding(await cancelOffboarding(ctx, { tenantId, ...body })) };
    }),
  );
  keepingRoutes(server);
}

function keepingRoutes(server: HttpServer): void {
  server.post(
    '/api/v1/tenants/:tenant/legal-hold',
    {
      config,
      schema: {
        summary: 'Keep the data of a tenant that leaves, or let it go',
        tags,
        params,
        body: legalHoldSchema,
        response,
      },
    },
    write(async (ctx, { params: { tenant }, body }) => {
      const { id: tenantId } = await readTenant(ctx, tenant);
      return { body: viewOffboarding(await setLegalHold(ctx, { tenantId, ...body })) };
    }),
  );
  server.post(
    '/api/v1/tenants/:tenant/erase',
    {
      config,
      schema: {
        summary: 'Delete the data of a tenant that has left now, without its retention',
        tags,
        params,
        body: eraseTenantSchema,
        response,
      },
    },
    write(async (ctx, { params, body: { confirm, ...body } }) => {
      const { id: tenantId, slug } = await readTenant(ctx, params.tenant);
      if (confirm !== slug) {
        throw new TenantryError('request.invalid', 'That is not the name of the tenant: nothing was touched.', {
          faults: [{ path: 'confirm', message: 'expects the slug of the tenant' }],
        });
      }
      return { body: viewOffboarding(await hastenDeletion(ctx, { tenantId, ...body })) };
    }),
  );
}

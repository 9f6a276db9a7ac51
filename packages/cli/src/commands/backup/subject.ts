import { TenantryError, tenantViewSchema } from '@tenantry/contract';
import type { Command } from 'commander';
import type { Client } from '../../client.ts';

/** Whose backups a command is about, as it was typed. */
export interface SubjectOptions {
  readonly product?: string;
  readonly environment: string;
  readonly self?: boolean;
}

export const withSubject = (command: Command): Command =>
  command
    .option('--product <id>', 'every database of this product')
    .option('--environment <name>', 'environment of the product', 'production')
    .option('--self', 'the control plane itself');

export interface SubjectWords {
  readonly tenant?: string;
  readonly product?: string;
  readonly environment?: string;
  readonly self?: boolean;
}

/** In the words of the API. @throws command.invalid unless exactly one is named */
export function wordsOf(tenant: string | undefined, { product, environment, self }: SubjectOptions): SubjectWords {
  const named = [tenant, product, self === true ? 'self' : undefined].filter((each) => each !== undefined);
  if (named.length !== 1) {
    throw new TenantryError('command.invalid', 'Whose backup is meant: a tenant’s, a product’s, the control plane’s?', {
      next: 'Name a tenant, or give --product ID or --self.',
    });
  }
  if (self === true) return { self };
  return tenant === undefined ? { product: product ?? '', environment } : { tenant, environment };
}

/** What has to be typed before it is overwritten: the slug of the tenant, or PRODUCT/ENVIRONMENT. */
export async function nameToConfirm(client: Client, { tenant, product, environment }: SubjectWords): Promise<string> {
  if (tenant === undefined) return `${product}/${environment}`;
  return (await client.get(`/api/v1/tenants/${encodeURIComponent(tenant)}`, tenantViewSchema)).slug;
}

import { describe, expect, it } from 'vitest';
import { importFaults } from './imports.mjs';

const MANIFESTS = {
  'packages/contract': { name: '@tenantry/contract', dependencies: ['zod'] },
  'packages/runbook': { name: '@tenantry/runbook', dependencies: ['@tenantry/contract', 'yaml'] },
  'packages/guard': { name: '@tenantry/guard', dependencies: [] },
  'packages/server': {
    name: '@tenantry/server',
    dependencies: ['@tenantry/contract', '@tenantry/runbook', '@tenantry/guard', 'graphile-worker', 'pg'],
  },
  'packages/cli': {
    name: 'tenantry',
    dependencies: ['@tenantry/contract', '@tenantry/runbook', '@tenantry/server', '@tenantry/guard'],
  },
  'examples/apps/cutlist': { name: '@tenantry/example-cutlist', dependencies: ['pg', '@tenantry/guard'] },
};

/** Messages for a repository of these files; imported files exist empty unless given. */
function messages(files: Readonly<Record<string, string>>): string[] {
  const sources = Object.entries(files).map(([path, source]) => ({ path, source }));
  return importFaults(sources, MANIFESTS).map(({ path, line, message }) => `${path}:${line} ${message}`);
}

const server = (path: string): string => `packages/server/src/${path}`;

describe('between domains of the server', () => {
  const tenants = { [server('tenants/index.ts')]: '', [server('tenants/load.ts')]: '' };

  it('a listed edge through index.ts passes', () => {
    const file = { [server('runbooks/runs.ts')]: "import { load } from '../tenants/index.ts';" };
    expect(messages({ ...tenants, ...file })).toEqual([]);
  });

  it('a listed edge past index.ts is refused, with file and line', () => {
    const file = { [server('runbooks/runs.ts')]: "\nimport { load } from '../tenants/load.ts';" };
    expect(messages({ ...tenants, ...file })).toEqual([
      'packages/server/src/runbooks/runs.ts:2 enters tenants past its index.ts',
    ]);
  });

  it.each(['engine', 'vault', 'audit', 'http', 'access', 'db', 'doctor', 'products'])(
    '%s knows no tenants',
    (domain) => {
      const file = { [server(`${domain}/x.ts`)]: "export { load } from '../tenants/index.ts';" };
      expect(messages({ ...tenants, ...file })).toEqual([
        `packages/server/src/${domain}/x.ts:1 ${domain} may not import tenants`,
      ]);
    },
  );

  it('a dynamic import and an inline type import count like any other', () => {
    const source = "const a = import('../tenants/index.ts');\ntype B = import('../tenants/index.ts').B;";
    expect(messages({ ...tenants, [server('engine/x.ts')]: source })).toHaveLength(2);
  });

  it('text that only looks like an import is not one', () => {
    const source = "// import '../tenants/index.ts';\nconst a = \"import '../tenants/index.ts'\";";
    expect(messages({ ...tenants, [server('engine/x.ts')]: source })).toEqual([]);
  });

  it('only routes reach http, and only the composition root may enter a domain by its routes', () => {
    const files = {
      [server('http/index.ts')]: '',
      [server('tenants/routes.ts')]: "import { problem } from '../http/index.ts';",
      [server('wire.ts')]: "import { tenantRoutes } from './tenants/routes.ts';",
    };
    expect(messages(files)).toEqual([]);
    expect(messages({ ...files, [server('tenants/load.ts')]: "import { problem } from '../http/index.ts';" })).toEqual([
      'packages/server/src/tenants/load.ts:1 tenants may not import http',
    ]);
  });

  it('a connector sees the kit and the contract, not another connector nor a domain', () => {
    const kit = { [server('connectors/kit/index.ts')]: '', [server('connectors/smtp/index.ts')]: '' };
    const good =
      "import { defineAction } from '../kit/index.ts';\nimport { TenantryError } from '@tenantry/contract';\nimport pg from 'pg';";
    expect(messages({ ...kit, [server('connectors/postgres/row.ts')]: good })).toEqual([]);
    const bad = "import '../smtp/index.ts';\nimport '../../vault/index.ts';\nimport { plan } from '@tenantry/runbook';";
    expect(messages({ ...kit, [server('vault/index.ts')]: '', [server('connectors/postgres/row.ts')]: bad })).toEqual([
      'packages/server/src/connectors/postgres/row.ts:1 connectors/postgres may not import connectors/smtp',
      'packages/server/src/connectors/postgres/row.ts:2 connectors/postgres may not import vault',
      'packages/server/src/connectors/postgres/row.ts:3 connectors/postgres may not import @tenantry/runbook',
    ]);
  });

  it('no domain knows the composition root', () => {
    const files = { [server('config.ts')]: '', [server('tenants/x.ts')]: "import { config } from '../config.ts';" };
    expect(messages(files)[0]).toContain('only the composition root knows');
  });

  it('a folder the rules do not name is refused, so that nothing escapes them', () => {
    const files = { ...tenants, [server('helpers/x.ts')]: "import '../tenants/index.ts';" };
    expect(messages(files)[0]).toContain('helpers is not in scripts/checks/import-rules.mjs');
  });

  it('tests cross the lines, and only tests may import what stands in testing/', () => {
    const files = { ...tenants, [server('db/testing/database.ts')]: '' };
    expect(messages({ ...files, [server('engine/x.test.ts')]: "import '../tenants/load.ts';" })).toEqual([]);
    expect(messages({ ...files, [server('db/pool.ts')]: "import './testing/database.ts';" })[0]).toContain(
      'only tests',
    );
  });
});

describe('between packages', () => {
  it("another package's src is out of reach, by path and by name", () => {
    const files = {
      'packages/contract/src/errors.ts': '',
      [server('tenants/x.ts')]: "import '../../../contract/src/errors.ts';\nimport '@tenantry/contract/src/errors.ts';",
    };
    expect(messages(files)).toEqual([
      expect.stringContaining(':1 reaches into another package by path'),
      expect.stringContaining(':2 imports the src of contract'),
    ]);
  });

  it('guard takes types from contract and nothing that runs', () => {
    expect(messages({ 'packages/guard/src/a.ts': "import type { ErrorCode } from '@tenantry/contract';" })).toEqual([]);
    expect(messages({ 'packages/guard/src/a.ts': "import { bug } from '@tenantry/contract';" })[0]).toContain(
      'guard may not import contract (or types only)',
    );
  });

  it('of the CLI only up and worker start the server', () => {
    const source = "await import('@tenantry/server');";
    expect(
      messages({ 'packages/cli/src/commands/up.ts': source, 'packages/cli/src/commands/worker.ts': source }),
    ).toEqual([]);
    expect(messages({ 'packages/cli/src/commands/run-list.ts': source })[0]).toContain(
      'only the commands up and worker',
    );
  });

  it('a library must be a declared dependency of the package that imports it', () => {
    expect(messages({ 'packages/contract/src/a.ts': "import YAML from 'yaml';" })).toEqual([
      'packages/contract/src/a.ts:1 yaml is not a dependency in packages/contract/package.json',
    ]);
  });

  it('the queue and the embedded database stay in the one folder that could replace them', () => {
    const source = "import { run } from 'graphile-worker';";
    expect(messages({ [server('engine/x.ts')]: source })).toEqual([]);
    expect(messages({ [server('runbooks/x.ts')]: source })).toEqual([
      'packages/server/src/runbooks/x.ts:1 graphile-worker stays inside engine',
    ]);
  });

  it('a Node module is named with node:', () => {
    expect(messages({ [server('db/x.ts')]: "import fs from 'fs';" })[0]).toContain('write node:fs');
  });
});

describe('purity', () => {
  it('the runbook package imports nothing of Node and reads no clock', () => {
    const source =
      "import { createHash } from 'node:crypto';\nexport const now = () => Date.now();\nconst d = new Date();";
    expect(messages({ 'packages/runbook/src/a.ts': source })).toEqual([
      'packages/runbook/src/a.ts:1 packages/runbook runs in browsers and may not import node:crypto',
      'packages/runbook/src/a.ts:2 pure code uses Date.now(); take it as an argument',
      'packages/runbook/src/a.ts:3 pure code uses new Date(); take it as an argument',
    ]);
  });

  it('core/ may hash and parse a date it is given; it may not reach a library, the environment or files beside it', () => {
    const core = server('tenants/core/lifecycle.ts');
    const good = "import { createHash } from 'node:crypto';\nimport type { Row } from '../tables.ts';\nnew Date(at);";
    expect(messages({ [server('tenants/tables.ts')]: '', [core]: good })).toEqual([]);
    const bad =
      "import { randomUUID } from 'node:crypto';\nimport 'pg';\nimport { t } from '../tables.ts';\nprocess.env.HOME;";
    expect(messages({ [server('tenants/tables.ts')]: '', [core]: bad })).toEqual([
      expect.stringContaining(':1 core/ may not import node:crypto'),
      expect.stringContaining(':2 pure code may not import pg'),
      expect.stringContaining(':3 core/ imports packages/server/src/tenants/tables.ts'),
      expect.stringContaining(':4 pure code uses process'),
    ]);
  });
});

describe('the graph of files', () => {
  it('a cycle is one fault that names its files in order', () => {
    const files = {
      'packages/contract/src/a.ts': "import './b.ts';",
      'packages/contract/src/b.ts': "import './c.ts';",
      'packages/contract/src/c.ts': "import type { A } from './a.ts';",
    };
    expect(messages(files)).toEqual([
      'packages/contract/src/c.ts:1 import cycle: packages/contract/src/a.ts -> packages/contract/src/b.ts -> packages/contract/src/c.ts -> packages/contract/src/a.ts',
    ]);
  });

  it('an import of a file that does not exist is named', () => {
    expect(messages({ 'packages/contract/src/a.ts': "import './gone.ts';" })).toEqual([
      'packages/contract/src/a.ts:1 there is no file packages/contract/src/gone.ts',
    ]);
  });
});

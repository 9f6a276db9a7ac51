/**
 * The rules of tenant isolation by row-level security, over facts read from the catalogue (PDB-03 to PDB-08,
 * CH-11, CH-12). Pure: the same facts give the same findings.
 */

export const VERBS = ['select', 'insert', 'update', 'delete'] as const;
export type Verb = (typeof VERBS)[number];

export interface PolicyFacts {
  readonly name: string;
  readonly verb: Verb | 'all';
  readonly permissive: boolean;
  /** Whether it holds for the application's role. */
  readonly applies: boolean;
  /** As `pg_get_expr` prints it; undefined where the clause is absent. */
  readonly using: string | undefined;
  readonly check: string | undefined;
  /** Functions of the user's own that the policy calls and that PostgreSQL may not evaluate once. */
  readonly volatileFunctions: readonly string[];
  /** Functions of the user's own that give one answer for a statement. */
  readonly stableFunctions?: readonly string[];
}

export interface TableFacts {
  readonly name: string;
  readonly enabled: boolean;
  readonly forced: boolean;
  /** The application's role owns it, or is a member of its owner. */
  readonly owned: boolean;
  readonly tenantIndex: boolean;
  /** Privileges that row-level security does not look at. */
  readonly truncate: boolean;
  readonly policies: readonly PolicyFacts[];
}

export interface RoleFacts {
  readonly name: string;
  readonly superuser: boolean;
  readonly bypass: boolean;
  /** Roles no policy binds that it is a member of, and may therefore become. */
  readonly becomes?: readonly string[];
}

/** A view or function that reads tenant tables with the rights of an owner whom no policy binds. */
export interface DetourFacts {
  readonly kind: 'view' | 'materialized view' | 'function';
  readonly name: string;
  readonly owner: string;
}

/** A role that logs in and reads the rows of every tenant in a table. */
export interface UserFacts {
  readonly name: string;
  readonly table: string;
  readonly how: 'unprotected' | 'bypasses' | 'open_policy';
}

export interface Facts {
  readonly role: RoleFacts;
  readonly tables: readonly TableFacts[];
  readonly detours: readonly DetourFacts[];
  readonly users?: readonly UserFacts[];
}

export interface Finding {
  /** `critical`: another tenant's rows can be reached. `warning`: slow, brittle, or one step from critical. */
  readonly severity: 'critical' | 'warning';
  readonly rule: string;
  /** A table, role, view or function. */
  readonly subject: string;
  readonly message: string;
}

export const bypasses = (role: RoleFacts): boolean => role.superuser || role.bypass;

const covers = (policy: PolicyFacts, verb: Verb): boolean =>
  policy.applies && (policy.verb === 'all' || policy.verb === verb);

const critical = (rule: string, subject: string, message: string): Finding => ({
  severity: 'critical',
  rule,
  subject,
  message,
});
const warning = (rule: string, subject: string, message: string): Finding => ({
  severity: 'warning',
  rule,
  subject,
  message,
});

/** Every finding at once, role first, then table by table. */
export function findFaults(facts: Facts): Finding[] {
  return [
    ...roleFaults(facts.role),
    ...facts.tables.flatMap((table) => [
      ...tableFaults(table),
      ...table.policies.flatMap((policy) => policyFaults(table, policy)),
    ]),
    ...facts.detours.map(detourFault),
    ...(facts.users ?? []).map(userFault),
  ];
}

/** What a view shows is certain; what a function does with its owner's rights is for a person to read. */
function detourFault({ kind, name, owner }: DetourFacts): Finding {
  const message = `This ${kind} runs as ${owner}, whom no policy binds.`;
  return kind === 'function' ? warning('detour', name, message) : critical('detour', name, message);
}

/** A policy that lets every row through may be meant, as for whoever provisions; a table without one is not (CH-13). */
function userFault({ name, table, how }: UserFacts): Finding {
  if (how === 'unprotected') {
    return critical(
      'user_sees_everyone',
      name,
      `The role reads ${table}, which nothing protects: it sees every tenant.`,
    );
  }
  const why = how === 'bypasses' ? 'it has BYPASSRLS' : 'a policy lets every row through';
  return warning('user_sees_everyone', name, `The role reads every tenant in ${table}: ${why}.`);
}

function roleFaults(role: RoleFacts): Finding[] {
  if (role.superuser)
    return [critical('role_bypasses', role.name, 'The role is a superuser: no policy applies to it.')];
  if (role.bypass) return [critical('role_bypasses', role.name, 'The role has BYPASSRLS: no policy applies to it.')];
  return (role.becomes ?? []).map((other) =>
    critical('role_bypasses', role.name, `The role may SET ROLE to ${other}, whom no policy binds.`),
  );
}

function tableFaults(table: TableFacts): Finding[] {
  const faults: Finding[] = [];
  if (!table.enabled) return [critical('unprotected', table.name, 'Row-level security is not enabled.')];
  if (table.owned && !table.forced) {
    faults.push(
      critical('owner', table.name, 'The role owns the table and row-level security is not forced on owners.'),
    );
  } else if (!table.forced) {
    faults.push(warning('not_forced', table.name, 'Row-level security is not forced: the owner sees every tenant.'));
  } else if (table.owned) {
    faults.push(warning('owner', table.name, 'The role owns the table and can switch its protection off.'));
  }
  const missing = VERBS.filter((verb) => !table.policies.some((policy) => policy.permissive && covers(policy, verb)));
  if (missing.length > 0) {
    faults.push(
      warning('verb_missing', table.name, `No policy permits ${missing.join(', ')}: the application gets no rows.`),
    );
  }
  if (!table.tenantIndex) {
    faults.push(
      warning('tenant_index', table.name, 'No index leads with the tenant column: every query scans all tenants.'),
    );
  }
  if (table.truncate) {
    faults.push(critical('truncate', table.name, 'The role may TRUNCATE, which no policy limits.'));
  }
  return faults;
}

function policyFaults(table: TableFacts, policy: PolicyFacts): Finding[] {
  if (!policy.applies) return [];
  const subject = `${table.name} (${policy.name})`;
  const faults: Finding[] = [];
  const expressions = [policy.using, policy.check].filter((text) => text !== undefined);
  if (policy.permissive && expressions.some(isOpen)) {
    faults.push(critical('open_policy', subject, 'The policy lets every row through.'));
  }
  if (policy.verb !== 'select' && policy.verb !== 'delete' && policy.check === undefined) {
    faults.push(
      warning(
        'with_check',
        subject,
        'WITH CHECK is not written: say which rows may be written, not only which are seen.',
      ),
    );
  }
  const settings = expressions.flatMap(settingsIn);
  if (settings.some((setting) => !setting.wrapped)) {
    faults.push(
      warning(
        'unwrapped_setting',
        subject,
        'current_setting stands outside a (select …): it is evaluated for every row.',
      ),
    );
  }
  if (settings.some((setting) => !setting.missingOk)) {
    faults.push(
      warning(
        'setting_missing',
        subject,
        'current_setting lacks its second argument true: it fails when no tenant is set.',
      ),
    );
  }
  if (settings.some((setting) => setting.cast && !setting.nullif)) {
    faults.push(
      warning(
        'setting_empty',
        subject,
        "The setting is cast without nullif(…, ''): it fails after a transaction on a pooled connection.",
      ),
    );
  }
  const perRow = (policy.stableFunctions ?? []).filter((name) =>
    expressions.some((text) => callsUnwrapped(text, name)),
  );
  if (perRow.length > 0) {
    faults.push(
      warning(
        'unwrapped_function',
        subject,
        `${perRow.join(', ')} stands outside a (select …): it is evaluated for every row.`,
      ),
    );
  }
  if (policy.volatileFunctions.length > 0) {
    faults.push(
      warning('volatile_function', subject, `It calls ${policy.volatileFunctions.join(', ')} for every row.`),
    );
  }
  return faults;
}

const isOpen = (expression: string): boolean => /^\(*true\)*$/i.test(expression.trim());

interface Setting {
  readonly wrapped: boolean;
  readonly missingOk: boolean;
  readonly nullif: boolean;
  readonly cast: boolean;
}

const SETTING = /current_setting\(('(?:[^']|'')*')(?:::text)?(, true)?\)/gi;

/** Each `current_setting` of an expression as PostgreSQL prints it back. */
export function settingsIn(expression: string): Setting[] {
  return [...expression.matchAll(SETTING)].map((match) => {
    return {
      wrapped: isWrapped(expression, match.index),
      missingOk: match[2] !== undefined,
      nullif: /nullif\($/i.test(expression.slice(0, match.index)),
      cast: /^(, ''::text)?\)*::(?!text\b)/i.test(expression.slice(match.index + match[0].length)),
    };
  });
}

/** Inside a `(select …)`, which PostgreSQL evaluates once. */
const isWrapped = (expression: string, position: number): boolean =>
  enclosing(expression, position).some((text) => /^\(\s*select\b/i.test(text));

/** Whether a function is called outside every `(select …)` of an expression as PostgreSQL prints it back. */
function callsUnwrapped(expression: string, name: string): boolean {
  const call = new RegExp(`(?<![\\w"])"?${name.replaceAll(/[^\w]/g, '\\$&')}"?\\(`, 'g');
  return [...expression.matchAll(call)].some(({ index }) => !isWrapped(expression, index));
}

/** The text of every open parenthesis around a position, from the outside in. */
function enclosing(expression: string, position: number): string[] {
  const open: number[] = [];
  let quoted = false;
  for (let at = 0; at < position; at += 1) {
    const letter = expression[at];
    if (letter === "'") quoted = !quoted;
    else if (!quoted && letter === '(') open.push(at);
    else if (!quoted && letter === ')') open.pop();
  }
  return open.map((at) => expression.slice(at));
}

/**
 * Users of tenants on the wire: `/api/auth` (spelled as the seed spells it, in camel case), `/api/account` for a user
 * with an access token, and `/api/v1/tenants/:tenant/users` for operators.
 */
import { z } from 'zod';

const time = z.iso.datetime();
const email = z.email().max(320);
const password = z.string().min(1).max(2_000);
const name = z.string().trim().min(1).max(255);
const token = z.string().min(1).max(200);

/** What a role of a product may do, in words all products share (CH-34). */
export const tenantPermissionSchema = z.enum(['owner_admin', 'manager', 'member', 'end_customer']);

/** `POST /api/auth/register` */
export const registerRequestSchema = z.strictObject({
  email,
  password,
  fullName: name,
  company: name.describe('Name of the tenant that is made'),
  product: z.string().max(50).optional().describe('Only where several products let people register'),
});

export const loginRequestSchema = z.strictObject({
  tenant: z.string().min(1).max(100).describe('Id or slug'),
  email,
  password,
  code: z.string().max(100).optional().describe('Of the authenticator app, or a recovery code'),
});

export const refreshRequestSchema = z.strictObject({ refreshToken: token });

export const authUserSchema = z.object({
  id: z.string(),
  tenantId: z.string(),
  email: z.string(),
  fullName: z.string(),
  role: z.string(),
  emailVerified: z.boolean(),
});

/** What registering, logging in and refreshing answer. */
export const issuedTokensSchema = z.object({
  accessToken: z.string().describe('For the header Authorization, as a Bearer token; lives minutes'),
  refreshToken: z.string().describe('Works once; used twice, everything of this log-in ends'),
  user: authUserSchema,
});

export const changePasswordRequestSchema = loginRequestSchema.extend({ next: password });

export const mailRequestSchema = z.strictObject({ tenant: z.string().min(1).max(100), email });

/** A user changes their own address. */
export const emailChangeSchema = z.strictObject({ email, password });

/** An operator gives a user another address. */
export const emailSettingSchema = z.strictObject({ email, reason: z.string().trim().min(1).max(1_000) });

export const tokenPasswordSchema = z.strictObject({ token, password });

export const tokenRequestSchema = z.strictObject({ token });

export const userViewSchema = z.object({
  id: z.string(),
  email: z.string(),
  full_name: z.string(),
  role: z.string(),
  status: z.enum(['active', 'disabled', 'invited']),
  pilot: z.boolean().describe('May log in before go-live'),
  must_change_password: z.boolean(),
  email_verified_at: time.nullable(),
  last_login_at: time.nullable(),
  created_at: time,
});

export const inviteRequestSchema = z.strictObject({
  email,
  full_name: name,
  role: z.string().max(50),
  pilot: z.boolean().optional(),
});

export const userChangesSchema = z.strictObject({
  full_name: name.optional(),
  role: z.string().max(50).optional(),
  status: z.enum(['active', 'disabled']).optional(),
  pilot: z.boolean().optional(),
  reason: z.string().trim().min(1).max(1_000).optional(),
});

export const reasonRequestSchema = z.strictObject({ reason: z.string().trim().min(1).max(1_000) });

export const codeRequestSchema = z.strictObject({ code: z.string().min(1).max(100) });

/** What shows that the one with the session is still the user. */
export const recoveryRenewalSchema = z
  .strictObject({
    password: password.optional(),
    code: z.string().min(1).max(100).optional().describe('Of the authenticator app; no recovery code'),
  })
  .refine(({ password, code }) => (password === undefined) !== (code === undefined), {
    message: 'expects either the password or a code of the authenticator app',
  });

/** What an authenticator app is set up with; shown once. */
export const enrolmentSchema = z.object({
  uri: z.string().describe('otpauth://…, as in the picture'),
  key: z.string().describe('Base32, for typing'),
  picture: z.string().describe('PNG of the QR code, as a data: address'),
});

export const recoveryCodesSchema = z.object({ recovery_codes: z.array(z.string()).describe('Each works once') });

export const sessionViewSchema = z.object({
  id: z.string(),
  kind: z.enum(['browser', 'token']),
  methods: z.array(z.string()).describe('How the user proved who they are (RFC 8176)'),
  address: z.string(),
  device: z.string().describe('As the browser names itself'),
  created_at: time,
  last_seen_at: time.describe('Up to a minute late'),
  ends_at: time.describe('Unless it is used before'),
  current: z.boolean().describe('The session of this request'),
});

export const sessionListSchema = z.object({ items: z.array(sessionViewSchema) });

const seconds = z.int().positive();

/** What a tenant asks of its users' log-ins. */
export const loginPolicySchema = z.object({
  idle_seconds: seconds,
  absolute_seconds: seconds,
  access_token_seconds: seconds,
  refresh_seconds: seconds,
  mfa_required: z.boolean(),
  ip_allow: z.array(z.string()).describe('CIDR ranges; empty lets every address in'),
  passwords_enabled: z.boolean(),
});

export const loginPolicyChangesSchema = z.strictObject({
  ...loginPolicySchema.partial().shape,
  reason: z.string().trim().min(1).max(1_000).optional(),
});

/** The report on a list of users. Rows count as in a spreadsheet: the header is row 1. */
export const userListReportSchema = z.object({
  rows: z.int(),
  created: z.int(),
  existing: z.int().describe('The tenant had these addresses already; they stay as they are'),
  faults_total: z.int(),
  faults: z
    .array(z.object({ row: z.int(), email: z.string().nullable(), problem: z.string() }))
    .describe('The first ten thousand'),
});

export type IssuedTokensView = z.infer<typeof issuedTokensSchema>;
export type UserView = z.infer<typeof userViewSchema>;
export type SessionView = z.infer<typeof sessionViewSchema>;
export type LoginPolicyView = z.infer<typeof loginPolicySchema>;
export type UserListReportView = z.infer<typeof userListReportSchema>;

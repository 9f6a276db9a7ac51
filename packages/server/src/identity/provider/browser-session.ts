import { Secret } from '../../connectors/kit/index.ts';
import type { UserSession } from '../authentication.ts';
import type { UserDoor } from './user-door.ts';

export interface CookieRules {
  /** The `__Host-` prefix makes the browser insist on Secure, Path=/ and no Domain (RFC 6265bis 4.1.3.2). */
  readonly userCookie: string;
  readonly formCookie: string;
  readonly secure: boolean;
}

/** Without HTTPS, as in development on one machine, browsers refuse the prefix. */
export function cookieRules(publicUrl: string): CookieRules {
  const secure = publicUrl.startsWith('https:');
  const prefix = secure ? '__Host-' : '';
  return { userCookie: `${prefix}tenantry_user`, formCookie: `${prefix}tenantry_form`, secure };
}

/** Lax: the way back from an application is a link from another site. */
export const cookieText = ({ secure }: CookieRules, name: string, value: string): string =>
  `${name}=${value}; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}${value === '' ? '; Max-Age=0' : ''}`;

export function readCookie(header: string | undefined, name: string): string | undefined {
  const pair = (header ?? '')
    .split(';')
    .map((each) => each.trim())
    .find((each) => each.startsWith(`${name}=`));
  const value = pair?.slice(name.length + 1);
  return value === undefined || value === '' ? undefined : value;
}

export interface BrowserRequest {
  /** The whole Cookie header. */
  readonly cookie: string | undefined;
  /** IP address. */
  readonly address: string;
  readonly now: Date;
}

/** The user's session of this browser; reading it counts as activity. */
export async function findBrowserSession(
  users: UserDoor,
  rules: CookieRules,
  request: BrowserRequest,
): Promise<UserSession | undefined> {
  const token = readCookie(request.cookie, rules.userCookie);
  return token === undefined ? undefined : users.findSession(new Secret(token), request.now, request.address);
}

/** As much of a browser as a log-in needs: cookies by path, redirects one at a time, forms as they stand in a page. */
export interface Answer {
  readonly url: string;
  readonly status: number;
  readonly location: string | undefined;
  readonly headers: Headers;
  readonly text: string;
}

export interface Browser {
  readonly cookies: Map<string, { readonly value: string; readonly path: string }>;
  get(url: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Fills in the form of a page and sends it, with every hidden field it has. */
  submit(
    page: Answer,
    fields: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>;
  post(
    url: string,
    fields: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>;
  /** Follows redirects as long as they stay on this origin. */
  follow(answer: Answer): Promise<Answer>;
}

export function openBrowser(origin: string): Browser {
  const cookies: Browser['cookies'] = new Map();
  const send = async (url: string, init: RequestInit, headers: Readonly<Record<string, string>>): Promise<Answer> => {
    const { pathname } = new URL(url);
    const sent = [...cookies]
      .filter(([, { path }]) => pathname.startsWith(path))
      .map(([name, { value }]) => `${name}=${value}`);
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: { ...(sent.length === 0 ? {} : { cookie: sent.join('; ') }), ...headers },
    });
    for (const line of response.headers.getSetCookie()) keepCookie(cookies, line);
    const location = response.headers.get('location');
    return {
      url,
      status: response.status,
      location: location === null ? undefined : new URL(location, url).href,
      headers: response.headers,
      text: await response.text(),
    };
  };
  const post: Browser['post'] = (url, fields, headers = {}) =>
    send(url, { method: 'POST', body: new URLSearchParams(fields) }, headers);
  const browser: Browser = {
    cookies,
    get: (url, headers = {}) => send(url, { method: 'GET' }, headers),
    post,
    submit: (page, fields, headers = {}) => {
      const { action, hidden } = formOf(page);
      return post(action, { ...hidden, act: 'go', ...fields }, { origin, ...headers });
    },
    follow: async (answer) => {
      let current = answer;
      while (current.location?.startsWith(`${origin}/`) === true) current = await browser.get(current.location);
      return current;
    },
  };
  return browser;
}

function keepCookie(cookies: Browser['cookies'], line: string): void {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
  const [name = '', value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
  const path = attributes.find((each) => /^path=/i.test(each))?.slice('path='.length) ?? '/';
  const gone =
    value === '' || attributes.some((each) => /^max-age=0$/i.test(each) || /^expires=thu, 01 jan 1970/i.test(each));
  if (gone) cookies.delete(name);
  else cookies.set(name, { value, path });
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};
export const unescapeHtml = (text: string): string =>
  text.replaceAll(/&(amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? entity);

/** The first form of a page. */
export function formOf(page: Answer): { readonly action: string; readonly hidden: Readonly<Record<string, string>> } {
  const form = /<form method="post" action="([^"]*)">([\s\S]*?)<\/form>/.exec(page.text);
  if (form === null) throw new Error(`no form in ${page.status} ${page.url}: ${page.text.slice(0, 2_000)}`);
  const [, action = '', body = ''] = form;
  const inputs = [...body.matchAll(/<input type="hidden" name="([^"]*)"(?: autocomplete="[^"]*")? value="([^"]*)">/g)];
  return {
    action: new URL(unescapeHtml(action), page.url).href,
    hidden: Object.fromEntries(inputs.map(([, name = '', value = '']) => [name, unescapeHtml(value)])),
  };
}

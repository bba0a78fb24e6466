/** A page as a browser without a window has it. */
export interface Shown {
  /** Where it is, after redirects. */
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

interface Cookie {
  readonly value: string;
  readonly path: string;
}

const MOST_REDIRECTS = 20;

/**
 * A browser of a person, without a window or scripts: it keeps cookies by host, follows redirects, and sends forms as browsers
 * do. Every address it was sent to is written down.
 */
export class Headless {
  readonly visited: string[] = [];
  readonly #cookies = new Map<string, Cookie>();
  readonly #language: string;

  constructor(language = 'en') {
    this.#language = language;
  }

  /** Opens an address that a person typed, or a program opened. */
  open(url: string): Promise<Shown> {
    return this.#request(url, { 'Sec-Fetch-Site': 'none' });
  }

  /** Follows a link that stands on a page. */
  follow(page: Shown, words: string): Promise<Shown> {
    const [, href] = new RegExp(`<a href="([^"]*)">[^<]*(?:<bdi>)?[^<]*${words}`).exec(page.text) ?? [];
    if (href === undefined) throw new Error(`no link '${words}' on ${page.url}:\n${page.text}`);
    return this.#request(new URL(unescaped(href), page.url).href, { 'Sec-Fetch-Site': 'same-origin' });
  }

  /** Sends the form of a page with what stands in it; `fields` are typed or chosen by the person. */
  submit(page: Shown, fields: Readonly<Record<string, string>> = {}): Promise<Shown> {
    const [, attributes = '', inside] = /<form([^>]*)>(.*?)<\/form>/s.exec(page.text) ?? [];
    if (inside === undefined) throw new Error(`no form on ${page.url} (${page.status}):\n${page.text}`);
    const action = /action="([^"]*)"/.exec(attributes)?.[1] ?? page.url;
    const sent = new URLSearchParams();
    for (const [tag] of inside.matchAll(/<input[^>]*>/g)) {
      const [name, value] = ['name', 'value'].map(
        (each) => new RegExp(`\\b${each}="([^"]*)"`).exec(tag)?.[1],
      );
      if (name !== undefined && value !== undefined) sent.set(name, unescaped(value));
    }
    for (const [name, value] of Object.entries(fields)) sent.set(name, value);
    const to = new URL(unescaped(action), page.url);
    return this.post(to.href, sent, { 'Sec-Fetch-Site': 'same-origin', Origin: to.origin });
  }

  /** Sends a form that no page had: what a page of another site does. */
  post(url: string, fields: URLSearchParams, headers: Readonly<Record<string, string>>): Promise<Shown> {
    return this.#request(url, headers, fields);
  }

  /** What a script of the registry's own pages sends: signing in with a secret. */
  async signIn(url: string, secret: Readonly<Record<string, string>>): Promise<void> {
    const response = await fetch(new URL('/console/session', url), {
      method: 'POST',
      headers: this.#asScript(url),
      body: JSON.stringify(secret),
    });
    if (response.status !== 200) throw new Error(`signing in: ${response.status} ${await response.text()}`);
    await response.body?.cancel();
    this.#take(response);
  }

  /**
   * On a page that asks to sign in: goes to the provider, signs in there, and comes back. The provider's page takes a name and
   * no password.
   */
  async throughProvider(page: Shown, label: string, user: string): Promise<Shown> {
    const there = await this.follow(page, label);
    if (!new URL(there.url).pathname.startsWith('/interaction/')) return there;
    return this.post(there.url, new URLSearchParams({ prompt: 'login', login: user }), {});
  }

  /** What a tab of the console sends whose person chose another of their accounts. */
  async chooseAccount(url: string, account: string): Promise<void> {
    const response = await fetch(new URL('/console/session/token', url), {
      method: 'POST',
      headers: this.#asScript(url),
      body: JSON.stringify({ account }),
    });
    if (response.status !== 200) throw new Error(`choosing an account: ${response.status}`);
    await response.body?.cancel();
    this.#take(response);
  }

  async signOut(url: string): Promise<void> {
    const response = await fetch(new URL('/console/session', url), {
      method: 'DELETE',
      headers: this.#asScript(url),
    });
    if (response.status !== 204) throw new Error(`signing out: ${response.status} ${await response.text()}`);
    this.#take(response);
  }

  #asScript(url: string): Record<string, string> {
    return {
      'Content-Type': 'application/json',
      'X-Tidegate-Console': '1',
      'Sec-Fetch-Site': 'same-origin',
      Origin: new URL(url).origin,
      ...this.#cookieHeader('/console/session'),
    };
  }

  async #request(
    url: string,
    headers: Readonly<Record<string, string>>,
    form?: URLSearchParams,
  ): Promise<Shown> {
    let [to, body] = [url, form];
    for (let redirects = 0; redirects < MOST_REDIRECTS; redirects += 1) {
      this.visited.push(to);
      const response = await fetch(to, {
        method: body ? 'POST' : 'GET',
        redirect: 'manual',
        headers: {
          Accept: 'text/html,*/*',
          'Accept-Language': this.#language,
          ...headers,
          ...this.#cookieHeader(new URL(to).pathname),
        },
        ...(body ? { body } : {}),
      });
      this.#take(response);
      const text = await response.text();
      const location = leadingTo(response);
      if (location === undefined)
        return { url: to, status: response.status, headers: response.headers, text };
      to = new URL(location, to).href;
      body = undefined;
    }
    throw new Error(`too many redirects: ${this.visited.slice(-3).join(' ')}`);
  }

  #cookieHeader(path: string): Record<string, string> {
    const sent = [...this.#cookies]
      .filter(([, cookie]) => path.startsWith(cookie.path))
      .map(([name, { value }]) => `${name}=${value}`);
    return sent.length > 0 ? { Cookie: sent.join('; ') } : {};
  }

  #take({ headers }: Response): void {
    for (const line of headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(/; */);
      const [name = '', value = ''] = pair.split(/=(.*)/s);
      const attribute = (wanted: string) =>
        attributes.find((each) => each.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1);
      const isOver =
        attribute('max-age') === '0' || Date.parse(attribute('expires') ?? '9999-01-01') < 86_400_000;
      if (isOver || value === '') this.#cookies.delete(name);
      else this.#cookies.set(name, { value, path: attribute('path') ?? '/' });
    }
  }
}

const unescaped = (text: string): string =>
  text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

/** Where a redirect leads, or a page that goes on by itself. */
const leadingTo = ({ status, headers }: Response): string | undefined => {
  if (status >= 300 && status < 400) return headers.get('location') ?? undefined;
  return /^0; *url=(.*)$/.exec(headers.get('refresh') ?? '')?.[1];
};

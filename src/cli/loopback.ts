import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the login page sent back: a code, or why there is none. */
export type LoginAnswer = { readonly code: string } | { readonly error: string };

const PATH = '/callback';

/** Says nothing of the answer: the person's browser keeps the page. */
const pageOf = (text: string): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>Tidegate</title><p>${text}</p></html>\n`;

const HEADERS = {
  'Content-Type': 'text/html; charset=utf-8',
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  Connection: 'close',
};

/**
 * Waits on a free port of this machine for the answer of the login page (RFC 8252, 7.3). What does not have the state of
 * this login and the issuer's name is refused, and it waits on; after one answer that has, it is closed.
 */
export class Loopback implements AsyncDisposable {
  readonly #server = createServer({ maxHeaderSize: 8192, requestTimeout: 10_000 });
  readonly #expected: { readonly state: string; readonly issuer: string };
  readonly #answered = Promise.withResolvers<LoginAnswer>();

  private constructor(expected: { state: string; issuer: string }) {
    this.#expected = expected;
    this.#server.maxConnections = 20;
    this.#server.on('request', (request, response) => this.#receive(request, response));
  }

  static async open(expected: { state: string; issuer: string }): Promise<Loopback> {
    const loopback = new Loopback(expected);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    loopback.#server.once('error', reject).listen(0, '127.0.0.1', resolve);
    await promise;
    return loopback;
  }

  get redirectUri(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}${PATH}`;
  }

  /** The one answer to this login. */
  get answer(): Promise<LoginAnswer> {
    return this.#answered.promise;
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    const own = new URL(this.redirectUri);
    const url = URL.parse(request.url ?? '', own);
    // another name that leads here is a page of another site
    if (request.method !== 'GET' || url?.pathname !== PATH || request.headers.host !== own.host) {
      response.writeHead(404, HEADERS).end(pageOf('There is nothing here.'));
      return;
    }
    const answer = this.#answerIn(url.searchParams);
    if (!answer) {
      response.writeHead(400, HEADERS).end(pageOf('This is not the answer to the login that waits here.'));
      return;
    }
    const text =
      'code' in answer
        ? 'Go back to the command line. You can close this page.'
        : 'Nothing was logged in. You can close this page.';
    response.writeHead(200, HEADERS).end(pageOf(text), () => {
      this.#answered.resolve(answer);
      this.#close();
    });
    this.#server.close();
  }

  #answerIn(query: URLSearchParams): LoginAnswer | undefined {
    const { state, issuer } = this.#expected;
    if (query.get('state') !== state || query.get('iss') !== issuer) return undefined;
    const [code, error] = [query.get('code'), query.get('error')];
    if (error) return { error };
    return code ? { code } : undefined;
  }

  #close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
  }
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a server that is not a Tidegate answers: a proxy, a web site, or a hostile server. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server on a free loopback port that is not a Tidegate. */
export class Stranger implements AsyncDisposable {
  readonly #server;
  /** `METHOD /path` of every request so far. */
  readonly seen: string[] = [];

  constructor(answer: Answer) {
    this.#server = createServer((request, response) => {
      this.seen.push(`${request.method} ${request.url}`);
      request.resume().once('end', () => answer(request, response));
    });
  }

  async listen(): Promise<this> {
    await new Promise<void>((listening) => this.#server.listen(0, '127.0.0.1', listening));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }
}

export const startStranger = (answer: Answer): Promise<Stranger> => new Stranger(answer).listen();

/** A JSON answer. */
export const says = (
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
};

import { Bodies, type BodyLimits } from '../../src/http/bodies.ts';
import type { ConnectionLimits } from '../../src/http/connections.ts';
import { endAndDrain } from '../../src/http/drain.ts';
import { problemOf } from '../../src/http/problem.ts';
import type { Request } from '../../src/http/request.ts';
import { HttpServer } from '../../src/http/server.ts';
import type { UnsentLimits } from '../../src/http/unsent.ts';
import { silentLog } from '../../src/observe/log.ts';
import { Metrics } from '../../src/observe/metrics.ts';

export interface HallOptions {
  readonly bodies?: BodyLimits;
  readonly connections?: ConnectionLimits;
  readonly isProxy?: (address: string) => boolean;
  readonly unsent?: UnsentLimits;
  /** Bytes of the answer at /large. */
  readonly large?: number;
}

/** The server and what reads bodies, with bounds a test can reach: it answers every request with the length of its body. */
export class Hall implements AsyncDisposable {
  readonly bodies: Bodies;
  readonly url: string;
  /** Requests that wait until the test lets them be answered, where it holds them back. */
  readonly waiting: (() => void)[] = [];
  holdsBack = false;
  /** Answers whose connection was closed before they were sent. */
  cut = 0;
  readonly #server: HttpServer;

  private constructor(server: HttpServer, bodies: Bodies, port: number) {
    this.#server = server;
    this.bodies = bodies;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async open({ bodies, connections, isProxy, unsent, large = 0 }: HallOptions = {}): Promise<Hall> {
    const log = silentLog();
    const server = new HttpServer({
      log,
      metrics: new Metrics(),
      ...(connections ? { connections } : {}),
      ...(unsent ? { unsent } : {}),
    });
    const { port } = await server.listen('0.0.0.0', 0);
    const hall = new Hall(server, new Bodies(bodies), port);
    const answer = Buffer.alloc(large);
    server.open((request, response) => {
      request.address = request.socket.remoteAddress;
      response.once('close', () => {
        if (!response.writableFinished) hall.cut += 1;
      });
      if (request.url === '/large') {
        response.end(answer);
        return;
      }
      hall.#answer(request).then(
        (text) => response.end(text),
        (error) => {
          const { status } = problemOf(error, request, log);
          response.writeHead(status, { 'Content-Length': 0 });
          endAndDrain(request, response, undefined);
        },
      );
    }, isProxy);
    return hall;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.drain(0);
  }

  async #answer(request: Request): Promise<string> {
    const body = await this.bodies.read(request, { bytes: 256 << 10, refusal: 'BODY_TOO_LARGE' });
    if (this.holdsBack) await new Promise<void>((resolve) => this.waiting.push(resolve));
    return String(body.length);
  }
}

import { Agent, request } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

/** A request that is sent again and again. `COUNT` in its path and body is another number each time. */
export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A thread of its own, so that what it sends is not in the way of what the test measures. */
export interface Attack {
  readonly url: string;
  readonly from: string;
  readonly connections: number;
  readonly requests: readonly Sent[];
}

/** How many answers had which status, by method. */
export type Answers = Readonly<Record<string, number>>;

const { url, from, connections, requests } = workerData as Attack;
const agent = new Agent({ keepAlive: true, localAddress: from, maxSockets: connections });
const answers: Record<string, number> = {};
let sent = 0;

const send = ({ method, path, headers = {}, body }: Sent): Promise<void> =>
  new Promise((resolve) => {
    const note = (what: string | number): void => {
      answers[`${method} ${what}`] = (answers[`${method} ${what}`] ?? 0) + 1;
      resolve();
    };
    sent += 1;
    const count = String(sent).padStart(9, '0');
    const bytes = Buffer.from((body ?? '').replaceAll('COUNT', count));
    const length = body === undefined ? {} : { 'Content-Length': bytes.length };
    const outgoing = request(
      new URL(path.replaceAll('COUNT', count), url),
      { agent, method, headers: { ...headers, ...length } },
      (response) =>
        response
          .resume()
          .on('end', () => note(response.statusCode ?? 0))
          .on('error', () => note('cut')),
    );
    outgoing.on('error', () => note('cut')).end(bytes);
  });

parentPort?.on('message', () => parentPort?.postMessage(answers));

await Promise.all(
  Array.from({ length: connections }, async (_, index) => {
    for (let turn = index; ; turn += 1) await send(requests[turn % requests.length] as Sent);
  }),
);

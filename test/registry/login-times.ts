/** A client of its own: logs in again and again until it is told to stop, and tells how long each took. */
import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';

export interface Logins {
  /** Of /oauth/token with its query. */
  readonly url: string;
  readonly authorization: string;
}

const { url, authorization } = workerData as Logins;
const times: number[] = [];
let isOver = false;
parentPort?.once('message', () => {
  isOver = true;
});
while (!isOver) {
  const begun = performance.now();
  const asked = request(url, { headers: { authorization } }).end();
  const [answer] = await once(asked, 'response');
  if (answer.statusCode !== 200) throw new Error(`a login got ${answer.statusCode}`);
  answer.resume();
  await once(answer, 'end');
  times.push(performance.now() - begun);
  await sleep(5);
}
parentPort?.postMessage(times);

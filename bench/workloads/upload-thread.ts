/** The thread of an UploadBurst: uploads until it is told to stop, then ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { Credentials, type Login } from '../credentials.ts';
import { RegistryClient } from '../registry-client.ts';
import { type Pace, runSlowUploads } from './slow-uploads.ts';

export interface UploadThreadData {
  readonly url: string;
  readonly login: Login | undefined;
  readonly repository: string;
  readonly pace: Pace;
  /** One number: how many uploads are open. */
  readonly open: Int32Array<SharedArrayBuffer>;
}

const { url: address, login, repository, pace, open }: UploadThreadData = workerData;
const url = new URL(address);
const credentials = await Credentials.discover(url, login);
using registry = new RegistryClient(url, credentials, pace.parallel);
const stop = new AbortController();
parentPort?.once('message', () => stop.abort());
await runSlowUploads({
  registry,
  repository,
  pace,
  onChange: (change) => Atomics.add(open, 0, change),
  signal: stop.signal,
});

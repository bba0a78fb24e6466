import { join } from 'node:path';
import type { Lab } from '../support/lab.ts';
import { transcript } from '../support/transcript.ts';

export interface Answer {
  readonly status: number;
  /** By lower case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export interface RequestParts {
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: string;
}

const program = join(import.meta.dirname, 'lab-request.ts');

/** Sends a text from inside the lab to a host there, and reads the one answer to it. */
export const exchange = async (lab: Lab, host: string, text: string): Promise<Answer> => {
  const env = {
    PATH: process.env.PATH,
    NODE_EXTRA_CA_CERTS: lab.certificate.authorityFile,
    NODE_COMPILE_CACHE: join(lab.folder, 'compiled'),
  };
  const turn = await lab.run([process.execPath, program], {
    env,
    stdin: `${host}\n${text}`,
    timeout: 20_000,
  });
  const [, head, body = ''] = /^(.*?)\r\n\r\n(.*)$/s.exec(turn.stdout) ?? [];
  if (head === undefined) throw new Error(`no answer\n${transcript(turn)}`);
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { status: Number(statusLine.split(' ')[1]), headers: new Map(headers), body };
};

/** A request of one's own making, where a container client would say less than it was told. */
export const request = (
  lab: Lab,
  host: string,
  line: string,
  { headers = {}, body = '' }: RequestParts = {},
): Promise<Answer> => {
  const all = { Host: host, Connection: 'close', 'Content-Length': Buffer.byteLength(body), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return exchange(lab, host, `${line} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
};

export const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

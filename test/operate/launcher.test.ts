import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { basic } from '../support/registry.ts';

const root = join(import.meta.dirname, '../..');
const LINUX = { skip: existsSync('/proc/self/environ') ? false : 'processes are found in /proc' };
const endWithin = 30_000;
const SERVE = 'scripts/run.cjs src/main.ts serve';

/** A server that is started as people start it, with every process that belongs to it. */
class Started implements AsyncDisposable {
  readonly data = mkdtempSync(join(tmpdir(), 'tidegate-test-'));
  readonly apikey = randomBytes(33).toString('base64url');
  readonly child: ChildProcess;

  /** `command` is for /bin/sh, which runs in a process group of its own. */
  constructor(command: string) {
    const env = {
      ...Object.fromEntries(
        Object.entries(process.env).filter(([name]) => !/^(TIDEGATE_|NODE_TEST|npm_)/.test(name)),
      ),
      TIDEGATE_DATA: this.data,
      TIDEGATE_LISTEN: '127.0.0.1:0',
      TIDEGATE_BOOTSTRAP_APIKEY: this.apikey,
    };
    this.child = spawn('/bin/sh', ['-c', command], { cwd: root, env, detached: true, stdio: 'ignore' });
  }

  static async listening(command: string): Promise<Started> {
    const started = new Started(command);
    while (!started.isListening) await sleep(20);
    return started;
  }

  get isListening(): boolean {
    return existsSync(join(this.data, 'listening'));
  }

  get url(): string {
    return readFileSync(join(this.data, 'listening'), 'utf8').trim();
  }

  /** The command lines of what runs for it, by process id: all of them have its folder in their environment. */
  processes(): Map<number, string> {
    const found = new Map<number, string>();
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        if (!readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`TIDEGATE_DATA=${this.data}\0`)) continue;
        found.set(Number(pid), readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim());
      } catch {
        // it ended meanwhile
      }
    }
    return found;
  }

  /** The process whose command line begins like this. */
  process(command: string): number {
    for (const [pid, line] of this.processes()) if (line.startsWith(command)) return pid;
    throw new Error(`no ${command} among:\n${[...this.processes().values()].join('\n')}`);
  }

  async ended(): Promise<void> {
    for (const deadline = Date.now() + endWithin; this.processes().size > 0; await sleep(50))
      if (Date.now() > deadline)
        throw new Error(`still running:\n${[...this.processes().values()].join('\n')}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pid of this.processes().keys()) process.kill(pid, 'SIGKILL');
    await this.ended();
    rmSync(this.data, { recursive: true, force: true });
  }
}

test('npm start: the server drains and ends when npm ends, also by SIGKILL', LINUX, async () => {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    await using started = await Started.listening('exec npm start');
    process.kill(started.process('npm start'), signal);
    await started.ended();
    assert.ok(!started.isListening, `${signal}: it drained`);
  }
});

test('the server drains and ends when its launcher is killed', LINUX, async () => {
  await using started = await Started.listening(`exec node ${SERVE}`);
  process.kill(started.process(`node ${SERVE}`), 'SIGKILL');
  await started.ended();
  assert.ok(!started.isListening);
});

test('a server that a script leaves in the background stays when the script has ended', LINUX, async () => {
  for (const command of ['npm start', `node ${SERVE}`, 'setsid npm start', `nohup node ${SERVE}`]) {
    await using started = new Started(
      `${command} & while [ ! -e "$TIDEGATE_DATA/listening" ]; do sleep 0.1; done`,
    );
    await once(started.child, 'exit');
    await sleep(1500);
    assert.equal((await fetch(`${started.url}/healthz`)).status, 200, command);
  }
});

test('Ctrl-C on npm start: every process hears it, and the running upload ends well', LINUX, async () => {
  await using started = await Started.listening('exec npm start');
  const { hostname, port } = new URL(started.url);
  const authorization = basic('iamapikey', started.apikey);
  const [bytes, slow] = [randomBytes(2000), connect(Number(port), hostname)];
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  await addNamespace(started);
  let answer = '';
  slow.setEncoding('utf8').on('data', (text) => {
    answer += text;
  });
  const closed = once(slow, 'close');
  slow.write(
    `POST /v2/birds/a/blobs/uploads/?digest=${digest} HTTP/1.1\r\nHost: a\r\nAuthorization: ${authorization}\r\nContent-Length: ${bytes.length}\r\n\r\n`,
  );
  slow.write(bytes.subarray(0, 1000));
  await sleep(300);
  process.kill(-(started.child.pid ?? 0), 'SIGINT');
  await sleep(800);
  slow.write(bytes.subarray(1000));
  await closed;
  await started.ended();
  assert.match(answer, /^HTTP\/1\.1 201 Created/);
});

const addNamespace = async ({ url, apikey }: Started): Promise<void> => {
  const login = await fetch(`${url}/identity/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'urn:ibm:params:oauth:grant-type:apikey', apikey }),
  });
  const { access_token: token } = (await login.json()) as { access_token: string };
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  const headers = { Authorization: `Bearer ${token}`, Account: claims.account.bss };
  const added = await fetch(`${url}/api/v1/namespaces/birds`, { method: 'PUT', headers });
  assert.equal(added.status, 201);
};

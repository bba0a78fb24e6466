import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { tiedToUs } from '../support/at-exit.ts';
import type { Lab } from '../support/lab.ts';
import { succeeded, type Turn, transcript } from '../support/transcript.ts';

export interface Token {
  readonly id: string;
  readonly value: string;
}

/** A row of `bx cr token-list`. */
export interface ListedToken {
  readonly id: string;
  readonly readonly: boolean;
  /** Seconds since the epoch; 0 = never. */
  readonly expiry: number;
  readonly description: string;
}

interface Typed {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

const ROW = /^([0-9a-f-]{36}) +(true|false) +(\S+) +(\S+)(?: +(.*))?$/;
const ISSUED = /^Token identifier {3}(\S+)\nToken {14}(\S+)$/m;

/** Where a shell of the lab finds its programs, bx among them, and whom it tells of the secrets it has seen. */
export interface ShellParts {
  readonly lab: Lab;
  readonly programs: string;
  readonly secrets: Set<string>;
  /** The name the command line goes by. */
  readonly program: string;
}

/** Somebody's shell with `bx`: lines are typed as the page has them. Forgets nothing between two lines but variables. */
export class Shell {
  readonly #parts: ShellParts;
  readonly #env: Record<string, string>;

  constructor(parts: ShellParts) {
    this.#parts = parts;
    const home = mkdtempSync(join(parts.lab.folder, 'home-'));
    this.#env = {
      PATH: `${parts.programs}:/usr/sbin:/usr/bin:/sbin:/bin`,
      LANG: 'C.UTF-8',
      TERM: 'xterm',
      HOME: home,
      TIDEGATE_HOME: home,
      NODE_EXTRA_CA_CERTS: parts.lab.certificate.authorityFile,
    };
  }

  /** Runs one line, without a terminal. */
  types(line: string, { env = {}, stdin = '' }: Typed = {}): Promise<Turn> {
    const all = { ...this.#env, ...env };
    return this.#parts.lab.run(['/bin/bash', '-c', line], { env: all, stdin, shownAs: line });
  }

  /** Runs one line at a terminal; each answer is typed when its question is on the screen. */
  async converses(line: string, answers: readonly (readonly [question: RegExp, answer: string])[]) {
    const [command, ...args] = tiedToUs([
      ...this.#parts.lab.enter,
      ...['script', '--quiet', '--return', '--command', line, '/dev/null'],
    ]);
    const child = spawn(command, args, { env: this.#env, timeout: 30_000, killSignal: 'SIGKILL' });
    const waiting = [...answers];
    let screen = '';
    let read = 0;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      screen += text;
      const [question, answer = ''] = waiting[0] ?? [];
      if (!question?.test(screen.slice(read))) return;
      waiting.shift();
      read = screen.length;
      child.stdin.write(`${answer}\r`);
    });
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    const turn: Turn = { command: line, code, stdout: screen.replaceAll('\r\n', '\n'), stderr: '' };
    assert.equal(
      waiting.length,
      0,
      `not asked: ${waiting.map(([question]) => question)}\n${transcript(turn)}`,
    );
    return turn;
  }

  /** The name the command line goes by here. */
  get program(): string {
    return this.#parts.program;
  }

  /** Notes a secret that no log may ever show. */
  remember(secret: string): void {
    this.#parts.secrets.add(secret);
  }

  async logIn(apikey: string): Promise<void> {
    this.remember(apikey);
    succeeded(
      await this.types(`${this.#parts.program} login -a https://us.icr.io`, {
        env: { IBMCLOUD_API_KEY: apikey },
      }),
    );
  }

  /** Creates a token and reads what was printed. */
  async addToken(options = ''): Promise<Token> {
    const turn = succeeded(await this.types(`${this.#parts.program} cr token-add ${options}`));
    const [, id, value] = ISSUED.exec(turn.stdout) ?? [];
    if (!id || !value) assert.fail(`no token was printed\n${transcript(turn)}`);
    this.#parts.secrets.add(value);
    return { id, value };
  }

  /** What `bx cr token-list` shows. */
  async tokens(): Promise<ListedToken[]> {
    const { stdout } = succeeded(await this.types('bx cr token-list'));
    return stdout.split('\n').flatMap((line) => {
      const [, id, readonly, until = '', , description = ''] = ROW.exec(line) ?? [];
      const expiry = until === 'never' ? 0 : Date.parse(until) / 1000;
      return id ? [{ id, readonly: readonly === 'true', expiry, description }] : [];
    });
  }

  /** What `bx cr token-list` shows of one token; undefined where it does not. */
  async listed({ id }: Token): Promise<ListedToken | undefined> {
    return (await this.tokens()).find((each) => each.id === id);
  }

  /** Adds a namespace nobody has seen before. */
  async addNamespace(): Promise<string> {
    const name = `birds-${randomBytes(5).toString('hex')}`;
    succeeded(await this.types(`${this.#parts.program} cr namespace-add ${name}`));
    return name;
  }
}

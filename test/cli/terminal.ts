import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { Machine } from '../../src/cli/machine.ts';
import { runClient } from '../../src/cli/main.ts';
import { type Remembered, SessionFile, type Target } from '../../src/cli/session.ts';
import type { Clock } from '../../src/clock.ts';
import { atExit } from '../support/at-exit.ts';
import { type Turn, transcript } from '../support/transcript.ts';

type Name = 'tidegate' | 'bx' | 'ibmcloud';

type Answer = readonly [question: string, typed: string];

export interface Typed {
  /** The name the program is invoked by; bx when absent. */
  readonly as?: Name;
  /** Written to standard input, which is then closed. */
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
  readonly machine?: Machine;
  /** A person sits there, also where nothing is asked. */
  readonly tty?: boolean;
  /** Reads what appears on the screen while the command runs. */
  readonly reading?: (screen: string) => void;
  /** What a person types at a terminal when asked; without it there is no terminal. */
  readonly answer?: string;
  /** The same for several questions: words of each, and what is typed when they appear. */
  readonly answers?: readonly Answer[];
  readonly operatorCommands?: readonly { name: string; summary: string }[];
}

/** Like a standard stream of the process, it takes text after `end` was called. */
class Capture extends Writable {
  text = '';
  readonly #reading: ((text: string) => void) | undefined;

  constructor(reading?: (text: string) => void) {
    super();
    this.#reading = reading;
  }

  override end(): this {
    return this;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    this.#reading?.(this.text);
    done();
  }
}

/** Milliseconds until the person at the terminal stops waiting for a question. */
const PATIENCE = 20_000;

/** Types each answer once its question stands on the screen, below those before it. */
const answering = async (
  keyboard: PassThrough,
  screen: Capture,
  answers: readonly Answer[],
  ended: AbortSignal,
): Promise<void> => {
  const impatient = AbortSignal.timeout(PATIENCE);
  let from = 0;
  for (const [question, typed] of answers) {
    let at = -1;
    while (at < 0) {
      if (ended.aborted) return;
      if (impatient.aborted) return void keyboard.write('\u0003');
      await turnOfLoop();
      at = screen.text.indexOf(question, from);
    }
    from = at + question.length;
    keyboard.write(typed);
  }
};

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** An access token without a valid signature. */
export const unsigned = (name: string, more: object = {}): string => {
  const account = { bss: 'a'.repeat(32) };
  const claims = { iam_id: 'IBMid-1', account, iat: 1, exp: 4_102_444_800, name, ...more };
  return `${encoded({ alg: 'none' })}.${encoded(claims)}.x`;
};

/** The shell of one person: a home of its own, and the client, whose output is captured. */
export class Terminal implements Disposable {
  readonly home = mkdtempSync(join(tmpdir(), 'tidegate-cli-'));
  readonly #forget: () => void;

  constructor() {
    this.#forget = atExit(() => this.#remove());
  }

  get configFile(): string {
    return join(this.home, 'config.json');
  }

  /** Runs one command line: words apart by spaces, or a list of words where one holds a space. */
  async run(line: string | readonly string[], typed: Typed = {}): Promise<Turn> {
    const argv = typeof line === 'string' ? line.split(' ').filter(Boolean) : line;
    const answers = typed.answers ?? (typed.answer === undefined ? [] : [['?', typed.answer] as const]);
    const tty = typed.tty ?? answers.length > 0;
    const stdin = Object.assign(new PassThrough(), { isTTY: tty });
    const stdout = new Capture();
    const stderr = Object.assign(new Capture(typed.reading), { isTTY: tty });
    const ended = new AbortController();
    if (tty) void answering(stdin, stderr, answers, ended.signal);
    else stdin.end(typed.stdin ?? '');
    const invokedAs = typed.as ?? 'bx';
    const env = { PATH: process.env.PATH, HOME: this.home, TIDEGATE_HOME: this.home, ...typed.env };
    const { clock, machine, operatorCommands } = typed;
    const code = await runClient(argv, invokedAs, {
      streams: { stdin, stdout, stderr, env },
      ...(clock ? { clock } : {}),
      ...(machine ? { machine } : {}),
      ...(operatorCommands ? { operatorCommands } : {}),
    });
    ended.abort();
    return { command: `${invokedAs} ${argv.join(' ')}`, code, stdout: stdout.text, stderr: stderr.text };
  }

  /** Logs in to a server with an API key. */
  async logIn(url: string, apikey: string): Promise<void> {
    const turn = await this.run(['login', '-a', url, '--apikey', apikey]);
    assert.equal(turn.code, 0, transcript(turn));
  }

  remembered(): Remembered {
    return JSON.parse(readFileSync(this.configFile, 'utf8'));
  }

  /** Puts this session in the place of the remembered one. */
  remember(
    session: { accessToken: string; refreshToken: string },
    endpoint = this.remembered().endpoint,
  ): void {
    writeFileSync(this.configFile, JSON.stringify({ endpoint, session }));
  }

  /** A session without a valid signature, for servers that do not verify it. The client reads its claims only. */
  pretend(endpoint: string, name = 'x', claims: object = {}): void {
    this.remember({ accessToken: unsigned(name, claims), refreshToken: 'refresh' }, endpoint);
  }

  /** Puts this target in the place of the remembered one. */
  aim(target: Target): void {
    new SessionFile(this.home).aim(target);
  }

  [Symbol.dispose](): void {
    this.#forget();
    this.#remove();
  }

  #remove(): void {
    rmSync(this.home, { recursive: true, force: true });
  }
}

interface Shown {
  readonly code?: number;
  readonly stdout?: readonly string[];
  readonly stderr?: readonly string[];
}

const textOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

/** Ids of requests and keys differ from run to run. */
const masked = (text: string): string =>
  text
    .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uuid>')
    .replace(/request [\w-]+\)/g, 'request <id>)');

/** The turn ended in `code` and showed exactly these lines. Ids of requests and keys are masked. */
export const shows = (turn: Turn, { code = 0, stdout = [], stderr = [] }: Shown): void => {
  const seen = { code: turn.code, stdout: masked(turn.stdout), stderr: masked(turn.stderr) };
  assert.deepEqual(seen, { code, stdout: textOf(stdout), stderr: textOf(stderr) }, transcript(turn));
};

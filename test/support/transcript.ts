import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { tiedToUs } from './at-exit.ts';

/** One command line typed, and everything that came back. `code` is null when a signal ended it. */
export interface Turn {
  readonly command: string;
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Written to standard input, which is then closed; empty when absent. */
  readonly stdin?: string;
  /** The whole environment; this process's own when absent. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Milliseconds until a command that hangs is ended. */
  readonly timeout?: number;
  /** How the command line reads in a failure message, when `argv` has wrapping that a reader does not need. */
  readonly shownAs?: string;
}

/** Runs one command to its end. A failing command is an answer, not an error: judge it with `succeeded` or `refused`. */
export const run = (argv: readonly string[], options: RunOptions = {}): Promise<Turn> => {
  const { promise, resolve, reject } = Promise.withResolvers<Turn>();
  const [command, ...args] = tiedToUs(argv);
  const child = spawn(command, args, {
    env: options.env ?? process.env,
    timeout: options.timeout ?? 120_000,
    killSignal: 'SIGKILL',
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text;
    });
  }
  child.stdin.on('error', () => {}); // the command may end without reading what it was given
  child.stdin.end(options.stdin ?? '');
  child.on('error', reject);
  child.on('close', (code) => resolve({ command: options.shownAs ?? argv.join(' '), code, ...said }));
  return promise;
};

/** A turn as a person would have seen it in a terminal. */
export const transcript = ({ command, code, stdout, stderr }: Turn): string =>
  [`$ ${command}`, stdout.trimEnd(), stderr.trimEnd(), `(exit ${code ?? 'by signal'})`]
    .filter(Boolean)
    .join('\n');

/** The turn itself, if the command succeeded; else the test fails with the transcript. */
export const succeeded = (turn: Turn): Turn => {
  if (turn.code !== 0) assert.fail(`the command should have succeeded\n${transcript(turn)}`);
  return turn;
};

/** The turn itself, if the command failed by its own will and said `message`; else the test fails with the transcript. */
export const refused = (turn: Turn, message: RegExp): Turn => {
  if (turn.code === 0 || turn.code === null)
    assert.fail(`the command should have been refused\n${transcript(turn)}`);
  if (!message.test(turn.stdout + turn.stderr))
    assert.fail(`the refusal should say ${message}\n${transcript(turn)}`);
  return turn;
};

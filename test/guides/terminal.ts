import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { atExit, tiedToUs } from '../support/at-exit.ts';

/** What a command printed, both its outputs in the order they came, and how it ended. */
export interface Printed {
  readonly text: string;
  readonly code: number;
}

/** What is typed at a question, once it is on the screen. */
export interface Answer {
  readonly question: string;
  readonly answer: string;
}

export interface TerminalPlace {
  /** Begins the command line of the shell. */
  readonly enter: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Where the shell starts. */
  readonly home: string;
  /** For the files this class needs. */
  readonly folder: string;
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
/** Milliseconds that a command may take on a busy machine. */
const PATIENCE = 60_000;

/** Text as it stands on a screen in the end: what a program wiped away again is not there. */
const readable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal is controlled by them
  stripVTControlCharacters(text.replaceAll(/[^\n]*\u001b\[1G\u001b\[0K/g, '')).replaceAll('\r', '');

/**
 * One shell that stays open: what a command changes (folder, variables) holds for the next one. Commands see no
 * terminal, so that programs print lines rather than draw; those that ask a question or are left running see one.
 */
export class Terminal implements AsyncDisposable {
  readonly #shell: ChildProcess;
  readonly #folder: string;
  /** What the shell says after each command: its exit code behind a word that no program prints. */
  readonly #end = randomUUID();
  readonly #mark = new RegExp(`${this.#end} (\\d+)\n$`);
  readonly #forget: () => void;
  #typed = 0;
  #screen = '';
  #isRunning = false;

  constructor({ enter, env, home, folder }: TerminalPlace) {
    this.#folder = folder;
    const [command, ...args] = tiedToUs([...enter, '/bin/bash', '--noprofile', '--norc']);
    // a group of its own, so that all of it can be ended at once
    this.#shell = spawn(command, args, { env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#forget = atExit(() => this.#kill());
    for (const stream of [this.#shell.stdout, this.#shell.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#screen += text;
      });
    }
    this.#shell.stdin?.on('error', () => {});
    this.#shell.stdin?.write(`exec 2>&1\ncd ${quoted(home)}\n`);
  }

  /** Runs a command to its end. */
  async types(command: string): Promise<Printed> {
    this.#send(command, '</dev/null');
    return this.#ended();
  }

  /** Runs a command at a terminal and answers its questions. */
  async converses(command: string, answers: readonly Answer[]): Promise<Printed> {
    this.#send(this.#atTerminal(command), '');
    for (const { question, answer } of answers) {
      await this.#until(() => readable(this.#screen).includes(question), `the question ${question}`);
      this.#shell.stdin?.write(`${answer}\r`);
    }
    return this.#ended();
  }

  /** Runs a command at a terminal and leaves it running once `isReady` says so of what it has printed. */
  async leavesRunning(command: string, isReady: (text: string) => boolean): Promise<void> {
    this.#isRunning = true;
    this.#send(this.#atTerminal(command), '');
    await this.#until(() => isReady(readable(this.#screen)), 'what the page shows');
  }

  /** Types Ctrl-C, where a command was left running. */
  async interrupts(): Promise<void> {
    if (!this.#isRunning) return;
    this.#shell.stdin?.write('\u0003');
    await this.#ended();
    this.#isRunning = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#forget();
    const closed = once(this.#shell, 'close');
    this.#kill();
    await closed;
  }

  #atTerminal(command: string): string {
    return `script --quiet --return --command ${quoted(command)} /dev/null`;
  }

  #send(command: string, redirection: string): void {
    this.#screen = '';
    this.#typed += 1;
    const file = join(this.#folder, `${this.#end}-${this.#typed}.sh`);
    writeFileSync(file, `${command}\n`);
    this.#shell.stdin?.write(`. ${quoted(file)} ${redirection}; printf '%s %s\\n' ${this.#end} $?\n`);
  }

  async #ended(): Promise<Printed> {
    await this.#until(() => this.#mark.test(this.#screen), 'its end');
    const text = readable(this.#screen.replace(this.#mark, ''));
    return { text, code: Number(this.#mark.exec(this.#screen)?.[1]) };
  }

  async #until(isSo: () => boolean, what: string): Promise<void> {
    for (const deadline = Date.now() + PATIENCE; !isSo(); await sleep(10)) {
      const isOver = this.#mark.test(this.#screen) || this.#shell.exitCode !== null || Date.now() > deadline;
      if (isOver) throw new Error(`there was not ${what}:\n${readable(this.#screen)}`);
    }
  }

  #kill(): void {
    try {
      process.kill(-(this.#shell.pid ?? 0), 'SIGKILL');
    } catch {
      // it has ended
    }
  }
}

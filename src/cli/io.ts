import type { Readable, Writable } from 'node:stream';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';

/** The streams and the environment of a command: those of `process`, or those of a test. */
export interface Streams {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Control characters could change a terminal. Text from others is shown without them, except line ends and tabs. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

const printable = (text: string): string => text.replaceAll('\r\n', '\n').replace(CONTROL, '\ufffd');

/** How many characters are collected before they are written. */
const BATCH = 65_536;

/** A list or a generator of lines. Not a text: that is an iterable of characters. */
type Lines = Iterable<string> & object;

const writeLines = (stream: Writable, lines: Lines): void => {
  let batch = '';
  for (const line of lines) {
    batch += `${printable(line)}\n`;
    if (batch.length < BATCH) continue;
    stream.write(batch);
    batch = '';
  }
  if (batch) stream.write(batch);
};

const indented = (value: unknown): string =>
  JSON.stringify(value, null, 2).replace(/[\u007f-\u009f]/g, escaped);

/** Waits until a stream takes more, or takes nothing any more. */
const writable = (stream: Writable): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done).off('close', done).off('error', done);
      resolve();
    };
    stream.on('drain', done).on('close', done).on('error', done);
  });

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Everything that a command reads and writes. */
export class Io {
  readonly streams: Streams;
  #resultsOnly = false;

  constructor(streams: Streams) {
    this.streams = streams;
  }

  get env(): Streams['env'] {
    return this.streams.env;
  }

  /** Whether a person can answer. Questions are asked on standard error, so that results can be piped. */
  get interactive(): boolean {
    return this.streams.stdin.isTTY === true && this.streams.stderr.isTTY === true;
  }

  /** From now on standard output has results only, for a program that reads them. */
  resultsOnly(): void {
    this.#resultsOnly = true;
  }

  /** Says what is being done, before the result. */
  begin(doing: string): void {
    if (!this.#resultsOnly) this.lines([`${doing}...`, '']);
  }

  /** Says that it is done. */
  ok(): void {
    if (!this.#resultsOnly) this.lines(['', 'OK']);
  }

  /** A sentence about the result, for a person. */
  say(text: string): void {
    if (!this.#resultsOnly) this.line(text);
  }

  /** One result. */
  line(text: string): void {
    this.streams.stdout.write(`${printable(text)}\n`);
  }

  /** Any number of results. Never spread them into arguments: a call can have about 10^5. */
  lines(lines: Lines): void {
    writeLines(this.streams.stdout, lines);
  }

  json(value: unknown): void {
    this.streams.stdout.write(`${indented(value)}\n`);
  }

  /**
   * Results as they come, some at a time: it waits where what reads them is slower, so that they do not pile up in memory,
   * and ends where nothing reads them any more.
   */
  async stream(lines: AsyncIterable<readonly string[]>): Promise<void> {
    for await (const some of lines)
      if (!(await this.#write(some.map((line) => `${printable(line)}\n`).join('')))) return;
  }

  /** A list as `json` prints it, as its items come. */
  async jsonList(items: AsyncIterable<readonly unknown[]>): Promise<void> {
    let before = '[\n';
    for await (const some of items) {
      if (some.length === 0) continue;
      const text = some.map((item) => indented(item).replaceAll(/^/gm, '  ')).join(',\n');
      if (!(await this.#write(before + text))) return;
      before = ',\n';
    }
    await this.#write(before === '[\n' ? '[]\n' : '\n]\n');
  }

  /** Whether anything reads on. */
  async #write(text: string): Promise<boolean> {
    const { stdout } = this.streams;
    if (!stdout.write(text) && !stdout.destroyed) await writable(stdout);
    return !stdout.destroyed;
  }

  /** Standard error. */
  complain(lines: string | readonly string[]): void {
    writeLines(this.streams.stderr, typeof lines === 'string' ? [lines] : lines);
  }

  /** All of standard input, which is a secret: at most a megabyte. */
  async read(): Promise<string> {
    let text = '';
    this.streams.stdin.setEncoding('utf8');
    for await (const chunk of this.streams.stdin) {
      text += chunk;
      if (text.length > 1_048_576) throw new CliError(EXIT.USAGE, 'Standard input is too long.');
    }
    return text;
  }
}

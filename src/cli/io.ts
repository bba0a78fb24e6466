import type { Readable, Writable } from 'node:stream';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';

/** The world outside a command: `process` is one, a test brings its own. */
export interface Streams {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Control characters could redraw a terminal: text of others is shown without them, save line ends and tabs. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

const printable = (text: string): string => text.replaceAll('\r\n', '\n').replace(CONTROL, '\ufffd');

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Everything a command reads and writes. */
export class Io {
  readonly streams: Streams;
  #resultsOnly = false;

  constructor(streams: Streams) {
    this.streams = streams;
  }

  get env(): Streams['env'] {
    return this.streams.env;
  }

  /** Whether somebody sits there to answer: questions are asked on standard error, so that results can be piped. */
  get interactive(): boolean {
    return this.streams.stdin.isTTY === true && this.streams.stderr.isTTY === true;
  }

  /** From now on standard output holds results only, for a program that reads them. */
  resultsOnly(): void {
    this.#resultsOnly = true;
  }

  /** What is being done, before its result. */
  begin(doing: string): void {
    if (!this.#resultsOnly) this.lines(`${doing}...`, '');
  }

  /** It is done. */
  ok(): void {
    if (!this.#resultsOnly) this.lines('', 'OK');
  }

  /** A sentence about the result, for a person. */
  say(text: string): void {
    if (!this.#resultsOnly) this.lines(text);
  }

  /** Results. */
  lines(...lines: string[]): void {
    for (const line of lines) this.streams.stdout.write(`${printable(line)}\n`);
  }

  json(value: unknown): void {
    this.streams.stdout.write(`${JSON.stringify(value, null, 2).replace(/[\u007f-\u009f]/g, escaped)}\n`);
  }

  /** Standard error. */
  complain(...lines: string[]): void {
    for (const line of lines) this.streams.stderr.write(`${printable(line)}\n`);
  }

  /** All of standard input, at most a megabyte: a secret, not a file. */
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

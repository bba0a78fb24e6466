import type { Clock } from '../clock.ts';
import type { Connection } from './connection.ts';
import type { Input } from './input.ts';
import type { Io } from './io.ts';
import type { SessionFile } from './session.ts';

/** The names the program answers to; the same client under each. */
export type ClientName = 'tidegate' | 'bx' | 'ibmcloud';

/** What a command works with. */
export interface Context {
  readonly io: Io;
  readonly clock: Clock;
  readonly invokedAs: ClientName;
  readonly file: SessionFile;
  /** Whoever is logged in; fails with what to type where nobody is. */
  connect(): Promise<Connection>;
}

/** Something that is there, for a shell that completes a command line. */
export interface Suggestion {
  /** What can be typed for it: its name. */
  readonly word: string;
  /** What can be typed for it as well. */
  readonly id?: string;
  readonly about?: string;
}

/** Finds what there is. `typed` holds the words before: what is looked for may belong to what they name. */
export type Suggest = (connection: Connection, typed: Input) => Promise<readonly Suggestion[]>;

export interface Argument {
  readonly name: string;
  readonly summary: string;
  readonly suggest?: Suggest;
  /** Absent: exactly one. `many`: one or more; the last argument only. */
  readonly count?: 'optional' | 'many';
}

export interface Flag {
  /** As in help: `-d, --description <text>`. */
  readonly flags: string;
  readonly summary: string;
  readonly choices?: readonly string[];
  readonly suggest?: Suggest;
  /** May be given several times; each counts. Otherwise the last one does. */
  readonly many?: true;
}

/** One row of the tables that help, completion and the reference are made from. */
export interface Command {
  readonly name: string;
  readonly alias?: string;
  readonly summary: string;
  /** What it stands under in the help of a group. */
  readonly heading?: string;
  readonly args?: readonly Argument[];
  readonly flags?: readonly Flag[];
  run(context: Context, input: Input): Promise<void>;
}

export interface CommandGroup {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly Command[];
}

export const FORCE: Flag = { flags: '-f, --force', summary: 'Do not ask for confirmation' };
/** For scripts written for IBM's client, which asks here. */
export const NO_QUESTION: Flag = { flags: '-f, --force', summary: 'Taken, and not needed: nothing is asked' };
export const OUTPUT: Flag = {
  flags: '-o, --output <format>',
  summary: 'Print JSON and nothing else',
  choices: ['json'],
};

import type { Clock } from '../clock.ts';
import type { Connection } from './connection.ts';
import type { Input } from './input.ts';
import type { Io } from './io.ts';
import type { Machine } from './machine.ts';
import type { SessionFile } from './session.ts';

/** The names the program is called by. It is the same client under each. */
export type ClientName = 'tidegate' | 'bx' | 'ibmcloud';

/** What a command works with. */
export interface Context {
  readonly io: Io;
  readonly clock: Clock;
  readonly machine: Machine;
  readonly invokedAs: ClientName;
  readonly file: SessionFile;
  /** The connection of the user who is logged in. Without a login it throws, and says what to type. */
  connect(): Promise<Connection>;
}

/** Something that exists, offered to a shell that completes a command line. */
export interface Suggestion {
  /** What can be typed for it: its name. */
  readonly word: string;
  /** What can be typed for it as well. */
  readonly id?: string;
  readonly about?: string;
}

/**
 * Lists what can be typed. `typed` holds the words before: a policy belongs to the service ID that was typed. `current` is
 * what has been typed of the word itself.
 */
export type Suggest = (
  connection: Connection,
  typed: Input,
  current: string,
) => Promise<readonly Suggestion[]>;

export interface Argument {
  readonly name: string;
  readonly summary: string;
  readonly suggest?: Suggest;
  /** Absent: exactly one. `many`: one or more, for the last argument only. */
  readonly count?: 'optional' | 'many';
}

export interface Flag {
  /** As in help: `-d, --description <text>`. */
  readonly flags: string;
  readonly summary: string;
  readonly choices?: readonly string[];
  readonly suggest?: Suggest;
  /** May be given several times, and every value counts. Without this the last value counts. */
  readonly many?: true;
}

/** One row of the tables from which help, completion and the reference are made. */
export interface Command {
  /** In a group one may have no name: it is what the group's name alone does. */
  readonly name: string;
  readonly alias?: string;
  readonly summary: string;
  /** The heading of its section in the help of a group. */
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
/** IBM's client asks a question here, so that scripts give this option. */
export const NO_QUESTION: Flag = {
  flags: '-f, --force',
  summary: 'Accepted for scripts; nothing is asked here',
};
export const OUTPUT: Flag = {
  flags: '-o, --output <format>',
  summary: 'Print JSON and nothing else',
  choices: ['json'],
};

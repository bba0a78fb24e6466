import { copyFileSync, cpSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Fenced, fencedBlocks } from './fenced.ts';
import { Terminal } from './terminal.ts';
import { type Person, Typist } from './typist.ts';

const README = join(import.meta.dirname, '../../README.md');

/** The ways to install that need something built; that by a clone is typed with the rest of README. */
export const WAYS = ['package', 'executable', 'image'] as const;
export type Way = (typeof WAYS)[number];

/** Which of them a block of README tells of. */
export const wayOf = ({ words }: Fenced): Way | undefined => WAYS.find((way) => words.includes(way));

export const typeWay = async (person: Person, way: Way): Promise<number> => {
  const typist = new Typist(person);
  const blocks = fencedBlocks(readFileSync(README, 'utf8')).filter((block) => wayOf(block) === way);
  for (const block of blocks) await typist.types(block);
  return typist.typed;
};

export interface InstallerPlace {
  /** An empty folder. */
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  /** Begins the command line of the shell. */
  readonly enter?: readonly string[];
}

/** A person with an empty home and what was downloaded, who types what README says of one way to install. */
export class Installer implements AsyncDisposable {
  readonly #terminal: Terminal;
  readonly #home: string;

  constructor({ home, env, enter = [] }: InstallerPlace) {
    const folder = join(home, '.typed');
    mkdirSync(folder, { recursive: true });
    this.#home = home;
    const asPerson = { HOME: home, SHELL: '/bin/bash', LANG: 'C.UTF-8', TERM: 'xterm', ...env };
    this.#terminal = new Terminal({ enter, env: asPerson, home, folder });
  }

  /** Puts a file or a folder that was built into the home. */
  downloads(path: string, name = basename(path)): void {
    if (statSync(path).isDirectory()) cpSync(path, join(this.#home, name), { recursive: true });
    else copyFileSync(path, join(this.#home, name));
  }

  /** Types what README says of the way; answers how many commands that were. */
  types(way: Way): Promise<number> {
    const none = () => Promise.reject(new Error('one terminal is all there is'));
    const terminal = this.#terminal;
    return typeWay({ home: this.#home, terminal, server: terminal, regions: none }, way);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#terminal[Symbol.asyncDispose]();
  }
}

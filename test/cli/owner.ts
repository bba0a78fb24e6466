import { after, before } from 'node:test';
import { TestRegistry } from '../support/registry.ts';
import { succeeded, type Turn } from '../support/transcript.ts';
import { Terminal, type Typed } from './terminal.ts';

type Line = string | readonly string[];

const wordsOf = (line: Line): readonly string[] =>
  typeof line === 'string' ? line.split(' ').filter(Boolean) : line;

/** A registry, and the terminal of its owner, who is logged in. The client has the registry's time. */
export class Owner implements AsyncDisposable {
  readonly shell = new Terminal();
  #registry: TestRegistry | undefined;

  /** For one test: `await using owner = await Owner.open()`. */
  static async open(env: Record<string, string> = {}): Promise<Owner> {
    const owner = new Owner();
    await owner.#open(env);
    return owner;
  }

  /** For all tests of the `describe` it is called in. The namespaces are there before the first test. */
  static ofTests(...namespaces: string[]): Owner {
    const owner = new Owner();
    before(async () => {
      await owner.#open();
      for (const name of namespaces) await owner.registry.namespaceAdd(name);
    });
    after(() => owner[Symbol.asyncDispose]());
    return owner;
  }

  get registry(): TestRegistry {
    if (!this.#registry) throw new Error('the registry is not started yet');
    return this.#registry;
  }

  /** Runs one command line, whatever comes of it. */
  run(line: Line, typed: Typed = {}): Promise<Turn> {
    return this.shell.run(line, { clock: this.registry.clock, ...typed });
  }

  /** What a command prints that must succeed. */
  async says(line: Line, typed: Typed = {}): Promise<string> {
    return succeeded(await this.run(line, typed)).stdout;
  }

  /** The JSON of a command that must succeed. */
  async json(line: Line) {
    return JSON.parse(await this.says([...wordsOf(line), '-o', 'json']));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.shell[Symbol.dispose]();
    await this.#registry?.[Symbol.asyncDispose]();
  }

  async #open(env: Record<string, string> = {}): Promise<void> {
    this.#registry = await TestRegistry.start({ env });
    await this.shell.logIn(this.registry.url, this.registry.apikey);
  }
}

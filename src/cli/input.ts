/** The words of a command line after its command, by the names of the command's row. */
export class Input {
  readonly #args: ReadonlyMap<string, readonly string[]>;
  readonly #options: Readonly<Record<string, unknown>>;

  constructor(args: ReadonlyMap<string, readonly string[]>, options: Readonly<Record<string, unknown>>) {
    this.#args = args;
    this.#options = options;
  }

  /** A required argument. */
  argument(name: string): string {
    const value = this.optionalArgument(name);
    if (value === undefined) throw new TypeError(`no argument ${name} in this command's row`);
    return value;
  }

  optionalArgument(name: string): string | undefined {
    return this.arguments(name)[0];
  }

  /** All values of an argument that may be given several times. */
  arguments(name: string): readonly string[] {
    return this.#args.get(name) ?? [];
  }

  /** The value of an option, by its long name in camel case. */
  text(option: string): string | undefined {
    const value = this.#options[option];
    return typeof value === 'string' ? value : undefined;
  }

  /** Whether an option without a value was given. `--no-x` is known as `x`, given unless switched off. */
  on(option: string): boolean {
    return this.#options[option] === true;
  }

  get json(): boolean {
    return this.text('output') === 'json';
  }
}

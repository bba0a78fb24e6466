/** The words of a command line after its command, by the names in the command's row. */
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

  /** The values of an option that may be given several times. */
  texts(option: string): readonly string[] {
    const values = this.#options[option];
    return Array.isArray(values) ? values.filter((value) => typeof value === 'string') : [];
  }

  /** The options among these that were given, under the names of a request's fields. */
  given<Name extends string>(names: Readonly<Record<Name, string>>): Partial<Record<Name, string>> {
    const found: Partial<Record<Name, string>> = {};
    for (const [name, option] of Object.entries<string>(names)) {
      const value = this.text(option);
      if (value !== undefined) found[name as Name] = value;
    }
    return found;
  }

  /** Whether an option without a value was given. `--no-x` is named `x` here, and is on unless it was given. */
  on(option: string): boolean {
    return this.#options[option] === true;
  }

  get json(): boolean {
    return this.text('output') === 'json';
  }
}

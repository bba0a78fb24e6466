/** What a browser may load, by the paths below the hash. */
export interface ConsoleSource {
  /** Of the contents of all files. */
  readonly hash: string;
  /** The module that a page begins with. */
  readonly start: string;
  /** Each file, and what it imports before it runs: other files, as paths. */
  readonly imports: ReadonlyMap<string, readonly string[]>;
  /** The paths of what modules import by the names of packages. */
  readonly packages: Readonly<Record<string, string>>;
  read(path: string): Promise<Buffer>;
}

export const TYPES: Readonly<Record<string, string>> = {
  '.ts': 'text/javascript; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

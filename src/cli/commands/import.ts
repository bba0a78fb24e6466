import { setTimeout as pause } from 'node:timers/promises';
import { CliError } from '../cli-error.ts';
import type { Command, Context } from '../command.ts';
import type { Connection } from '../connection.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { failureOf, isClientError } from '../failure.ts';
import type { Copied, Copier as CopierType } from '../import/copy.ts';
import type { Credentials } from '../import/registry-http.ts';
import type { Source, SourceImage } from '../import/source.ts';
import type { Input } from '../input.ts';
import type { Io } from '../io.ts';
import { secretOrQuestion } from '../secret.ts';
import { size } from '../units.ts';

const DEFAULT_PARALLEL = 4;
const MOST_PARALLEL = 16;
/** Images that are being copied at once: their manifests are small, and their contents take turns. */
const IMAGES_AT_ONCE = 4;
/** Failures that are shown again at the end. */
const MOST_SHOWN = 20;

const parallelOf = (input: Input): number => {
  const text = input.text('parallel') ?? String(DEFAULT_PARALLEL);
  const number = Number(text);
  if (/^\d{1,2}$/.test(text) && number >= 1 && number <= MOST_PARALLEL) return number;
  throw new CliError(EXIT.USAGE, `--parallel is a number from 1 to ${MOST_PARALLEL}, not '${text}'.`);
};

const credentialsOf = async (io: Io, input: Input): Promise<Credentials | undefined> => {
  const user = input.text('sourceUser');
  const option = input.text('sourcePassword');
  if (user === undefined) {
    if (option === undefined) return undefined;
    throw new CliError(EXIT.USAGE, '--source-password needs --source-user.');
  }
  const password = await secretOrQuestion(io, option, 'password of the source', 'Password of the source:');
  if (password === undefined)
    throw new CliError(
      EXIT.USAGE,
      'Say the password of the source: --source-password @FILE, or - for standard input.',
    );
  return { user, password };
};

const openSource = async (io: Io, input: Input): Promise<Source> => {
  const { sourceNameOf } = await import('../import/reference.ts');
  const name = sourceNameOf(input.argument('source'), input.on('sourcePlainHttp'));
  if (name.kind === 'archive') return (await import('../import/archive-source.ts')).openArchive(name.path);
  if (name.kind === 'layout') {
    const { folderFiles, LayoutSource } = await import('../import/layout-source.ts');
    return LayoutSource.open(await folderFiles(name.path));
  }
  const { repository, reference, origin } = name;
  const all = input.on('all');
  if (!all && repository === '')
    throw new CliError(EXIT.USAGE, 'Say which repository, or --all for every repository of the registry.');
  if (all && reference !== undefined)
    throw new CliError(EXIT.USAGE, '--all copies every tag: leave the tag of the source out.');
  const credentials = await credentialsOf(io, input);
  const { RegistryHttp } = await import('../import/registry-http.ts');
  const { RegistrySource } = await import('../import/registry-source.ts');
  return new RegistrySource(new RegistryHttp(origin, async () => credentials, pause), {
    repository,
    reference,
    all,
  });
};

const copierTo = async (connection: Connection, source: Source, input: Input): Promise<CopierType> => {
  const { RegistryHttp } = await import('../import/registry-http.ts');
  const { Copier } = await import('../import/copy.ts');
  const { Destination } = await import('../import/destination.ts');
  const credentials = async (): Promise<Credentials> => ({
    user: 'iambearer',
    password: await connection.accessTokens.current(),
  });
  const http = new RegistryHttp(connection.registryEndpoint, credentials, pause, { isOwn: true });
  return new Copier(source, new Destination(http), { plan: input.on('plan'), parallel: parallelOf(input) });
};

/** What has been done so far, on one line of a terminal, and a line for each image. */
class Progress {
  readonly #io: Io;
  readonly #plan: boolean;
  readonly failures: string[] = [];
  #onlyUsage = true;
  images = 0;
  there = 0;
  failed = 0;
  /** Of those that failed: lists of images, and not images. */
  unlisted = 0;
  bytes = 0;

  constructor(io: Io, plan: boolean) {
    this.#io = io;
    this.#plan = plan;
  }

  done(name: string, { manifests, blobs, bytes }: Copied): void {
    this.images++;
    this.bytes += bytes;
    if (manifests === 0 && blobs === 0) {
      this.there++;
      this.#io.line(`${name}: there already`);
      return;
    }
    const verb = this.#plan ? 'to copy' : 'copied';
    this.#io.line(
      `${name}: ${verb}, ${count(manifests, 'manifest')} and ${count(blobs, 'blob')}, ${size(bytes)}`,
    );
  }

  fail(name: string, error: unknown): void {
    this.failed++;
    const { lines, exitCode } = failureOf(error, 'tidegate');
    if (exitCode !== EXIT.USAGE) this.#onlyUsage = false;
    const line = `${name}: ${lines.join(' ')}`;
    if (this.failures.length < MOST_SHOWN) this.failures.push(line);
    this.#io.complain(line);
  }

  /** Of a run in which something failed: a command line that no image could follow is not a failed copy. */
  get exitCode(): ExitCode {
    return this.images === 0 && this.#onlyUsage ? EXIT.USAGE : EXIT.FAILED;
  }

  end(): void {
    const copied = this.images - this.there;
    const what = this.#plan ? 'to copy' : 'copied';
    this.#io.say(
      `${count(copied, 'image')} ${what} (${size(this.bytes)}), ${this.there} there already, ${this.failed} failed.`,
    );
  }
}

/** A plan says which namespaces are absent: a push there would be refused. */
class Namespaces {
  readonly #io: Io;
  readonly #names: Promise<ReadonlySet<string>>;
  readonly #said = new Set<string>();

  constructor(io: Io, connection: Connection) {
    this.#io = io;
    this.#names = connection.namespaces.list().then((list) => new Set(list));
  }

  async look(repository: string): Promise<void> {
    const [name = ''] = repository.split('/');
    if ((await this.#names).has(name) || this.#said.has(name)) return;
    this.#said.add(name);
    this.#io.say(`You see no namespace '${name}'; make it first: cr namespace-add ${name}`);
  }
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

/** Copies what the source has, so many images at once. One that fails does not stop the others; answers what did stop them. */
const copyAll = async (
  source: Source,
  copier: CopierType,
  { to, all, namespaces }: { to: string | undefined; all: boolean; namespaces: Namespaces | undefined },
  progress: Progress,
): Promise<{ readonly error: unknown } | undefined> => {
  const { destinationOf } = await import('../import/reference.ts');
  const running = new Set<Promise<void>>();
  const copy = async ({ repository, tag, reference }: SourceImage): Promise<void> => {
    let name = tag === undefined ? `${repository}@${reference}` : `${repository}:${tag}`;
    try {
      const target = destinationOf(repository, to, all);
      name = `${target}${name.slice(repository.length)}`;
      await namespaces?.look(target);
      progress.done(name, await copier.image(repository, reference, target, tag));
    } catch (error) {
      if (isEnd(error)) throw error;
      progress.fail(name, error);
    }
  };
  let ended: { readonly error: unknown } | undefined;
  const end = (error: unknown): void => {
    ended ??= { error };
  };
  try {
    for await (const image of source.images()) {
      if ('unlisted' in image) {
        progress.fail(image.unlisted, image.error);
        progress.unlisted++;
        continue;
      }
      const turn = copy(image)
        .catch(end)
        .finally(() => running.delete(turn));
      running.add(turn);
      // a registry may have any number of tags: no more of them are kept than are being copied
      if (running.size >= IMAGES_AT_ONCE) await Promise.race(running);
      if (ended !== undefined) break;
    }
  } catch (error) {
    end(error);
  }
  await Promise.all(running);
  return ended;
};

/** After these, no other image will do better: the login has ended, or the registry is not reached. */
const isEnd = (error: unknown): boolean =>
  (error instanceof CliError &&
    (error.exitCode === EXIT.NOT_LOGGED_IN || error.exitCode === EXIT.UNREACHABLE)) ||
  (isClientError(error) && (error.code === 'SESSION_ENDED' || error.code === 'UNREACHABLE'));

const run = async ({ io, connect }: Context, input: Input): Promise<void> => {
  const [to, all, plan] = [input.text('to'), input.on('all'), input.on('plan')];
  const { prefixOf } = await import('../import/reference.ts');
  prefixOf(to);
  const connection = await connect();
  await using source = await openSource(io, input);
  const copier = await copierTo(connection, source, input);
  io.begin(`${plan ? 'Looking at' : 'Copying'} ${input.argument('source')}`);
  const progress = new Progress(io, plan);
  const namespaces = plan ? new Namespaces(io, connection) : undefined;
  const ended = await copyAll(source, copier, { to, all, namespaces }, progress);
  io.say('');
  progress.end();
  if (ended) throw ended.error;
  if (progress.failed > 0) {
    const more = progress.failed - progress.failures.length;
    const images = progress.failed - progress.unlisted;
    const what = [
      ...(images > 0 ? [count(images, 'image')] : []),
      ...(progress.unlisted > 0 ? [`${count(progress.unlisted, 'list')} of images`] : []),
    ].join(' and ');
    const lines = [`${what} could not be copied; run the command again to go on:`];
    throw new CliError(
      progress.exitCode,
      [...lines, ...progress.failures, ...(more > 0 ? [`… and ${more} more`] : [])].join('\n'),
    );
  }
  io.ok();
};

const importCommand: Command = {
  name: 'import',
  summary: 'Copy images with their tags and what is attached from another registry, an archive or a layout',
  args: [
    {
      name: 'source',
      summary: 'docker://HOST/REPOSITORY[:TAG], docker-archive:FILE or oci:FOLDER',
    },
  ],
  flags: [
    {
      flags: '--to <repository>',
      summary: 'Where to: NAMESPACE/REPOSITORY; with --all what stands before each name',
    },
    { flags: '--all', summary: 'Every tag of the repository and of the repositories below it' },
    { flags: '--plan', summary: 'Only say what would be copied' },
    {
      flags: '--parallel <number>',
      summary: `Contents on their way at once, 1 to ${MOST_PARALLEL}; default ${DEFAULT_PARALLEL}`,
    },
    { flags: '--source-user <user>', summary: 'Who logs in to the source' },
    { flags: '--source-password <password>', summary: 'The password, @FILE, or - for standard input' },
    { flags: '--source-plain-http', summary: 'The source has no TLS' },
  ],
  run,
};

export const importCommands: readonly Command[] = [importCommand];

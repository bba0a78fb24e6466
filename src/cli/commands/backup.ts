import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { keyIdOf, newKeyPair } from '../../key-id.ts';
import type { BackupRun, BackupVerifyEvent, PruneEvent, Snapshot } from '../../wire/backups.ts';
import { CliError } from '../cli-error.ts';
import { type Command, type Context, type Flag, FORCE, OUTPUT } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { durationOf } from '../expiry.ts';
import { isClientError } from '../failure.ts';
import type { Input } from '../input.ts';
import { confirmOrStop } from '../prompt.ts';
import { SecretFile } from '../secret-file.ts';
import { table } from '../table.ts';
import { dayAndTime, size } from '../units.ts';

const POLL_MS = 500;

const OFFLINE: Flag = {
  flags: '--offline',
  summary: 'Where no server runs: work with the data folder and the settings of this machine (--data …)',
};
const FROM: Flag = {
  flags: '--from <place>',
  summary: 'The folder or s3://bucket/prefix of the backups; without it TIDEGATE_BACKUP_TO',
};
/** What a backup was written with may be typed again. */
const TO: Flag = { flags: '--to <place>', summary: 'The same as --from' };
const placeOf = (input: Input): string | undefined => input.text('from') ?? input.text('to');
const SNAPSHOT: Flag = { flags: '--snapshot <id>', summary: 'One backup, by the id that list shows' };

const UNCONFIRMED = (id: string): string =>
  `Warning: backups never hold the master key (${id}), and it is not known that there is a copy of it elsewhere. Without it none of them can be used. Keep one, and compare it with 'tidegate backup confirm-key --key-file FILE'.`;

/** `--offline` is read before the client is begun; where it arrives here, the program was called by another name. */
const asClient =
  (run: (context: Context, input: Input) => Promise<void>) =>
  async (context: Context, input: Input): Promise<void> => {
    if (input.on('offline')) {
      throw new CliError(EXIT.USAGE, "--offline is an operator's: run 'tidegate backup --offline'.");
    }
    try {
      await run(context, input);
    } catch (error) {
      const hint = "Where no server runs, 'tidegate backup --offline' works with the data folder itself.";
      if (isClientError(error) && error.code === 'UNREACHABLE')
        throw new CliError(EXIT.UNREACHABLE, `${error.message}\n${hint}`, { cause: error });
      throw error;
    }
  };

const linesOf = (run: BackupRun): string[] =>
  table([
    ['Backup', run.snapshot ?? ''],
    ['Target', run.target],
    ['Started', `${dayAndTime(run.started_at)} by ${run.started_by}`],
    ['Finished', dayAndTime(run.finished_at)],
    ['Outcome', run.reason === undefined ? run.outcome : `${run.outcome}: ${run.reason}`],
    ...(run.outcome === 'done' ? [['Holds', `${run.blobs} blobs, ${size(run.bytes)}`]] : []),
    ['Copied now', `${run.copied.blobs} blobs, ${size(run.copied.bytes)}`],
    ...(run.damaged > 0 ? [['Damaged before', `${run.damaged} blobs`]] : []),
  ]);

const take: Command = {
  name: '',
  summary: 'Back everything up to another place, while the server works (operator only)',
  flags: [
    {
      flags: '--to <place>',
      summary:
        'A folder or s3://bucket/prefix, below the server’s TIDEGATE_BACKUP_ROOT; without it TIDEGATE_BACKUP_TO',
    },
    OFFLINE,
    OUTPUT,
  ],
  run: asClient(async ({ io, connect }, input) => {
    const { backups } = await connect();
    io.begin('Backing up');
    let run = await backups.begin(input.text('to'));
    while (run.outcome === 'running') {
      await pause(POLL_MS);
      run = await backups.run(run.id);
    }
    if (input.json) io.json(run);
    else io.lines(linesOf(run));
    if (run.outcome !== 'done') {
      const why = run.reason === undefined ? '' : ` (${run.reason})`;
      throw new CliError(EXIT.FAILED, `No backup was made${why}. The next one goes on with what was copied.`);
    }
    const { key } = await backups.status();
    if (!key.confirmed) io.complain(UNCONFIRMED(key.id));
    if (run.damaged > 0) {
      throw new CliError(
        EXIT.FAILED,
        `The backup was made without ${run.damaged} blobs that are missing or damaged here: 'tidegate gc verify' lists them.`,
      );
    }
    io.ok();
  }),
};

const status: Command = {
  name: 'status',
  summary: 'Show the latest backups that were made, and one that is under way (operator only)',
  flags: [OUTPUT],
  run: asClient(async ({ io, connect }, input) => {
    const { backups } = await connect();
    io.begin('Reading the backups that were made');
    const answer = await backups.status();
    if (input.json) return io.json(answer);
    const [last, ...earlier] = answer.runs;
    if (last) io.lines(linesOf(last));
    else io.say('No backup has been made yet.');
    if (earlier.length > 0) {
      const rows = earlier.map((run) => [
        dayAndTime(run.started_at),
        run.outcome,
        run.snapshot ?? '',
        run.target,
      ]);
      io.lines(['', ...table([['EARLIER', 'OUTCOME', 'BACKUP', 'TARGET'], ...rows])]);
    }
    if (!answer.key.confirmed) io.complain(UNCONFIRMED(answer.key.id));
    io.ok();
  }),
};

const rowOf = ({ id, fault, taken_at: at, blobs, bytes, damaged, product }: Snapshot): string[] =>
  fault === undefined
    ? [
        id,
        dayAndTime(at),
        String(blobs),
        size(bytes ?? 0),
        damaged ? `${damaged} damaged` : '',
        product ?? '',
      ]
    : [id, '', '', '', fault, ''];

const list: Command = {
  name: 'list',
  summary: 'List the backups that a place has (operator only)',
  flags: [FROM, TO, OFFLINE, OUTPUT],
  run: asClient(async ({ io, connect }, input) => {
    const { backups } = await connect();
    io.begin('Listing backups');
    const answer = await backups.list(placeOf(input));
    if (input.json) return io.json(answer);
    const sealed = answer.sealed_to === undefined ? '' : `, sealed to the key ${answer.sealed_to}`;
    io.say(`${answer.target}${sealed}\n`);
    io.lines(table([['BACKUP', 'TAKEN', 'BLOBS', 'SIZE', '', 'VERSION'], ...answer.snapshots.map(rowOf)]));
    const more = answer.total - answer.snapshots.length;
    if (more > 0) io.say(`\nThere are ${more} older ones.`);
    io.ok();
  }),
};

const verify: Command = {
  name: 'verify',
  summary: 'Read backups against what was written (operator only)',
  flags: [
    FROM,
    TO,
    SNAPSHOT,
    {
      flags: '--private-key <path>',
      summary: 'With --offline: read what is sealed, too. A server never gets the private key',
    },
    OFFLINE,
    OUTPUT,
  ],
  run: asClient(async ({ io, connect }, input) => {
    if (input.text('privateKey') !== undefined) {
      throw new CliError(EXIT.USAGE, 'A private key is never sent to a server: give --offline with it.');
    }
    const { backups } = await connect();
    io.begin('Reading backups');
    const [target, snapshot] = [placeOf(input), input.text('snapshot')];
    const request = { ...(target && { target }), ...(snapshot && { snapshot }) };
    let end: (BackupVerifyEvent & { kind: 'progress' | 'end' }) | undefined;
    for await (const event of backups.verify(request)) {
      if (input.json) io.line(JSON.stringify(event));
      else if (event.kind === 'finding') io.line(`${event.fault}   ${event.name}   ${event.detail}`);
      if (event.kind === 'end') end = event;
    }
    if (!end) throw new CliError(EXIT.FAILED, 'The check stopped before its end. Run it again.');
    io.say(`${end.snapshots} backups with ${end.blobs} blobs (${size(end.bytes)}) compared.`);
    if (!end.read)
      io.say(
        'They are sealed: what is in them can only be read with the private key (--offline --private-key).',
      );
    if (end.findings > 0) throw new CliError(EXIT.FAILED, `${end.findings} faults were found.`);
    io.ok();
  }),
};

const prune: Command = {
  name: 'prune',
  summary: 'Remove backups, and the bytes that no other one has (operator only)',
  flags: [
    FROM,
    TO,
    { flags: '--keep <number>', summary: 'How many of the newest stay' },
    { flags: '--older-than <duration>', summary: 'Those that are older go, such as 30d; the newest stays' },
    SNAPSHOT,
    { flags: '--dry-run', summary: 'Count what would go, and remove nothing' },
    FORCE,
    OFFLINE,
    OUTPUT,
  ],
  run: asClient(async ({ io, connect }, input) => {
    const { backups } = await connect();
    const request = pruneRequest(input);
    const question = 'Backups that are removed cannot be brought back. Do you want to continue?';
    await confirmOrStop(io, question, request.dry_run || input.on('force'));
    io.begin('Removing backups');
    let end: (PruneEvent & { kind: 'progress' | 'end' }) | undefined;
    for await (const event of backups.prune(request)) {
      if (input.json) io.line(JSON.stringify(event));
      else if (event.kind === 'removed') io.line(event.snapshot);
      if (event.kind === 'end') end = event;
    }
    if (!end) throw new CliError(EXIT.FAILED, 'It stopped before its end. Run it again.');
    const went = request.dry_run ? 'would go' : 'went';
    io.say(
      `${end.snapshots} backups and ${end.blobs} blobs (${size(end.bytes)}) ${went}, ${end.kept} backups stay.`,
    );
    io.ok();
  }),
};

const pruneRequest = (input: Input) => {
  const [target, keep, older, snapshot] = ['from', 'keep', 'olderThan', 'snapshot'].map((each) =>
    input.text(each),
  );
  if ([keep, older, snapshot].filter((each) => each !== undefined).length !== 1)
    throw new CliError(EXIT.USAGE, 'Say which backups go with one of --keep, --older-than and --snapshot.');
  if (keep !== undefined && !/^[1-9]\d{0,3}$/.test(keep))
    throw new CliError(EXIT.USAGE, `'${keep}' is not a number of backups from 1 to 9999.`);
  return {
    ...(target !== undefined && { target }),
    ...(keep !== undefined && { keep: Number(keep) }),
    ...(older !== undefined && { older_than_seconds: Math.floor(durationOf(older) / 1000) }),
    ...(snapshot !== undefined && { snapshot }),
    dry_run: input.on('dryRun'),
  };
};

const confirmKey: Command = {
  name: 'confirm-key',
  summary: 'Compare a copy of the master key with the one in use; the key itself is not sent (operator only)',
  flags: [
    { flags: '--key-file <path>', summary: 'The copy, as it would be given to a restored server' },
    OFFLINE,
  ],
  run: asClient(async ({ io, connect }, input) => {
    const { backups } = await connect();
    const path = input.text('keyFile');
    if (path === undefined) throw new CliError(EXIT.USAGE, 'Name the copy with --key-file.');
    const bytes = Buffer.from(readText(path).trim(), 'base64');
    if (bytes.length !== 32)
      throw new CliError(EXIT.FAILED, `${path} does not hold a master key: 32 bytes in base64.`);
    io.begin('Comparing the master key');
    await backups.confirmKey(keyIdOf(bytes));
    io.say(`It is the key that this installation needs (${keyIdOf(bytes)}).`);
    io.ok();
  }),
};

const readText = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CliError(EXIT.FAILED, `${path} cannot be read: ${(error as Error).message}.`, { cause: error });
  }
};

const keygen: Command = {
  name: 'keygen',
  summary: 'Make the pair of keys that backups are sealed with',
  args: [
    { name: 'file', summary: 'Where the private key goes; the public one goes to the same name and .pub' },
  ],
  async run({ io }, input) {
    const path = input.argument('file');
    const { id, publicPem, privatePem } = newKeyPair();
    using file = new SecretFile(path, 'private key');
    writePublic(`${path}.pub`, publicPem);
    file.keep(privatePem);
    io.lines([
      `Key ${id}`,
      `${path}      private: keep it away from the server. Without it, no backup that is sealed to it can be used.`,
      `${path}.pub  public: give it to the server as TIDEGATE_BACKUP_PUBLIC_KEY_FILE.`,
    ]);
    io.ok();
  },
};

const writePublic = (path: string, pem: string): void => {
  try {
    writeFileSync(path, pem, { flag: 'wx' });
  } catch (error) {
    throw new CliError(EXIT.FAILED, `Cannot create ${path}: ${(error as Error).message}.`, { cause: error });
  }
};

export const backupCommands: readonly Command[] = [take, status, list, verify, prune, confirmKey, keygen];

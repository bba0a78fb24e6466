import { readFile } from 'node:fs/promises';
import type { AuditCheckpoint, AuditVerifyLine } from '../../wire/audit.ts';
import { CliError } from '../cli-error.ts';
import { type Command, OUTPUT } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import type { Input } from '../input.ts';
import type { Io } from '../io.ts';

const LONGEST = 8192;

const checkpoint: Command = {
  name: 'checkpoint',
  summary: 'Seal the audit log and print the checkpoint, to keep it elsewhere (operator only)',
  flags: [
    { flags: '--latest', summary: 'Seal nothing, and print the last checkpoint' },
    { flags: '--key', summary: 'Print the key that verifies it, and not the checkpoint' },
    OUTPUT,
  ],
  async run({ io, connect }, input) {
    const { audit } = await connect();
    io.resultsOnly();
    const [found]: AuditCheckpoint[] = input.on('latest')
      ? await audit.checkpoints(1)
      : [await audit.checkpoint()];
    if (!found) throw new CliError(EXIT.NOT_FOUND, 'Nothing is sealed yet.');
    if (input.json) return io.json(found);
    io.lines(input.on('key') ? [found.key] : found.note.trimEnd().split('\n'));
  },
};

/** The note in the file that the option names. */
const keptCheckpoint = async (input: Input): Promise<string | undefined> => {
  const option = input.text('checkpoint');
  if (option === undefined) return undefined;
  try {
    const note = await readFile(option.replace(/^@/, ''), 'utf8');
    if (note.length <= LONGEST) return note;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError(EXIT.USAGE, `Cannot read the checkpoint: ${reason}.`, { cause: error });
  }
  throw new CliError(EXIT.USAGE, `There is no checkpoint in ${option}: it is too long.`);
};

const WORDS: Readonly<Record<string, string>> = {
  changed: 'was changed after it was sealed',
  removed: 'was removed after it was sealed',
  inserted: 'was inserted: nothing was sealed under this number',
};

const textOf = ({ kind, number, id, sealedAs, block, first, last, reason }: AuditVerifyLine): string => {
  if (number !== undefined) {
    const named = id === undefined ? `Event ${number}` : `Event ${number} (${id})`;
    return kind === 'reordered'
      ? `${named} was reordered: it was sealed as event ${sealedAs}`
      : `${named} ${WORDS[kind] ?? kind}`;
  }
  if (block === undefined) return `Checkpoint: ${reason}`;
  return `Block ${block} (events ${first} to ${last}): ${reason}`;
};

const isNote = ({ kind }: AuditVerifyLine): boolean => kind === 'progress' || kind === 'end';

/** What was proved, and against whom: nothing proves more than who has seen it. */
const proofOf = (agrees: AuditVerifyLine | undefined, hasCheckpoint: boolean): string[] => [
  agrees
    ? `Up to event ${agrees.last} nothing can have been changed by anyone since the checkpoint was kept elsewhere.`
    : 'Without a checkpoint that was kept elsewhere, this proves the log against who can change the database only.',
  `Who owns the database and the master key could have rewritten ${agrees ? 'what came after it' : 'all of it'}, and who can change the database`,
  `could have cut off the end${hasCheckpoint && agrees ? ' behind it' : ''}. Keep checkpoints elsewhere: tidegate audit checkpoint.`,
];

const summarize = (
  io: Io,
  end: AuditVerifyLine,
  agrees: AuditVerifyLine | undefined,
  kept: boolean,
): void => {
  const { blocks = 0, verified = 0, gone = 0, sealed = 0, last = 0, more = 0 } = end;
  if (more > 0) io.line(`${more} more faults are not named.`);
  if (blocks === 0) {
    io.say('Nothing is sealed yet: there is nothing to verify.');
    return;
  }
  io.say(
    `${verified} events in ${blocks} blocks are as they were sealed; ${gone} were removed by retention.`,
  );
  if (last > sealed) io.say(`Events ${sealed + 1} to ${last} are not sealed yet.`);
  for (const line of proofOf(agrees, kept)) io.say(line);
};

const verify: Command = {
  name: 'verify',
  summary: 'Hold the audit log against its seals, and against a checkpoint (operator only)',
  flags: [
    {
      flags: '--checkpoint <@file>',
      summary: 'A checkpoint that was kept elsewhere: what it covers is proved by it',
    },
    OUTPUT,
  ],
  async run({ io, connect }, input) {
    const kept = await keptCheckpoint(input);
    const { audit } = await connect();
    io.begin('Verifying the audit log');
    let end: AuditVerifyLine | undefined;
    let agrees: AuditVerifyLine | undefined;
    for await (const line of audit.verify(kept)) {
      if (input.json) io.line(JSON.stringify(line));
      else if (!isNote(line)) io.line(textOf(line));
      if (line.kind === 'agrees') agrees = line;
      if (line.kind === 'end') end = line;
    }
    if (!end) throw new CliError(EXIT.FAILED, 'The verification stopped before its end. Run it again.');
    if (!input.json) summarize(io, end, agrees, kept !== undefined);
    const { faults = 0 } = end;
    if (faults > 0)
      throw new CliError(EXIT.FAILED, `${faults} faults were found; docs/operate/audit.md says what to do.`);
    if (!input.json) io.ok();
  },
};

export const auditSealCommands: readonly Command[] = [checkpoint, verify];

import { setTimeout as pause } from 'node:timers/promises';
import type { CollectionRun, Holders, VerifyEvent } from '../../wire/collection.ts';
import { CliError } from '../cli-error.ts';
import { type Command, OUTPUT } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { table } from '../table.ts';
import { dayAndTime, size } from '../units.ts';

const POLL_MS = 500;

const endOf = ({ outcome, dry_run }: CollectionRun): string => (dry_run ? `${outcome}, dry run` : outcome);

/** What a run removed, or would have removed, and what it left. */
const linesOf = (run: CollectionRun): string[] => {
  const { removed, waiting } = run;
  return table([
    ['Run', run.id],
    ['Started', `${dayAndTime(run.started_at)} by ${run.started_by}`],
    ['Finished', dayAndTime(run.finished_at)],
    ['Outcome', run.reason === undefined ? endOf(run) : `${endOf(run)}: ${run.reason}`],
    [run.dry_run ? 'Would remove' : 'Removed', `${removed.blobs} blobs, ${removed.links} links to blobs`],
    ['', `${removed.unnamed} stored files without a row, ${removed.stagings} abandoned uploads`],
    ['', `${size(removed.bytes)} in all`],
    ['Within grace', `${waiting.blobs} blobs (${size(waiting.bytes)}), ${waiting.links} links to blobs`],
    ...(run.storage ? [['', `${waiting.unnamed} stored files without a row`]] : []),
  ]);
};

const status: Command = {
  name: 'status',
  summary: 'Show the last run, and what waits for the next one (operator only)',
  flags: [OUTPUT],
  async run({ io, connect }, input) {
    const { collection } = await connect();
    io.begin('Reading the runs of garbage collection');
    const answer = await collection.status();
    if (input.json) return io.json(answer);
    const [last, ...earlier] = answer.runs;
    io.lines([`Unreferenced content is left for ${answer.grace_seconds / 3600} h.`, '']);
    if (last) io.lines(linesOf(last));
    else io.say('Nothing has been collected yet.');
    if (earlier.length > 0) {
      const rows = earlier.map((run) => [dayAndTime(run.started_at), endOf(run), size(run.removed.bytes)]);
      io.lines(['', ...table([['EARLIER', 'OUTCOME', 'BYTES'], ...rows])]);
    }
    io.ok();
  },
};

const run: Command = {
  name: 'run',
  summary: 'Collect garbage now and wait for the end (operator only)',
  flags: [{ flags: '--dry-run', summary: 'Count what would go, and remove nothing' }, OUTPUT],
  async run({ io, connect }, input) {
    const { collection } = await connect();
    const dryRun = input.on('dryRun');
    io.begin(dryRun ? 'Looking for garbage' : 'Collecting garbage');
    let current = await collection.begin(dryRun);
    while (current.outcome === 'running') {
      await pause(POLL_MS);
      current = await collection.run(current.id);
    }
    if (input.json) io.json(current);
    else io.lines(linesOf(current));
    if (current.outcome !== 'done') {
      const why = current.reason === undefined ? '' : ` (${current.reason})`;
      throw new CliError(EXIT.FAILED, `The run stopped before its end${why}. Run it again.`);
    }
    io.ok();
  },
};

const tagged = ({ digest, tags }: { digest: string; tags: readonly string[] }): string =>
  tags.length === 0 ? `${digest} (untagged)` : `${digest} (${tags.join(', ')})`;

const rowsOf = ({ blobs, links, manifests }: Holders): string[][] => [
  ...blobs.map((blob) => [
    'blob',
    blob.region,
    `${size(blob.size)}, ${blob.removable_at === undefined ? 'held' : `may be removed after ${dayAndTime(blob.removable_at)}`}`,
  ]),
  ...links.flatMap((link) =>
    link.manifests.length === 0
      ? [['link', link.repository, `no manifest refers to it; last wanted ${dayAndTime(link.wanted_at)}`]]
      : link.manifests.map((manifest) => ['link', link.repository, `manifest ${tagged(manifest)}`]),
  ),
  ...manifests.flatMap((manifest) => [
    ['manifest', manifest.repository, manifest.tags.length === 0 ? 'untagged' : manifest.tags.join(', ')],
    ...manifest.indexes.map((index) => ['', manifest.repository, `listed in ${tagged(index)}`]),
  ]),
];

const explain: Command = {
  name: 'explain',
  summary: 'Show what holds a digest, and when it may be removed (operator only)',
  args: [{ name: 'digest', summary: 'Digest of a blob or manifest: sha256:…' }],
  flags: [OUTPUT],
  async run({ io, connect }, input) {
    const digest = input.argument('digest');
    const { collection } = await connect();
    io.begin(`Looking for what holds ${digest}`);
    const answer = await collection.holders(digest);
    if (input.json) return io.json(answer);
    io.lines(table([['WHAT', 'WHERE', 'WHY'], ...rowsOf(answer)]));
    if (answer.more) io.say('\nThere are more holders than are listed here.');
    io.ok();
  },
};

const verify: Command = {
  name: 'verify',
  summary: 'Check everything that is stored against its digest (operator only)',
  flags: [{ flags: '--repair', summary: 'Take out blobs whose bytes are gone or damaged' }, OUTPUT],
  async run({ io, connect }, input) {
    const { collection } = await connect();
    io.begin('Checking everything that is stored');
    let end: (VerifyEvent & { kind: 'progress' | 'end' }) | undefined;
    for await (const event of collection.verify(input.on('repair'))) {
      if (input.json) io.line(JSON.stringify(event));
      else if (event.kind === 'finding') io.line(findingOf(event));
      if (event.kind === 'end') end = event;
    }
    if (!end) throw new CliError(EXIT.FAILED, 'The check stopped before its end. Run it again.');
    io.say(`${end.blobs} blobs (${size(end.bytes)}) and ${end.manifests} manifests read.`);
    if (end.findings > 0)
      throw new CliError(
        EXIT.FAILED,
        `${end.findings} faults were found; docs/operate/collection.md says what to do.`,
      );
    io.ok();
  },
};

const findingOf = (finding: VerifyEvent & { kind: 'finding' }): string => {
  const { fault, region, repository, digest, detail, repaired } = finding;
  const where = repository === undefined ? region : `${region} ${repository}`;
  return `${fault}   ${where}   ${digest}   ${detail}${repaired ? '; quarantined: push it again' : ''}`;
};

export const collectionCommands: readonly Command[] = [status, run, explain, verify];

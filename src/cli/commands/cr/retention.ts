import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { RetentionClient } from '../../../client/retentions.ts';
import type {
  RetentionPolicies,
  RetentionPolicy,
  RetentionRule,
  RetentionRun,
  RetentionTerms,
} from '../../../wire/retentions.ts';
import { NAMESPACE } from '../../arguments.ts';
import { CliError } from '../../cli-error.ts';
import { type Command, type Flag, FORCE, OUTPUT } from '../../command.ts';
import { EXIT } from '../../exit-codes.ts';
import type { Input } from '../../input.ts';
import type { Io } from '../../io.ts';
import { confirmOrStop } from '../../prompt.ts';
import { table } from '../../table.ts';

const POLL_MS = 200;

const TERMS: readonly Flag[] = [
  {
    flags: '--images <count>',
    summary: 'How many of the newest images of each repository are kept, by their creation dates; or All',
  },
  { flags: '--retain-untagged', summary: 'Keep all untagged images' },
  {
    flags: '--deletion-threshold-days <days>',
    summary: 'Keep what was created or pushed fewer days ago',
  },
  {
    flags: '--rules <path>',
    summary: 'JSON file with a list of rules, beyond IBM: by repository, tag, age and time without a pull',
  },
];

const wholeNumber = (text: string, what: string, example: string): number => {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new CliError(EXIT.USAGE, `'${text}' is not ${what}. Give a number, such as ${example}.`);
};

const imagesOf = (input: Input): number => {
  const text = input.text('images');
  if (text === undefined)
    throw new CliError(EXIT.USAGE, 'Say how many images to keep: --images NUMBER, or --images All.');
  return text.toLowerCase() === 'all' ? -1 : wholeNumber(text, 'a number of images', '--images 20 or All');
};

const rulesIn = async (path: string): Promise<RetentionRule[]> => {
  let document: unknown;
  try {
    document = JSON.parse(await readFile(path.replace(/^@/, ''), 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError(EXIT.USAGE, `Cannot read the rules: ${reason}.`, { cause: error });
  }
  if (Array.isArray(document)) return document as RetentionRule[];
  throw new CliError(EXIT.USAGE, `There are no rules in ${path}: it is not a JSON list.`);
};

/** What the options say. `All` without rules takes a policy away, as at IBM: untagged images are kept too. */
const termsOf = async (input: Input, isPolicy: boolean): Promise<RetentionTerms> => {
  const images_per_repo = imagesOf(input);
  const path = input.text('rules');
  const days = input.text('deletionThresholdDays');
  const isDefault = isPolicy && images_per_repo === -1 && path === undefined;
  return {
    images_per_repo,
    retain_untagged: isDefault || input.on('retainUntagged'),
    ...(days === undefined
      ? {}
      : {
          deletion_threshold_days: wholeNumber(days, 'a number of days', '--deletion-threshold-days 7'),
        }),
    ...(path === undefined ? {} : { rules: await rulesIn(path) }),
  };
};

const counted = (count: number): string => `${count} image${count === 1 ? '' : 's'}`;

/** Shows what would go; answers how many images. */
const show = async (
  io: Io,
  retentions: RetentionClient,
  namespace: string,
  terms: RetentionTerms,
): Promise<number> => {
  const rows: string[][] = [];
  let isWhole = false;
  for await (const line of retentions.explain({ namespace, ...terms })) {
    if (line.kind === 'end') isWhole = true;
    else if (line.deleted) rows.push([line.image, line.tags.join(', ') || '-']);
  }
  if (!isWhole) throw new CliError(EXIT.FAILED, 'The analysis stopped before its end. Run it again.');
  if (rows.length > 0) io.lines([...table([['Image', 'Tags'], ...rows]), '']);
  io.say(`Found ${counted(rows.length)} to delete.`);
  return rows.length;
};

/** Waits for the end of a run. */
const ended = async (retentions: RetentionClient, run: RetentionRun): Promise<RetentionRun> => {
  let current = run;
  while (current.outcome === 'waiting' || current.outcome === 'running') {
    await pause(POLL_MS);
    current = await retentions.run(run.namespace, run.id);
  }
  return current;
};

const report = (io: Io, { deleted, changed }: RetentionRun): void => {
  io.say(`Successfully deleted ${counted(deleted)}.`);
  if (changed > 0) io.say(`Kept ${counted(changed)} that changed meanwhile.`);
};

const refuseUnfinished = ({ outcome, reason, failed, failures }: RetentionRun): void => {
  if (outcome !== 'done')
    throw new CliError(EXIT.FAILED, `The run ${outcome}${reason === undefined ? '' : `: ${reason}`}.`);
  if (failed > 0)
    throw new CliError(EXIT.FAILED, [`${counted(failed)} could not be deleted:`, ...failures].join('\n'));
};

const DELETED_AT_ONCE =
  'If you set this policy, the selected images are deleted immediately according to the rules that you set in your policy.';
const TO_TRASH = 'Deleted images are moved to your trash and can be restored while they are there.';

const confirm = async (
  io: Io,
  sentences: readonly string[],
  question: string,
  input: Input,
): Promise<void> => {
  const isForced = input.on('force');
  io.say('');
  if (!isForced) for (const sentence of sentences) io.say(sentence);
  await confirmOrStop(io, question, isForced);
};

const set: Command = {
  name: 'retention-policy-set',
  summary:
    'Keep the newest images of each repository of a namespace, now and every day; the others are deleted',
  args: [NAMESPACE],
  flags: [...TERMS, FORCE],
  async run({ io, connect }, input) {
    const { retentions } = await connect();
    const namespace = input.argument('namespace');
    const terms = await termsOf(input, true);
    const keepsAll = terms.images_per_repo === -1 && terms.retain_untagged === true && !terms.rules;
    if (keepsAll) {
      await retentions.set({ namespace, ...terms });
      io.say(`The retention policy to keep all images in ${namespace} is set.`);
      return io.ok();
    }
    const count = await show(io, retentions, namespace, terms);
    await confirm(io, [DELETED_AT_ONCE, TO_TRASH], 'Do you want to continue to set the policy?', input);
    io.begin(`Deleting ${counted(count)}`);
    await retentions.set({ namespace, ...terms });
    const [latest] = await retentions.runs(namespace);
    if (!latest) throw new CliError(EXIT.FAILED, 'The policy is set, and its first run cannot be found.');
    const run = await ended(retentions, latest);
    report(io, run);
    refuseUnfinished(run);
    io.ok();
    io.say(`The scheduled retention policy to keep ${kept(terms)} in ${namespace} is set.`);
    io.ok();
  },
};

const kept = ({ images_per_repo = -1, rules = [] }: RetentionTerms): string => {
  const images = images_per_repo === -1 ? 'all images' : `${counted(images_per_repo)} per repository`;
  return rules.length === 0
    ? images
    : `${images}, with ${rules.length} rule${rules.length === 1 ? '' : 's'},`;
};

const runOnce: Command = {
  name: 'retention-run',
  summary: 'Keep the newest images of each repository of a namespace once; the others are deleted',
  args: [NAMESPACE],
  flags: [...TERMS, FORCE, OUTPUT],
  async run({ io, connect }, input) {
    const { retentions } = await connect();
    const namespace = input.argument('namespace');
    const terms = await termsOf(input, false);
    if (input.json && !input.on('force'))
      throw new CliError(EXIT.USAGE, 'JSON leaves no place for a question: give -f together with -o json.');
    const count = input.json
      ? await seen(retentions, namespace, terms)
      : await show(io, retentions, namespace, terms);
    if (count === 0 && !input.json) return io.ok();
    await confirm(io, [TO_TRASH], 'Do you want to continue?', input);
    io.begin(`Deleting ${counted(count)}`);
    const run = await ended(retentions, await retentions.begin(namespace, terms));
    if (input.json) io.json(run);
    else report(io, run);
    refuseUnfinished(run);
    io.ok();
  },
};

/** Rules run only after their analysis; the server remembers that it answered one. */
const seen = async (
  retentions: RetentionClient,
  namespace: string,
  terms: RetentionTerms,
): Promise<number> => {
  let count = 0;
  for await (const line of retentions.explain({ namespace, ...terms }))
    if (line.kind === 'image' && line.deleted) count++;
  return count;
};

const rulesOf = ({ rules = [], waits_for_analysis }: RetentionPolicy): string => {
  if (rules.length === 0) return '-';
  return waits_for_analysis ? `${rules.length}, not analyzed` : String(rules.length);
};

const rowsOf = (policies: RetentionPolicies): string[] => {
  const all = Object.values(policies);
  const [hasRules, hasDays] = [
    all.some(({ rules }) => rules),
    all.some(({ deletion_threshold_days }) => deletion_threshold_days),
  ];
  return table([
    [
      'Namespace',
      'Images to retain',
      'Retain all untagged',
      ...(hasDays ? ['Deletion threshold days'] : []),
      ...(hasRules ? ['Rules'] : []),
    ],
    ...all.map((policy) => [
      policy.namespace,
      policy.images_per_repo === -1 ? 'All' : String(policy.images_per_repo),
      String(policy.retain_untagged),
      ...(hasDays ? [String(policy.deletion_threshold_days ?? '-')] : []),
      ...(hasRules ? [rulesOf(policy)] : []),
    ]),
  ]);
};

const list: Command = {
  name: 'retention-policy-list',
  summary: 'List the retention policies of the namespaces of the account',
  flags: [OUTPUT],
  async run({ io, connect }, input) {
    const connection = await connect();
    if (input.json) return io.json(await connection.retentions.list());
    const { registry } = await connection.region();
    io.begin(
      `Listing image retention policies for account '${connection.account}' in registry '${registry}'`,
    );
    io.lines(rowsOf(await connection.retentions.list()));
    io.ok();
  },
};

export const retentionCommands: readonly Command[] = [list, set, runOnce];

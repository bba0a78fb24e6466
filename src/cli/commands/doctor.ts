import { setTimeout as pause } from 'node:timers/promises';
import type { Warning } from '../../wire/warnings.ts';
import { CliError } from '../cli-error.ts';
import { type Command, OUTPUT } from '../command.ts';
import { EXIT } from '../exit-codes.ts';

const POLL_MS = 200;
/** How long a look that was asked for is waited for. */
const PATIENCE_MS = 10 * 60_000;

const minute = (time: string): string => `${time.slice(0, 16)}Z`;

/** What, when, and the command that mends it. */
const linesOf = ({ kind, says, at, account_id: account, mend }: Warning): string[] => [
  `${says}   (${kind.endsWith('-ends') ? 'at' : 'since'} ${minute(at)}${account === undefined ? '' : `, account ${account}`})`,
  `    ${mend}`,
];

/** The most urgent first: of what ends that which ends first. */
const byUrgency = (one: Warning, other: Warning): number =>
  one.level - other.level || one.at.localeCompare(other.at) || one.target.localeCompare(other.target);

const doctor: Command = {
  name: 'doctor',
  summary: 'Say what needs attention: what ends, sleeps, fills or fails, and the command that mends it',
  flags: [
    { flags: '--fresh', summary: 'Look now, and not at what was found within the hour (operator only)' },
    { flags: '--account <id>', summary: 'Another account, or all (operator only)' },
    OUTPUT,
  ],
  async run({ io, connect }, input) {
    const { warnings } = await connect();
    io.begin('Looking for what needs attention');
    if (input.on('fresh')) {
      await warnings.look();
      const end = performance.now() + PATIENCE_MS;
      while ((await warnings.page({ limit: '1' })).looking) {
        if (performance.now() > end)
          throw new CliError(EXIT.FAILED, 'The look takes long. Run doctor again without --fresh.');
        await pause(POLL_MS);
      }
    }
    const { warnings: found, lookedAt } = await warnings.list(input.text('account'));
    const sorted = [...found].sort(byUrgency);
    if (input.json) io.json({ warnings: sorted, ...(lookedAt === undefined ? {} : { looked_at: lookedAt }) });
    else io.lines(sorted.flatMap(linesOf));
    if (lookedAt === undefined)
      io.say('The server has not looked yet; it does within a minute of its start.');
    if (sorted.length > 0)
      throw new CliError(
        EXIT.FAILED,
        `${sorted.length} ${sorted.length === 1 ? 'thing needs' : 'things need'} attention.`,
      );
    io.say(lookedAt === undefined ? '' : `Nothing needs attention, as of ${minute(lookedAt)}.`);
    io.ok();
  },
};

export const doctorCommands: readonly Command[] = [doctor];

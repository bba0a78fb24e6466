import type { SecretEntry } from '../../../wire/secrets.ts';
import { type Command, OUTPUT } from '../../command.ts';
import { table } from '../../table.ts';

const minute = (time: string | undefined, otherwise: string): string =>
  time === undefined ? otherwise : `${time.slice(0, 16)}Z`;

const row = (entry: SecretEntry): string[] => [
  entry.kind,
  entry.secret === undefined || entry.secret === 1
    ? entry.name || '-'
    : `${entry.name} (secret ${entry.secret})`,
  entry.id,
  entry.iam_id ?? entry.region ?? '-',
  minute(entry.expires_at, 'never'),
  minute(entry.last_used_at, entry.kind === 'invitation' ? '-' : 'never'),
  [entry.last_used_from, entry.last_used_with].filter(Boolean).join(' ') || '-',
  entry.because.join(', ') || '-',
];

const secrets: Command = {
  name: 'secrets',
  summary: 'List API keys, registry tokens and invitations that end soon or are not used',
  args: [],
  flags: [
    { flags: '--expiring <duration>', summary: 'What ends within that time, such as 12h or 30d' },
    { flags: '--unused <duration>', summary: 'What was not used for that time, such as 90d' },
    OUTPUT,
  ],
  async run({ io, connect }, input) {
    const connection = await connect();
    io.begin('Getting secrets');
    const found = await connection.secrets.list({
      expiring: input.text('expiring'),
      unused: input.text('unused'),
    });
    if (input.json) return io.json(found);
    const head = ['Kind', 'Name', 'ID', 'Of', 'Expires At', 'Last Used', 'By', 'Why'];
    io.lines(found.length === 0 ? ['No secret is listed.'] : table([head, ...found.map(row)]));
    io.ok();
  },
};

/** What expires or sleeps, of every kind. */
export const secretsCommands: readonly Command[] = [secrets];

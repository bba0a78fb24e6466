import {
  fileText,
  type KeyFamily,
  keyArgument,
  keyNamed,
  secretRows,
  showSecret,
  withoutSecret,
} from '../../api-keys.ts';
import { CliError } from '../../cli-error.ts';
import { type Command, FORCE, OUTPUT } from '../../command.ts';
import { EXIT } from '../../exit-codes.ts';
import { durationOf, EXPIRY, expiryAsked, iamDate } from '../../expiry.ts';
import { confirmOrStop } from '../../prompt.ts';
import { SecretFile } from '../../secret-file.ts';
import { table } from '../../table.ts';

const DEFAULT_GRACE = '24h';

const rotate = (family: KeyFamily): Command => ({
  name: `${family.word}-rotate`,
  summary: `Give an API key ${family.whose} its next secret; the old one signs in for a while`,
  args: [keyArgument(family), ...family.owner],
  flags: [
    {
      flags: '--grace <duration>',
      summary: `How long the old secret still signs in, such as 15m or 24h (${DEFAULT_GRACE}), 30d at most`,
    },
    { flags: '--file <path>', summary: 'Write the new secret to a new file and do not show it' },
    ...EXPIRY,
    FORCE,
    OUTPUT,
  ],
  async run({ io, clock, connect }, input) {
    const grace = durationOf(input.text('grace') ?? DEFAULT_GRACE) / 1000;
    const expiry = expiryAsked(input, clock.now());
    const connection = await connect();
    const holder = await family.holder(connection, input);
    const { id } = await keyNamed(connection, holder, input.argument('key'));
    // the version that is rotated is the one whose secrets were looked at
    const { name, entity_tag: tag, secrets = [] } = await connection.iam.apiKeys.get(id);
    const [, oldest] = secrets;
    if (oldest) {
      const use = oldest.last_used_at ? `was last used at ${oldest.last_used_at}` : 'was never used';
      const question = `Secret ${oldest.number} of API key '${name}' still signs in and ${use}. End it now?`;
      await confirmOrStop(io, question, input.on('force'));
    }
    const path = input.text('file');
    using file = path === undefined ? undefined : new SecretFile(path, 'key');
    io.begin(`Rotating API key '${name}'${holder.of}`);
    const asked = { grace, ...(expiry === undefined ? {} : { expires_at: iamDate(expiry) }) };
    const key = await connection.iam.apiKeys.rotate(id, tag, asked);
    file?.keep(fileText(key, input.json));
    if (input.json) return io.json(file ? withoutSecret(key) : key);
    showSecret(io, key, file);
    io.lines(['', ...table(secretRows(key))]);
    io.ok();
  },
});

const endPrevious = (family: KeyFamily): Command => ({
  name: `${family.word}-end-previous`,
  summary: `End the old secret of an API key ${family.whose} before its time`,
  args: [keyArgument(family), ...family.owner],
  flags: [FORCE],
  async run({ io, connect }, input) {
    const connection = await connect();
    const holder = await family.holder(connection, input);
    const { id } = await keyNamed(connection, holder, input.argument('key'));
    const { name, entity_tag: tag, secrets = [] } = await connection.iam.apiKeys.get(id);
    const [, previous] = secrets;
    if (!previous) throw new CliError(EXIT.NOT_FOUND, `API key '${name}' has no old secret that signs in.`);
    const safe = previous.safe_to_delete ? 'It is safe to delete' : 'It may still be in use';
    await confirmOrStop(io, `${safe}. End secret ${previous.number} of '${name}'?`, input.on('force'));
    io.begin(`Ending secret ${previous.number} of API key '${name}'${holder.of}`);
    await connection.iam.apiKeys.endPrevious(id, tag);
    io.say(`Secret ${previous.number} of API key '${name}' is refused from now on.`);
    io.ok();
  },
});

/** Rotation of a family's keys. */
export const rotationCommands = (family: KeyFamily): readonly Command[] => [
  rotate(family),
  endPrevious(family),
];

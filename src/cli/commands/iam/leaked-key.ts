import { keyDetails } from '../../api-keys.ts';
import { CliError } from '../../cli-error.ts';
import { type Command, type Context, OUTPUT } from '../../command.ts';
import { EXIT } from '../../exit-codes.ts';
import { keyIn, secretOf } from '../../secret.ts';
import { table } from '../../table.ts';

const SECRET = { name: 'secret', summary: 'The secret of the key: @FILE, or - for standard input' };

const typed = async ({ io }: Context, option: string): Promise<string> => {
  const secret = keyIn(await secretOf(io, option, 'API key'));
  if (secret) return secret;
  throw new CliError(EXIT.USAGE, 'The API key is empty.');
};

const find: Command = {
  name: 'api-key-find',
  summary: 'Show which API key has this secret, and its owner',
  args: [SECRET],
  flags: [OUTPUT],
  async run(context, input) {
    const { io } = context;
    const secret = await typed(context, input.argument('secret'));
    const { iam } = await context.connect();
    io.begin('Looking for the API key');
    const { apikey: _, ...key } = await iam.apiKeys.find(secret);
    if (input.json) return io.json(key);
    io.lines(table([...keyDetails(key), ['Belongs To', key.iam_id], ['Account', key.account_id]]));
    io.ok();
  },
};

const DONE = {
  disable: 'disabled: it and everything that came from it is refused until it is enabled',
  delete: 'deleted: it and everything that came from it is refused',
  none: 'unchanged: its --action-if-leaked is NONE. Disable or delete it yourself',
} as const;

const leaked: Command = {
  name: 'api-key-leaked',
  summary: 'Report that an API key leaked: the server does its --action-if-leaked',
  args: [SECRET],
  flags: [OUTPUT],
  async run(context, input) {
    const { io } = context;
    const secret = await typed(context, input.argument('secret'));
    const { iam } = await context.connect();
    io.begin('Reporting the API key as leaked');
    const { id, action } = await iam.apiKeys.reportLeaked(secret);
    if (input.json) return io.json({ id, action });
    io.say(`The API key ${id} is ${DONE[action]}.`);
    io.ok();
  },
};

/** For a person who has found a secret and knows nothing else about it. */
export const leakedKeyCommands: readonly Command[] = [find, leaked];

import type { Webhook } from '../../../wire/webhooks.ts';
import { WEBHOOK_FORMS } from '../../../wire/webhooks.ts';
import { CliError } from '../../cli-error.ts';
import { type Command, FORCE, OUTPUT } from '../../command.ts';
import { EXIT } from '../../exit-codes.ts';
import { durationOf } from '../../expiry.ts';
import type { Input } from '../../input.ts';
import { removeEach } from '../../remove-each.ts';
import { secretOf } from '../../secret.ts';
import { SecretFile } from '../../secret-file.ts';
import { namespaces } from '../../suggestions.ts';
import { table } from '../../table.ts';
import {
  events,
  eventsOf,
  originOf,
  showSecret,
  stateOf,
  WEBHOOK,
  webhookNamed,
  webhookRows,
  withoutSecret,
} from '../../webhooks.ts';
import { namespaceAlone } from './image-row.ts';

const EVENT = {
  flags: '-e, --event <event>',
  summary: 'What it is told of, such as image.pushed; several are separated by commas',
  suggest: events,
  many: true,
} as const;
const SECRET = {
  flags: '--secret <secret>',
  summary: 'A secret that the receiver has: whsec_…, @FILE or - for standard input; default: a new one',
};
const FILE = { flags: '--file <path>', summary: 'Write the secret to a new file and do not show it' };

/** What a webhook is told of where nothing is asked for. */
const DEFAULT_EVENT = 'image.pushed';

const add: Command = {
  name: 'webhook-add',
  summary: 'Tell an address of pushes and other events; its secret is shown once',
  args: [{ name: 'name', summary: 'Name of the webhook' }],
  flags: [
    { flags: '--url <url>', summary: 'Where the events are posted to' },
    {
      flags: '--namespace <namespace>',
      summary: 'Only what happens in it; default: in the whole account',
      suggest: namespaces,
    },
    { ...EVENT, summary: `${EVENT.summary}; default: ${DEFAULT_EVENT}` },
    {
      flags: '--form <form>',
      summary: 'What the receiver reads; default: standard',
      choices: WEBHOOK_FORMS,
    },
    { flags: '-d, --description <text>', summary: 'What it is for' },
    SECRET,
    FILE,
    OUTPUT,
  ],
  async run({ io, connect }, input) {
    const { webhooks } = await connect();
    const name = input.argument('name');
    const url = input.text('url');
    if (url === undefined) throw new CliError(EXIT.USAGE, 'Say where to: --url https://….');
    const asked = eventsOf(input.texts('event'));
    const given = input.text('secret');
    const secret = given === undefined ? undefined : await secretOf(io, given, 'secret');
    const path = input.text('file');
    using file = path === undefined ? undefined : new SecretFile(path, 'secret');
    io.begin(`Adding webhook '${name}'`);
    const made = await webhooks.add({
      name,
      url,
      events: asked.length === 0 ? [DEFAULT_EVENT] : asked,
      ...input.given({ namespace: 'namespace', description: 'description' }),
      ...formOf(input),
      ...(secret === undefined ? {} : { secret }),
    });
    file?.keep(`${made.secret}\n`);
    if (input.json) return io.json(file ? withoutSecret(made) : made);
    showSecret(io, made, file);
    io.ok();
  },
};

/** The parser has compared it with the choices. */
const formOf = (input: Input): { form?: Webhook['form'] } => {
  const form = WEBHOOK_FORMS.find((each) => each === input.text('form'));
  return form ? { form } : {};
};

const list: Command = {
  name: 'webhook-list',
  alias: 'webhooks',
  summary: 'List the webhooks, without their secrets',
  flags: [
    { flags: '--restrict <namespace>', summary: 'Only those of this namespace', suggest: namespaces },
    OUTPUT,
  ],
  async run({ io, connect }, input) {
    const restrict = namespaceAlone(input.text('restrict'));
    const { webhooks } = await connect();
    io.begin('Listing webhooks');
    const found = await webhooks.list(restrict);
    if (input.json) return io.json(found);
    io.lines(
      table([
        ['Name', 'ID', 'Namespace', 'Receiver', 'Form', 'Events', 'State'],
        ...found.map((each) => [
          each.name,
          each.id,
          each.namespace ?? '(all)',
          originOf(each.url),
          each.form,
          each.events.join(', '),
          stateOf(each),
        ]),
      ]),
    );
    if (found.length === 0) io.say('\nThere is no webhook that you may see.');
    io.ok();
  },
};

const update: Command = {
  name: 'webhook-update',
  summary: 'Change a webhook, or switch it on or off',
  args: [WEBHOOK],
  flags: [
    { flags: '-n, --name <name>', summary: 'Another name' },
    { flags: '--url <url>', summary: 'Another address' },
    { ...EVENT, summary: `${EVENT.summary}; in place of what it was told of` },
    { flags: '-d, --description <text>', summary: 'Another description' },
    { flags: '--enable', summary: 'Switch it on again' },
    { flags: '--disable', summary: 'Switch it off: what waits for it is dropped' },
    OUTPUT,
  ],
  async run({ io, connect }, input) {
    const connection = await connect();
    const asked = eventsOf(input.texts('event'));
    const [on, off] = [input.on('enable'), input.on('disable')];
    if (on && off) throw new CliError(EXIT.USAGE, 'Use either --enable or --disable.');
    const changes = {
      ...input.given({ name: 'name', url: 'url', description: 'description' }),
      ...(asked.length === 0 ? {} : { events: asked }),
      ...(on || off ? { enabled: on } : {}),
    };
    if (Object.keys(changes).length === 0)
      throw new CliError(EXIT.USAGE, 'Say what to change: --url, --event, --name, --enable …');
    const { id, name, entity_tag: tag } = await webhookNamed(connection, input.argument('webhook'));
    io.begin(`Changing webhook '${name}'`);
    const changed = await connection.webhooks.change(id, tag, changes);
    if (input.json) return io.json(changed);
    io.lines(table(webhookRows(changed)));
    io.ok();
  },
};

const DEFAULT_OVERLAP = '24h';

const rotate: Command = {
  name: 'webhook-rotate',
  summary: 'Give a webhook its next secret; the old one signs as well for a while',
  args: [WEBHOOK],
  flags: [
    {
      flags: '--grace <duration>',
      summary: `How long the old secret signs as well, such as 15m or 24h (${DEFAULT_OVERLAP}), 7d at most`,
    },
    SECRET,
    FILE,
    OUTPUT,
  ],
  async run({ io, connect }, input) {
    const overlap = durationOf(input.text('grace') ?? DEFAULT_OVERLAP) / 1000;
    const given = input.text('secret');
    const secret = given === undefined ? undefined : await secretOf(io, given, 'secret');
    const connection = await connect();
    const { id, name } = await webhookNamed(connection, input.argument('webhook'));
    const path = input.text('file');
    using file = path === undefined ? undefined : new SecretFile(path, 'secret');
    io.begin(`Rotating the secret of webhook '${name}'`);
    const asked = { overlap, ...(secret === undefined ? {} : { secret }) };
    const made = await connection.webhooks.rotate(id, asked);
    file?.keep(`${made.secret}\n`);
    if (input.json) return io.json(file ? withoutSecret(made) : made);
    showSecret(io, made, file);
    if (made.old_secret_until !== undefined)
      io.say(`\nThe old secret signs as well until ${made.old_secret_until}.`);
    io.ok();
  },
};

const remove: Command = {
  name: 'webhook-rm',
  summary: 'Remove webhooks, with what waits for them and the log of their deliveries',
  args: [{ ...WEBHOOK, summary: 'Names or IDs of webhooks', count: 'many' }],
  flags: [FORCE],
  async run({ io, connect }, input) {
    const connection = await connect();
    const byName = new Map<string, string>();
    for (const word of input.arguments('webhook')) {
      const { id, name } = await webhookNamed(connection, word);
      byName.set(name, id);
    }
    await removeEach(io, 'webhook', [...byName.keys()], input.on('force'), (name) =>
      connection.webhooks.remove(byName.get(name) ?? ''),
    );
    io.ok();
  },
};

export const webhookCommands: readonly Command[] = [add, list, update, rotate, remove];

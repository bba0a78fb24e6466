import type { Delivery, Webhook, WebhookEvent, WebhookWithSecret } from '../wire/webhooks.ts';
import { WEBHOOK_EVENTS } from '../wire/webhooks.ts';
import { CliError } from './cli-error.ts';
import type { Argument, Suggest } from './command.ts';
import type { Connection } from './connection.ts';
import { EXIT } from './exit-codes.ts';
import type { Io } from './io.ts';
import { isId, theOne } from './named.ts';
import type { SecretFile } from './secret-file.ts';
import { table } from './table.ts';

export const webhooks: Suggest = async (connection) =>
  (await connection.webhooks.list()).map(({ id, name, url }) => ({ word: name, id, about: originOf(url) }));

export const deliveries: Suggest = async (connection, typed) => {
  const { id } = await webhookNamed(connection, typed.argument('webhook'));
  return (await connection.webhooks.deliveries(id, undefined, 50)).map((delivery) => ({
    word: delivery.id,
    about: `${delivery.event}, ${delivery.state}`,
  }));
};

export const events: Suggest = async () => WEBHOOK_EVENTS.map((word) => ({ word }));

export const WEBHOOK: Argument = {
  name: 'webhook',
  summary: 'Name or ID of the webhook',
  suggest: webhooks,
};

/** The webhook that a person named by its name or its id. */
export const webhookNamed = async ({ webhooks: client }: Connection, word: string): Promise<Webhook> =>
  isId('Webhook', word) ? client.get(word) : theOne('webhook', await client.list(), word);

/** The events that options name: separated by commas, or in several options. */
export const eventsOf = (given: readonly string[]): WebhookEvent[] => {
  const words = given.flatMap((text) => text.split(',')).map((word) => word.trim());
  return words.filter(Boolean).map((word) => {
    const event = WEBHOOK_EVENTS.find((each) => each === word);
    if (event) return event;
    const known = WEBHOOK_EVENTS.join(', ');
    throw new CliError(EXIT.USAGE, `'${word}' is not an event. The events are: ${known}.`);
  });
};

/** `https://hooks.example.com/…`: what stands behind the host may be a secret, and tables are shown to others. */
export const originOf = (url: string): string => {
  const { origin, pathname, search } = new URL(url);
  return pathname === '/' && search === '' ? origin : `${origin}/…`;
};

const REASONS: Readonly<Record<NonNullable<Webhook['disabled_reason']>, string>> = {
  asked: 'off',
  gone: 'off: the receiver answered 410',
  failing: 'off: nothing arrived for five days',
  'no-right': 'off: who answers for it has lost the right',
};

/** `on`, or why not. */
export const stateOf = ({ enabled, disabled_reason: reason, failing_since: since }: Webhook): string => {
  if (!enabled) return reason === undefined ? 'off' : REASONS[reason];
  return since === undefined ? 'on' : `on, failing since ${since}`;
};

export const webhookRows = (webhook: Webhook): string[][] => [
  ['ID', webhook.id],
  ['Name', webhook.name],
  ...(webhook.description === undefined ? [] : [['Description', webhook.description]]),
  ['URL', webhook.url],
  ['Namespace', webhook.namespace ?? '(all)'],
  ['Form', webhook.form],
  ['Events', webhook.events.join(', ')],
  ['State', stateOf(webhook)],
];

export const withoutSecret = ({ secret: _, ...webhook }: WebhookWithSecret): Webhook => webhook;

/** A webhook whose secret is new, or where the secret was written to. */
export const showSecret = (io: Io, webhook: WebhookWithSecret, file: SecretFile | undefined): void => {
  io.say(
    file
      ? `The secret is in ${file.path}. It cannot be shown again.`
      : 'Keep the secret: it cannot be shown again.',
  );
  io.lines(['', ...table([...webhookRows(webhook), ...(file ? [] : [['Secret', webhook.secret]])])]);
};

const imageOf = ({ repository, tag, digest }: Delivery): string => {
  if (repository === undefined) return '-';
  return tag === undefined
    ? `${repository}${digest === undefined ? '' : `@${digest}`}`
    : `${repository}:${tag}`;
};

export const deliveryTable = (found: readonly Delivery[]): string[] =>
  table([
    ['ID', 'Event', 'Image', 'Happened', 'State', 'Tries', 'Answer', 'Next Try'],
    ...found.map((delivery) => [
      delivery.id,
      delivery.event,
      imageOf(delivery),
      delivery.happened_at,
      delivery.state,
      String(delivery.attempts),
      answerOf(delivery),
      delivery.next_at ?? '-',
    ]),
  ]);

/** What became of the last try. */
export const answerOf = ({ last_status: status, last_error: error }: Delivery): string =>
  [...(status === undefined ? [] : [String(status)]), ...(error === undefined ? [] : [error])].join(': ') ||
  '-';

import { setTimeout as pause } from 'node:timers/promises';
import type { WebhookClient } from '../../../client/webhooks.ts';
import { DELIVERY_STATES, type Delivery } from '../../../wire/webhooks.ts';
import { CliError } from '../../cli-error.ts';
import { type Command, OUTPUT } from '../../command.ts';
import { EXIT } from '../../exit-codes.ts';
import type { Io } from '../../io.ts';
import { answerOf, deliveries, deliveryTable, WEBHOOK, webhookNamed } from '../../webhooks.ts';

const POLL_MS = 250;
/** A try may take 30 seconds; then it is told what is known. */
const MOST_POLLS = 160;

/** Waits for the first try of a delivery. */
const tried = async (webhooks: WebhookClient, id: string, delivery: Delivery): Promise<Delivery> => {
  let current = delivery;
  for (let polls = 0; isWaiting(current) && polls < MOST_POLLS; polls++) {
    await pause(POLL_MS);
    current = await webhooks.delivery(id, delivery.id);
  }
  return current;
};

const isWaiting = ({ state, attempts }: Delivery): boolean => state === 'pending' && attempts === 0;

/** What became of it; a failure is one of the command as well. */
const report = (io: Io, delivery: Delivery, isJson: boolean): void => {
  if (isJson) io.json(delivery);
  const { id, message_id: message, state, last_ms: took, next_at: next } = delivery;
  if (state === 'delivered') {
    if (!isJson) io.say(`The receiver took message '${message}' in ${took ?? 0} ms: ${answerOf(delivery)}`);
    if (!isJson) io.ok();
    return;
  }
  const again = next === undefined ? '' : ` It is tried again at ${next}.`;
  throw new CliError(
    EXIT.FAILED,
    isWaiting(delivery)
      ? `Delivery '${id}' was not tried yet. See 'cr webhook-deliveries'.`
      : `The receiver did not take message '${message}': ${answerOf(delivery)}.${again}`,
  );
};

const test: Command = {
  name: 'webhook-test',
  summary: 'Send a test to a webhook, and say what the receiver answered',
  args: [WEBHOOK],
  flags: [OUTPUT],
  async run({ io, connect }, input) {
    const connection = await connect();
    const { webhooks } = connection;
    const { id, name } = await webhookNamed(connection, input.argument('webhook'));
    io.begin(`Sending a test to webhook '${name}'`);
    report(io, await tried(webhooks, id, await webhooks.test(id)), input.json);
  },
};

const DEFAULT_LIMIT = 50;
const MOST = 1000;

const limitOf = (text: string | undefined): number => {
  if (text === undefined) return DEFAULT_LIMIT;
  if (/^[1-9]\d{0,3}$/.test(text) && Number(text) <= MOST) return Number(text);
  throw new CliError(EXIT.USAGE, `'${text}' is not a number from 1 to ${MOST}.`);
};

const list: Command = {
  name: 'webhook-deliveries',
  summary: 'List what was sent to a webhook in the last 30 days, and what waits',
  args: [WEBHOOK],
  flags: [
    { flags: '--state <state>', summary: 'Only those in this state', choices: DELIVERY_STATES },
    { flags: '--limit <number>', summary: `How many, the newest first (${DEFAULT_LIMIT}), at most ${MOST}` },
    OUTPUT,
  ],
  async run({ io, connect }, input) {
    const limit = limitOf(input.text('limit'));
    const state = DELIVERY_STATES.find((each) => each === input.text('state'));
    const connection = await connect();
    const { id, name } = await webhookNamed(connection, input.argument('webhook'));
    io.begin(`Listing deliveries of webhook '${name}'`);
    const found = await connection.webhooks.deliveries(id, state, limit);
    if (input.json) return io.json(found);
    io.lines(deliveryTable(found));
    if (found.length === 0) io.say('\nThere is no such delivery.');
    io.ok();
  },
};

const redeliver: Command = {
  name: 'webhook-redeliver',
  summary: 'Send a delivery again, under the same id, and say what the receiver answered',
  args: [WEBHOOK, { name: 'delivery', summary: 'ID of the delivery', suggest: deliveries }],
  flags: [OUTPUT],
  async run({ io, connect }, input) {
    const connection = await connect();
    const { webhooks } = connection;
    const { id, name } = await webhookNamed(connection, input.argument('webhook'));
    const delivery = input.argument('delivery');
    io.begin(`Sending delivery '${delivery}' of webhook '${name}' again`);
    report(io, await tried(webhooks, id, await webhooks.redeliver(id, delivery)), input.json);
  },
};

export const webhookDeliveryCommands: readonly Command[] = [test, list, redeliver];

import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { assertTellsNothing } from '../spec/sanity.ts';
import { Grammar, type Made } from './grammar.ts';
import { GrammarWorld, type Sender } from './grammar-world.ts';
import { Random } from './random.ts';

interface Told {
  readonly status: number;
  readonly text: string;
}

/** Requests to one world; then a new one, since requests also remove what others are about. */
const ROUND = 4000;
const AT_ONCE = 8;

/** How many answers had which status. */
export type Tally = Map<number, number>;

/** Sends so many requests as the seed makes them, and fails on the first answer that tells what it must not. */
export const runGrammar = async (seed: number, count: number): Promise<Tally> => {
  const tally: Tally = new Map();
  for (let done = 0, round = 0; done < count; round += 1) {
    await using world = await GrammarWorld.open();
    done += await runRound(world, seed + round, Math.min(ROUND, count - done), tally);
  }
  return tally;
};

const runRound = async (world: GrammarWorld, seed: number, count: number, tally: Tally): Promise<number> => {
  const grammar = new Grammar(seed, world.samples, world.headers);
  const random = new Random(seed ^ 0x5eed);
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  let sent = 0;
  const sendOn = async (): Promise<void> => {
    while (sent < count) {
      sent += 1;
      if (sent % 500 === 0 && !(await world.isUsable())) return;
      const { sample, made } = grammar.next();
      const sender = world.senderOf(sample.accountId, random, /^\/(v2\/(thing|_)|oauth)/.test(sample.path));
      const from = sample.bare && random.chance(0.8) ? { ...sender, authorization: undefined } : sender;
      const answer = await send(world, made, from, agent);
      check(world, from, made, answer, `seed ${seed}, request ${sent}`);
      tally.set(answer.status, (tally.get(answer.status) ?? 0) + 1);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, sendOn));
  } finally {
    agent.destroy();
  }
  assert.deepEqual(failuresOf(world), [], `seed ${seed}`);
  return sent;
};

const failuresOf = ({ registry }: GrammarWorld): string[] =>
  registry.logged.filter((line) => /"status":5|"level":(?:50|60)/.test(line));

const check = (
  world: GrammarWorld,
  sender: Sender,
  made: Made,
  { status, text }: Told,
  where: string,
): void => {
  const told = `${where}: ${sender.name} ${made.method} ${made.path} ${JSON.stringify(made.headers)} ${String(made.body).slice(0, 2000)} → ${status} ${text.slice(0, 2000)}`;
  assert.ok(status < 500, `${told}\n${failuresOf(world).join('\n')}`);
  const strange = world.strangeIn(text, sender.accountId);
  assert.equal(strange, undefined, `of another account: ${told}`);
  if (status >= 400) assertTellsNothing(world.registry, text);
};

const send = (
  { registry }: GrammarWorld,
  { method, path, headers, body }: Made,
  { authorization }: Sender,
  agent: Agent,
): Promise<Told> => {
  const { promise, resolve, reject } = Promise.withResolvers<Told>();
  const { hostname, port } = new URL(registry.url);
  const all = {
    ...headers,
    ...(authorization === undefined ? {} : { Authorization: authorization }),
    // Node frames the body of no DELETE or OPTIONS by itself
    ...(body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) }),
  };
  const outgoing = request({ hostname, port, method, path, headers: all, agent }, (answer) => {
    const chunks: Buffer[] = [];
    answer.on('data', (chunk: Buffer) => chunks.push(chunk));
    answer.on('end', () => {
      const head = Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}`);
      resolve({ status: answer.statusCode ?? 0, text: [...head, '', Buffer.concat(chunks)].join('\n') });
    });
    answer.on('error', reject);
  });
  outgoing.on('error', (cause) =>
    reject(
      new Error(
        `no answer to ${method} ${path} ${JSON.stringify(all)} ${String(body).slice(0, 500)} reused ${outgoing.reusedSocket}`,
        { cause },
      ),
    ),
  );
  outgoing.end(body);
  return promise;
};

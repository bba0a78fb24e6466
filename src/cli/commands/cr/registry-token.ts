import type { IssuedToken } from '../../../client/registry-tokens.ts';
import type { RegistryToken } from '../../../wire/registry-tokens.ts';
import { TOKEN } from '../../arguments.ts';
import { type Command, FORCE, OUTPUT } from '../../command.ts';
import { EXPIRY } from '../../expiry.ts';
import { compileTemplate } from '../../go-template.ts';
import type { Input } from '../../input.ts';
import type { Io } from '../../io.ts';
import { removeEach } from '../../remove-each.ts';
import { namespaces } from '../../suggestions.ts';
import { table } from '../../table.ts';
import { time } from '../../units.ts';

const QUIET = { flags: '-q, --quiet', summary: 'Print the value of the token and nothing else' };

const show = (io: Io, input: Input, { id, token }: IssuedToken): void => {
  const rows = [
    ['Token identifier', id],
    ['Token', token],
  ];
  if (input.json) io.json({ id, token });
  else io.lines(input.on('quiet') ? [token] : table(rows));
  io.ok();
};

const add: Command = {
  name: 'token-add',
  summary: 'Create a registry token',
  flags: [
    { flags: '--description <text>', summary: 'What the token is for' },
    { flags: '--non-expiring', summary: 'Let it live until it is removed; default: 24 hours' },
    { flags: '--readwrite', summary: 'Let it push and pull; default: pull only' },
    QUIET,
    {
      flags: '--namespace <namespace>',
      summary: 'Let it reach this namespace only; default: all',
      suggest: namespaces,
    },
    ...EXPIRY,
    OUTPUT,
  ],
  async run({ io, clock, connect }, input) {
    if (input.on('quiet')) io.resultsOnly();
    const { tokenWanted } = await import('../../registry-token.ts');
    const wanted = tokenWanted(input, clock.now());
    const { registryTokens } = await connect();
    io.begin('Requesting a registry token');
    show(io, input, await registryTokens.create(wanted));
  },
};

/** One token under the field names of `--format`. The first four are IBM's. */
const rowOf = (token: RegistryToken) => ({
  ID: token._id,
  /** Seconds since the epoch; 0 = never. */
  Expiry: token.expiry,
  ReadOnly: token.readonly,
  Description: token.secondary_owner,
  Namespace: token.namespace ?? '',
  /** Seconds since the epoch; 0 = unknown. */
  Created: token.created_at ?? 0,
  /** Seconds since the epoch; 0 = never. */
  LastUsed: token.last_used ?? 0,
});

const byAge = (a: RegistryToken, b: RegistryToken): number => (a.created_at ?? 0) - (b.created_at ?? 0);

const reachOf = ({ namespace }: RegistryToken): string =>
  namespace === undefined ? '(all)' : namespace || '(deleted)';

const tokenTable = (tokens: readonly RegistryToken[]): string[] =>
  table([
    ['TOKEN ID', 'READONLY', 'EXPIRY', 'NAMESPACE', 'DESCRIPTION'],
    ...tokens.map((token) => [
      token._id,
      String(token.readonly),
      token.expiry === 0 ? 'never' : time(token.expiry),
      reachOf(token),
      token.secondary_owner,
    ]),
  ]);

const list: Command = {
  name: 'token-list',
  alias: 'tokens',
  summary: 'List the registry tokens, without their values',
  flags: [
    {
      flags: '--format <template>',
      summary: 'Print each token through a Go template, e.g. "{{.ID}} {{.Description}}"',
    },
    OUTPUT,
  ],
  async run({ io, connect }, input) {
    const format = input.text('format');
    const printer = format === undefined ? undefined : compileTemplate(format);
    if (printer) io.resultsOnly();
    const { registryTokens } = await connect();
    io.begin('Listing registry tokens');
    const tokens = (await registryTokens.list()).sort(byAge);
    if (input.json) return io.json(tokens);
    io.lines(printer ? tokens.values().map((token) => printer(rowOf(token))) : tokenTable(tokens));
    io.ok();
  },
};

const get: Command = {
  name: 'token-get',
  summary: 'Show the value of a registry token again',
  args: [TOKEN],
  flags: [QUIET, OUTPUT],
  async run({ io, connect }, input) {
    if (input.on('quiet')) io.resultsOnly();
    const { registryTokens } = await connect();
    const { tokenIdOf } = await import('../../registry-token.ts');
    const id = tokenIdOf(input.argument('token'));
    io.begin(`Getting registry token '${id}'`);
    show(io, input, await registryTokens.get(id));
  },
};

const remove: Command = {
  name: 'token-rm',
  summary: 'Remove registry tokens for good',
  args: [{ ...TOKEN, summary: 'Identifiers of tokens, or their values', count: 'many' }],
  flags: [FORCE],
  async run({ io, connect }, input) {
    const { registryTokens } = await connect();
    const { tokenIdOf } = await import('../../registry-token.ts');
    const ids = new Set(input.arguments('token').map(tokenIdOf));
    await removeEach(io, 'registry token', [...ids], input.on('force'), (id) => registryTokens.remove(id));
    io.ok();
  },
};

export const registryTokenCommands: readonly Command[] = [add, list, get, remove];

import type { SigningKey, SigningKeyRotate } from '../../wire/signing-keys.ts';
import { CliError } from '../cli-error.ts';
import { type Command, FORCE, OUTPUT } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { confirmOrStop } from '../prompt.ts';
import { table } from '../table.ts';

const PURPOSES: readonly SigningKeyRotate['purpose'][] = ['access-token', 'bearer', 'registry-token'];

const row = ({ id, purpose, created_at: created, state }: SigningKey): string[] => [
  id,
  purpose,
  created,
  state,
];

const list: Command = {
  name: 'list',
  summary: 'List the keys that sign tokens',
  flags: [OUTPUT],
  async run({ io, connect }, input) {
    const { signingKeys } = await connect();
    const found = await signingKeys.list();
    if (input.json) return io.json(found);
    io.lines(table(found.map(row)));
  },
};

const rotate: Command = {
  name: 'rotate',
  summary: 'Make the next key of a purpose; what older keys signed stays valid',
  args: [{ name: 'purpose', summary: PURPOSES.join(', ') }],
  flags: [OUTPUT],
  async run({ io, connect }, input) {
    const { signingKeys } = await connect();
    const asked = input.argument('purpose');
    const purpose = PURPOSES.find((each) => each === asked);
    if (!purpose)
      throw new CliError(EXIT.USAGE, `There is no purpose '${asked}'; there are ${PURPOSES.join(', ')}.`);
    const key = await signingKeys.rotate(purpose);
    if (input.json) return io.json(key);
    io.line(`${key.id} signs from now on; older keys go on verifying`);
  },
};

const retire: Command = {
  name: 'retire',
  summary: 'Refuse everything that a key signed, from the next request on',
  args: [{ name: 'key', summary: 'ID of the key' }],
  flags: [FORCE, OUTPUT],
  async run({ io, connect }, input) {
    const id = input.argument('key');
    const { signingKeys } = await connect();
    await confirmOrStop(io, `Retire ${id}? Everything it signed is refused at once.`, input.on('force'));
    const key = await signingKeys.retire(id);
    if (input.json) return io.json(key);
    io.line(`${id} is retired: nothing it signed is accepted any more`);
    // of access tokens this session's may be one; their keys sign no registry token
    if (key.purpose !== 'registry-token') return;
    for await (const tokens of signingKeys.tokens(id))
      for (const token of tokens)
        io.line(`registry token ${token.id}   account ${token.account_id}   ${token.description}`);
  },
};

export const signingKeyCommands: readonly Command[] = [list, rotate, retire];

import type { Issuer } from '../../wire/issuers.ts';
import { type Argument, type Command, OUTPUT } from '../command.ts';
import { table } from '../table.ts';

const NAME: Argument = {
  name: 'issuer',
  summary: 'Its name in the issuers file',
  suggest: async ({ issuers }) =>
    (await issuers.list()).issuers.map(({ name, issuer }) => ({ word: name, about: issuer })),
};

const stateOf = ({ state, keys_fault }: Issuer): string =>
  keys_fault === undefined ? state : `${state}; keys could not be read: ${keys_fault}`;

const list: Command = {
  name: 'issuers',
  summary: 'List the issuers whose tokens let workloads in (operator only)',
  flags: [OUTPUT],
  async run({ io, connect }, input) {
    const { issuers } = await connect();
    io.begin('Getting issuers');
    const answer = await issuers.list();
    if (input.json) return io.json(answer);
    if (answer.issuers.length === 0) io.say('TIDEGATE_ISSUERS_FILE declares none.');
    else {
      const rows = answer.issuers.map((each) => [
        each.name,
        each.issuer,
        each.audiences.join(', '),
        stateOf(each),
      ]);
      io.lines(table([['NAME', 'ISSUER', 'AUDIENCES', 'STATE'], ...rows]));
    }
    if (answer.file_fault !== undefined) io.say(`\nThe file could not be read again: ${answer.file_fault}`);
    io.ok();
  },
};

const switching = (word: 'disable' | 'enable', summary: string): Command => ({
  name: `issuer-${word}`,
  summary,
  args: [NAME],
  flags: [OUTPUT],
  async run({ io, connect }, input) {
    const name = input.argument('issuer');
    const { issuers } = await connect();
    io.begin(`${word === 'disable' ? 'Disabling' : 'Enabling'} issuer '${name}'`);
    const changed = await issuers.set(name, { state: word === 'disable' ? 'disabled' : 'enabled' });
    if (input.json) return io.json(changed);
    io.say(`The issuer '${name}' is ${changed.state}.`);
    io.ok();
  },
});

export const issuerCommands: readonly Command[] = [
  list,
  switching('disable', 'Disable an issuer: every token that came from it is refused at once (operator only)'),
  switching('enable', 'Let the tokens of a disabled issuer in again (operator only)'),
];

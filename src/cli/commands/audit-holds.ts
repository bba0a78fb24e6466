import type { AuditHold } from '../../wire/audit.ts';
import { type Command, type Flag, OUTPUT } from '../command.ts';
import { table } from '../table.ts';
import { dayAndTime } from '../units.ts';

const ACCOUNT: Flag = { flags: '--account <id>', summary: 'Another account (operator only)' };

const linesOf = ({ account, held, reason, setAt, setBy, until }: AuditHold): string[] =>
  held
    ? table([
        ['Account', account],
        [
          'Held',
          until === undefined
            ? 'until the operator lifts it'
            : `lifted; it counts until ${dayAndTime(until)}`,
        ],
        ['Reason', reason ?? ''],
        ['Set', `${dayAndTime(setAt)} by ${setBy ?? ''}`],
      ])
    : [`The events of account ${account} are not held.`];

const show: Command = {
  name: 'hold',
  summary: 'Show whether the events of an account are held',
  flags: [ACCOUNT, OUTPUT],
  async run({ io, connect }, input) {
    const { audit } = await connect();
    io.begin('Looking for a hold');
    const hold = await audit.hold(input.text('account'));
    if (input.json) return io.json(hold);
    io.lines(linesOf(hold));
    io.ok();
  },
};

const add: Command = {
  name: 'hold-add',
  summary: 'Hold the events of an account: retention leaves them until the operator lifts the hold',
  args: [{ name: 'reason', summary: 'Why, for who is to lift it' }],
  flags: [ACCOUNT, OUTPUT],
  async run({ io, connect }, input) {
    const reason = input.argument('reason');
    const { audit } = await connect();
    io.begin('Holding the events');
    const hold = await audit.setHold(input.text('account'), reason);
    if (input.json) return io.json(hold);
    io.lines(linesOf(hold));
    io.ok();
  },
};

const remove: Command = {
  name: 'hold-rm',
  summary: 'Lift the hold on the events of an account; it counts for seven days more (operator only)',
  flags: [ACCOUNT],
  async run({ io, connect }, input) {
    const { audit } = await connect();
    io.begin('Lifting the hold');
    await audit.liftHold(input.text('account'));
    io.say('It counts for seven days more. Until then, tidegate audit hold-add sets it again.');
    io.ok();
  },
};

export const auditHoldCommands: readonly Command[] = [show, add, remove];

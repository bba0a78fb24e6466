import type { AuthOptions, RegistryTokenMode } from '../../../wire/auth.ts';
import { type Command, OUTPUT } from '../../command.ts';
import { table } from '../../table.ts';

const MODES: readonly RegistryTokenMode[] = ['enabled', 'no_new', 'disabled'];

const MEANING: Record<RegistryTokenMode, string> = {
  enabled: 'tokens can be created and used',
  no_new: 'no token can be created; existing ones work',
  disabled: 'no token works; none is removed',
};

const lines = ({ registry_tokens: mode }: AuthOptions): string[] =>
  table([['Registry tokens', mode, `(${MEANING[mode]})`]]);

const tokenSettings: Command = {
  name: 'token-settings',
  summary: 'Show or change whether registry tokens can be created and used',
  flags: [{ flags: '--registry-tokens <mode>', summary: 'The new setting', choices: MODES }, OUTPUT],
  async run({ io, connect }, input) {
    const mode = MODES.find((each) => each === input.text('registryTokens'));
    const { authOptions } = await connect();
    io.begin(mode ? 'Changing the settings of registry tokens' : 'Getting the settings of registry tokens');
    if (mode) await authOptions.change({ registry_tokens: mode });
    const options = await authOptions.get();
    if (input.json) return io.json(options);
    io.lines(lines(options));
    io.ok();
  },
};

export const tokenSettingsCommands: readonly Command[] = [tokenSettings];

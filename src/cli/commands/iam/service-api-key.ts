import type { KeyFamily } from '../../api-keys.ts';
import { SERVICE_ID } from '../../arguments.ts';
import type { Command } from '../../command.ts';
import { serviceIdNamed } from '../../named.ts';
import { serviceApiKeys } from '../../suggestions.ts';
import { keyCommands } from './api-key.ts';

const OF_SERVICE_ID: KeyFamily = {
  word: 'service-api-key',
  whose: 'of a service ID',
  owner: [SERVICE_ID],
  suggest: serviceApiKeys,
  holder: async (connection, input) => {
    const { iam_id: iamId, name } = await serviceIdNamed(connection, input.argument('service_id'));
    return { iamId, type: 'serviceid', of: ` of service ID '${name}'` };
  },
};

export const serviceApiKeyCommands: readonly Command[] = keyCommands(OF_SERVICE_ID);

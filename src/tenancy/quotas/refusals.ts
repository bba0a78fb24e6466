import { RegistryError } from '../../errors.ts';

export const noAccount = (id: string): RegistryError =>
  new RegistryError('NOT_FOUND', { message: `there is no account ${id}` });

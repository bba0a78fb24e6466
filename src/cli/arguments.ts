import type { Argument } from './command.ts';
import {
  accessGroups,
  customRoles,
  images,
  namespaces,
  profiles,
  registryTokens,
  resourceGroups,
  serviceIds,
  trashedImages,
  users,
} from './suggestions.ts';

/** The arguments that several commands take. */
export const NAMESPACE: Argument = {
  name: 'namespace',
  summary: 'Name of the namespace',
  suggest: namespaces,
};

export const IMAGE: Argument = {
  name: 'image',
  summary: 'NAMESPACE/REPOSITORY:TAG or NAMESPACE/REPOSITORY@DIGEST, with or without the registry before it',
  suggest: images,
};

export const IMAGES: Argument = { ...IMAGE, count: 'many' };

export const TRASHED_IMAGE: Argument = {
  name: 'image',
  summary: 'NAMESPACE/REPOSITORY:TAG or NAMESPACE/REPOSITORY@DIGEST',
  suggest: trashedImages,
};

export const TOKEN: Argument = {
  name: 'token',
  summary: 'Identifier of the token, or its value',
  suggest: registryTokens,
};

export const RESOURCE_GROUP: Argument = {
  name: 'group',
  summary: 'Name or ID of the resource group',
  suggest: resourceGroups,
};

export const SERVICE_ID: Argument = {
  name: 'service_id',
  summary: 'Name or ID of the service ID',
  suggest: serviceIds,
};

export const PROFILE: Argument = {
  name: 'profile',
  summary: 'Name or ID of the trusted profile',
  suggest: profiles,
};

export const ACCESS_GROUP: Argument = {
  name: 'group',
  summary: 'Name or ID of the access group',
  suggest: accessGroups,
};

export const CUSTOM_ROLE: Argument = {
  name: 'role',
  summary: 'Name or ID of the role',
  suggest: customRoles,
};

export const USER: Argument = {
  name: 'user',
  summary: 'E-mail, user name or IAM ID of the user',
  suggest: users,
};

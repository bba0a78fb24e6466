/** GET /api/v1/regions, Tidegate's own: what a client can target. */
import { type Static, Type } from 'typebox';

export const Region = Type.Object({
  name: Type.String(),
  old_name: Type.Optional(Type.String({ description: 'Name the region had before 2019' })),
  hosts: Type.Array(Type.String(), {
    description: 'Host names that mean this region; the first is the preferred one',
  }),
  aliases: Type.Array(Type.String(), { description: 'Other names of the region' }),
  registry: Type.String({ description: 'host[:port] to use in image names' }),
});
export type Region = Static<typeof Region>;

export const RegionList = Type.Object({
  default: Type.String({ description: 'Name of the region meant where a request names none by its host' }),
  any_host: Type.Optional(
    Type.Boolean({
      description: 'False where a host name that is in no region is refused; absent means true',
    }),
  ),
  regions: Type.Array(Region),
});
export type RegionList = Static<typeof RegionList>;

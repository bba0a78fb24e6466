import {
  type ColumnDefinitionNode,
  DataTypeNode,
  type KyselyPlugin,
  type OperationNode,
  OperationNodeTransformer,
  type PluginTransformQueryArgs,
  type PluginTransformResultArgs,
  type QueryResult,
  type RootOperationNode,
  sql,
  type UnknownRow,
} from 'kysely';

type QueryId = PluginTransformQueryArgs['queryId'];

/**
 * Migrations name column types as SQLite does; this gives PostgreSQL its own: `blob` is bytea, and every `text` is
 * compared and ordered by bytes, whatever the database's locale, so that both engines list in the same order.
 */
export class PostgresColumns implements KyselyPlugin {
  readonly #types = new ColumnTypes();

  transformQuery({ node, queryId }: PluginTransformQueryArgs): RootOperationNode {
    return this.#types.transformNode(node, queryId);
  }

  async transformResult({ result }: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    return result;
  }
}

class ColumnTypes extends OperationNodeTransformer {
  protected override transformColumnDefinition(
    node: ColumnDefinitionNode,
    queryId?: QueryId,
  ): ColumnDefinitionNode {
    const definition = super.transformColumnDefinition(node, queryId);
    return { ...definition, dataType: postgresType(definition.dataType) };
  }
}

const postgresType = (type: OperationNode): OperationNode => {
  if (!DataTypeNode.is(type)) return type;
  if (type.dataType === 'blob') return DataTypeNode.create('bytea');
  return type.dataType === 'text' ? sql`text collate "C"`.toOperationNode() : type;
};

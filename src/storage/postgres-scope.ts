import type { Driver, PostgresDialectConfig, TransactionSettings } from 'kysely';
import { CompiledQuery, Kysely, PostgresDialect, PostgresDriver } from 'kysely';
import pg from 'pg';
import { GatewayError } from '../kernel/errors.ts';
import { postgresText } from './engine.ts';
import { errorCode } from './errors.ts';
import { assume, isRoleRefused, type RowSecurityOn } from './postgres-row-security.ts';
import { ORGANIZATION_SETTING } from './row-security.ts';
import type { Schema } from './schema.ts';

/** The database as the control role sees it: the rows of one organization. Only its transactions are to be used. */
export function withinOrganization(
  pool: pg.Pool,
  { schema, roles }: RowSecurityOn,
  organizationId: string,
): Kysely<Schema> {
  // A statement of several parts takes no parameters.
  const organization = pg.escapeLiteral(postgresText(organizationId));
  return inRole(pool, `${assume(roles.control, schema)}; SET LOCAL ${ORGANIZATION_SETTING} = ${organization}`);
}

/** The database as the data role sees it: rows can be added, and none be read. Only its transactions are to be used. */
export function forAppending(pool: pg.Pool, { schema, roles }: RowSecurityOn): Kysely<Schema> {
  return inRole(pool, assume(roles.data, schema));
}

function inRole(pool: pg.Pool, preparation: string): Kysely<Schema> {
  return new Kysely<Schema>({ dialect: new PreparedDialect({ pool }, preparation) });
}

class PreparedDialect extends PostgresDialect {
  readonly #config: PostgresDialectConfig;
  readonly #preparation: string;

  constructor(config: PostgresDialectConfig, preparation: string) {
    super(config);
    this.#config = config;
    this.#preparation = preparation;
  }

  override createDriver(): Driver {
    return new PreparedDriver(this.#config, this.#preparation);
  }
}

/** The driver is only ever handed the connections that it made. */
type OwnConnection = Parameters<PostgresDriver['rollbackTransaction']>[0];

/**
 * Begins every transaction with statements of its own, in the round trip of BEGIN. What only read is over when its last
 * row is here: the connection goes back to the pool once it has ended its transaction, and nobody waits for that.
 */
class PreparedDriver extends PostgresDriver {
  readonly #preparation: string;
  readonly #reading = new WeakSet<OwnConnection>();
  readonly #ending = new WeakMap<OwnConnection, Promise<void>>();

  constructor(config: PostgresDialectConfig, preparation: string) {
    super(config);
    this.#preparation = preparation;
  }

  override async beginTransaction(connection: OwnConnection, settings: TransactionSettings): Promise<void> {
    const { isolationLevel, accessMode } = settings;
    const modes = [isolationLevel === undefined ? '' : `ISOLATION LEVEL ${isolationLevel}`, accessMode ?? ''];
    if (accessMode === 'read only') this.#reading.add(connection);
    try {
      await connection.executeQuery(CompiledQuery.raw(`BEGIN ${modes.join(' ')}; ${this.#preparation}`));
    } catch (thrown) {
      // The transaction may have begun all the same, and must not be lent to the next who asks for a connection.
      await this.#end(connection);
      if (isRoleRefused(errorCode(thrown))) throw new GatewayError('hub.store_unavailable', { cause: thrown });
      throw thrown;
    }
  }

  override async commitTransaction(connection: OwnConnection): Promise<void> {
    if (this.#reading.has(connection)) this.#ending.set(connection, this.#end(connection));
    else await super.commitTransaction(connection);
  }

  override async releaseConnection(connection: OwnConnection): Promise<void> {
    const ending = this.#ending.get(connection);
    if (ending === undefined) await super.releaseConnection(connection);
    else void ending.then(() => super.releaseConnection(connection));
  }

  /** A connection that does not roll back is marked by the driver, and closed when it is released. */
  #end(connection: OwnConnection): Promise<void> {
    return this.rollbackTransaction(connection).catch(() => undefined);
  }
}

/**
 * The MongoDB engine: what VFXB asks of a server and how it connects to one. Whether the server has transactions is read from its
 * `hello`, never guessed from the address.
 */
import type { ConnectOptions, Mongoose } from 'mongoose';

/**
 * How `transaction` is carried out:
 * - `detect`: by transactions, and a server without them (a standalone) is refused;
 * - `on`: by transactions, whatever the server says of itself. For test servers that have them without being a replica set;
 * - `off`: without: a failure in the middle leaves the first half written. For test servers alone.
 */
type TransactionMode = 'detect' | 'on' | 'off';

interface MongoAddress {
  /** Without our own options, which the driver would refuse. */
  readonly uri: string;
  readonly transactions: TransactionMode;
}

const OWN_OPTION = 'vfxbTransactions';
const SELECTION_TIMEOUT_MS = 2_000;

/** Options of each transaction: it reads one state, from the primary, and has ended once most members have it. */
export const TRANSACTION_OPTIONS = {
  readPreference: 'primary',
  readConcern: { level: 'snapshot' },
  writeConcern: { w: 'majority' },
} as const;

/**
 * Takes our own option `vfxbTransactions=on|off` out of a MongoDB address.
 * @throws Error when it has another value
 */
export function readMongoAddress(url: string): MongoAddress {
  // A list of hosts is no URL that `URL` could read, so only the query is taken apart.
  const [base = '', query] = url.split('?', 2);
  if (query === undefined) return { uri: url, transactions: 'detect' };
  const options = query.split('&').filter((option) => option !== '');
  const isOwn = (option: string): boolean => option.startsWith(`${OWN_OPTION}=`);
  const own = options.find(isOwn)?.slice(OWN_OPTION.length + 1);
  if (own !== undefined && own !== 'on' && own !== 'off')
    throw new Error(`${OWN_OPTION} in the address is "${own}"; it can be on or off, and is best left out`);
  const others = options.filter((option) => !isOwn(option));
  return {
    uri: others.length === 0 ? base : `${base}?${others.join('&')}`,
    transactions: own ?? 'detect',
  };
}

function connectOptions(uri: string): ConnectOptions {
  return {
    appName: 'vfxb',
    serverSelectionTimeoutMS: SELECTION_TIMEOUT_MS,
    // An answered write must survive the loss of the primary; an operator's own `w` is theirs to choose.
    ...(/[?&]w=/.test(uri) ? {} : { writeConcern: { w: 'majority' } }),
  };
}

/** True for members of a replica set and for a sharded cluster's router, which alone have transactions. */
async function hasTransactions(mongoose: Mongoose): Promise<boolean> {
  const { db } = mongoose.connection;
  if (db === undefined) throw new Error('there is no connection');
  const hello = await db.admin().command({ hello: 1 });
  return typeof hello['setName'] === 'string' || hello['msg'] === 'isdbgrid';
}

/**
 * Connects a Mongoose instance.
 * @returns whether `transaction` is to use transactions
 * @throws Error when no server answers within two seconds, or it has no transactions and the address does not say to go without
 */
export async function connectMongo(mongoose: Mongoose, url: string): Promise<boolean> {
  const { uri, transactions } = readMongoAddress(url);
  await mongoose.connect(uri, connectOptions(uri));
  if (transactions === 'detect' && !(await hasTransactions(mongoose)))
    throw new Error(
      'the MongoDB server is a standalone, which has no transactions, and VFXB needs them: make it a replica set, for which one ' +
        'member is enough (start mongod with --replSet rs0, run rs.initiate() once, add replicaSet=rs0 to DATABASE_URL)',
    );
  return transactions !== 'off';
}
